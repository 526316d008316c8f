// Package history keeps years of the agent's own series and answers PromQL: Prometheus' time series database, query
// engine, rule manager and HTTP API, inside the agent.
//
// Two stores make one view. The live store takes the series of each page of metrics as they change. The past store (Past)
// has one value per closed day of each figure, as the books have that day now: a corrected past shows corrected. Of the
// figures, days that the past store has come from it alone, all others from the live store; all other series (of sources,
// of the agent, recorded by rules) come from the live store. So no day is there twice, and everybody who asks sees the same.
//
// Here live the stores' folder, the writing, the view, the engine and its bounds, the rule manager and the paths under
// /api/v1. Figures are computed elsewhere, past days are written in internal/history/daily, and what alerts lead to is no
// matter of this package.
package history
