// Package agent is the life of the daemon: it makes the sources, the ledger and the metrics page from a configuration,
// reads the sources on their schedules, and keeps the page in step with the ledger.
//
// It joins rooms and decides when; how a system is read, what is kept and how a figure is computed belongs to other packages.
package agent
