// Package alerting is the engine for sites without an Alertmanager: of the alerts that internal/evaluation finds it tells people
// by mail, webhook or Telegram; or it hands them to an Alertmanager that is there.
//
// Here live grouping, repetition, inhibition, silences and the log of what was told (Alertmanager's parts), all of their state
// on disk, the texts of the messages, and the ways they are sent. What an alert is, the mixin says (dashboards); rules are
// evaluated in internal/evaluation, figures computed in internal/kpi, and series stored by internal/history.
//
// A message is sent at least once: only a crash in the moment between its acceptance and the note of it on disk has it sent
// again. Nothing is told twice over an ordinary restart or reload, and what ended meanwhile is told then.
package alerting
