// Package pages makes the agent's pages for people: the ministry at first sight, its units with their forms, the sources,
// the completeness of what they brought, and what is behind a figure; in Vietnamese and in English.
//
// The pages show: every figure, comparison and check is computed in internal/kpi, so that it is the same on a page, in
// /metrics and in the terminal. They are rendered here, without scripts, and change nothing. Texts for people live in
// texts.go, once each and in both languages.
package pages
