// Package demo makes the sample ministry: a folder with the systems of three units and a configuration that reads them.
//
// Here live the invented dossiers and the files that hold them: a SQLite database, CSV reports in two dialects, a file of
// totals, and what makes them move. Everything is invented, also where a name sounds like a real procedure. Nothing here
// reads the files as the agent does, keeps a ledger or computes a figure: the real agent does that, as with real units.
package demo
