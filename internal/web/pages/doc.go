// Package pages makes the agent's pages for people, in every language of internal/i18n: HTML without scripts, rendered here, that
// changes nothing.
//
// The pages show and do not compute: each figure, comparison and check comes from internal/kpi, so that it is the same on a page,
// in /metrics and in the terminal. The geometry of pictures is in internal/web/chart. Nothing here knows
// the agent, its ledger or a driver: pages ask the interfaces Agent and Ledger.
//
// A page is a view (<page>.go), a template (templates/<page>.html), one line in New and its texts in the catalogues:
//
//	leader        leader.go, leader_slips.go (who slips, and why), league.go (the units)
//	wall          wall.go
//	overdue       overdue.go
//	unit          unit.go, unit_form.go (form II.06a), unit_formfile.go (the form as CSV), procedures.go
//	kpi           kpi.go, kpi_dossiers.go (what is behind it), kpi_lastvisit.go (what has changed)
//	board         board.go, board_history.go
//	source        source.go, source_list.go, source_history.go (trouble with the agent's own history), rowaccess.go
//	completeness  completeness.go
//
// What they share: request.go (a request and its links), builder.go (makes views from the books), reporting.go (how a unit
// reports), figure.go, standing.go and target.go (a figure, how it stands, a KPI with its target), levels.go (how far procedures are
// online), pictures.go (charts with their words), period.go (the chosen period), locale.go.
package pages
