package config

import (
	"kpiagent/internal/kpi"
)

// Procedure is a procedure declared by hand.
type Procedure struct {
	Unit         string  `yaml:"unit" required:"true" doc:"The unit that handles it."`
	Code         string  `yaml:"code" required:"true" doc:"The procedure's code, as the sources give it."`
	Name         string  `yaml:"name" doc:"Its name."`
	Field        string  `yaml:"field" doc:"Its field (lĩnh vực)."`
	Level        int     `yaml:"level" allowed:"0|1|2|3|4" doc:"Service level under Decree 43/2011; 0 where none was given."`
	Online       string  `yaml:"online" allowed:"|full|partial" doc:"Service level under Decree 42/2022; empty for neither."`
	StatutoryDay float64 `yaml:"statutory_days" check:"not_negative" doc:"Statutory handling time in days; 0 where unknown."`
	WorkingDays  bool    `yaml:"working_days" default:"true" doc:"Whether the statutory time counts working days."`
	Fee          string  `yaml:"fee" allowed:"|yes|no" doc:"Whether there is a fee; empty where unknown."`
	Group        string  `yaml:"single_window_group" doc:"The group of services on the National Single Window; empty for none."`
	From         string  `yaml:"in_force_from" check:"day" doc:"First day in force; empty: always was."`
	To           string  `yaml:"in_force_to" check:"day" doc:"Last day in force; empty: still is."`
}

func checkProcedures(j *journal, c *Config) {
	ids := unitIDs(c.Units)
	first := map[[2]string]int{}
	for i, p := range c.Procedures {
		key := entry("procedures", i)
		knownUnit(j, under(key, "unit"), p.Unit, ids)
		if at, twice := first[[2]string{p.Unit, p.Code}]; twice && p.Unit != "" && p.Code != "" {
			j.mistake(under(key, "code"), "%s of unit %s is declared already (%s); keep one of them", quote(p.Code), p.Unit, j.line(under(entry("procedures", at), "code")))
		} else {
			first[[2]string{p.Unit, p.Code}] = i
		}
		if len(p.Code) > kpi.MaxCode {
			j.mistake(under(key, "code"), "has %d bytes; at most %d are kept", len(p.Code), kpi.MaxCode)
		}
		checkSpan(j, key, "in_force_from", p.From, "in_force_to", p.To)
	}
}

// checkSpan wants the last day not to lie before the first. Days in this form sort as texts do.
func checkSpan(j *journal, key, fromName, from, toName, to string) {
	if from != "" && to != "" && to < from && !j.isWrong(under(key, toName)) {
		j.mistake(under(key, toName), "%s is before %s, %s; write the later day here", to, fromName, from)
	}
}
