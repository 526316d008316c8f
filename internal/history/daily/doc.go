// Package daily is the past of the figures: of each series one sample per closed local day, its value at the end of that
// day as the books have it now, corrections included.
//
// The past is a function of the ledger and the configuration, so nothing here is ever the only copy of anything: what is
// missing, damaged or no longer right is written anew. It lies in Prometheus' own immutable blocks, one per calendar month,
// beside a manifest that says which blocks count and which months are behind. A month is written into a new block, and the
// manifest that names it is put in place of the old one in one step: whatever happens, each day is there exactly once.
//
// Here live the writing, the keeping and the reading of blocks, and the days as text or samples for other stores. Which
// series there are and what they say is decided in internal/exposition and internal/kpi; queries are internal/history's.
package daily
