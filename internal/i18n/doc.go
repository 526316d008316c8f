// Package i18n holds the texts of the agent, one data file per language: those of the pages, messages, commands and boards, and
// how the language writes numbers and dates. vi.yaml is the reference; a further language is one more file with the same keys,
// named by its code. What the texts are about (periods, KPIs, alerts) is no matter of this package.
package i18n
