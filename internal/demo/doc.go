// Package demo makes the sample ministry: eight units with systems of different kinds, and a configuration that reads them.
//
// Here live the invented dossiers and what holds them: a SQLite database, CSV and Excel reports, and systems that answer over
// HTTP on this machine (portals, a feed in the national exchange format, a web page, a gateway's metrics); and what makes them
// move. One file a kind of system: onestop.go; report.go with its dialects and workbooks; journal.go, the store behind portal.go
// and exchange.go; and for what is only reported as numbers (totals.go) monthly.go, statistics.go and gateway.go.
// Everything is invented, also where a name sounds like a real procedure. Nothing here reads the systems as the agent does,
// keeps a ledger or computes a figure: the real agent does that, as with real units.
package demo
