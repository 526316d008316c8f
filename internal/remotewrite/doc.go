// Package remotewrite sends the agent's series to stores that others run: Prometheus, Mimir, Thanos receive, VictoriaMetrics.
//
// What is published is first written into a log on disk, which all stores share. For each store a courier reads that log,
// sends what it finds, and notes on disk how far the store has taken it. So a store that is down, or a restart of the agent,
// costs nothing as long as the log has room; and what is still to be sent takes disk, not memory.
// Prometheus' own queue is not used, because it begins with the moment of its start and gives up parts of its log that were
// not sent yet.
//
// Here live the log, its reading, the couriers, and what a store's answers mean. What is sent is made by internal/series;
// nothing is computed here, and nothing is kept once every store has it.
package remotewrite
