// Package alerting is the engine for sites without an Alertmanager: it evaluates the mixin's rules inside the agent, on the
// agent's own history, and tells people by mail, webhook or Telegram; or hands its alerts to an Alertmanager that is there.
//
// Here live the evaluation (Prometheus' rule manager), grouping, repetition, inhibition, silences and the log of what was
// told (Alertmanager's parts), all of their state on disk, the texts of the messages, and the ways they are sent. What an
// alert is, the mixin says (dashboards), figures are computed in internal/kpi, and series are stored by internal/history.
//
// A message is sent at least once: only a crash in the moment between its acceptance and the note of it on disk has it sent
// again. Nothing is told twice over an ordinary restart or reload, and what ended meanwhile is told then.
package alerting
