// Package kpi is the heart of the agent: dossiers, the work calendar, periods, the daybook, the catalogue of KPIs,
// targets and the form II.06a tally. Every formula of the product lives here and nowhere else.
//
// It is pure: no files, no network, no clock, no package of ours. Whoever calls it passes the day that is "today".
package kpi
