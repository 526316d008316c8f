// Package remotewrite sends the agent's series to stores that others run: Prometheus, Mimir, Thanos receive, VictoriaMetrics.
//
// Samples are first written into a write-ahead log on disk, which all stores share. For each store an endpoint reads that log,
// sends what it finds over its shards, and notes on disk how far the store has taken it. So a store that is down, or a restart of
// the agent, costs nothing as long as the log has room; and what is still to be sent takes disk, not memory. Prometheus' own queue
// is not used: it begins with the moment of its start, and drops parts of its log that were not sent yet.
//
// Here live the log, the sending, and what a store's answers mean. Nothing is computed here, and nothing is kept once every store
// has it.
package remotewrite
