package config

import (
	"fmt"
	"slices"

	"kpiagent/internal/i18n"
	"kpiagent/internal/kpi"
)

// checkKPIs checks the user's KPIs as they are once they are merged with the built-in ones, and returns the whole catalogue.
func checkKPIs(j *journal, c *Config, measures []string) kpi.Catalogue {
	builtin, err := kpi.Builtin()
	if err != nil {
		j.mistake("kpis", "%v; this is a fault of the program, please report it", err)
		return nil
	}
	var known []string // nil where no measure is declared: then none is missing
	if len(measures) > 0 {
		known = slices.Concat(measures, builtInMeasures(builtin))
	}
	first := map[string]int{}
	for i, d := range c.KPIs {
		key := entry("kpis", i)
		if at, twice := first[d.ID]; twice && d.ID != "" {
			j.mistake(under(key, "id"), "%q stands here already (%s); keep one entry for each KPI", d.ID, j.line(under(entry("kpis", at), "id")))
			continue
		}
		first[d.ID] = i
		merged, _ := builtin.With([]kpi.Definition{d}).Find(d.ID)
		if d.ID != "" {
			checkDefinition(j, key, d, merged)
		}
		checkTerms(j, under(key, "numerator"), d.Numerator, known)
		checkTerms(j, under(key, "denominator"), d.Denominator, known)
		checkSpan(j, key, "valid_from", merged.From, "valid_to", merged.To)
	}
	return builtin.With(c.KPIs)
}

// Catalogue is the built-in catalogue of KPIs, with their names and with the changes and additions of the configuration. The
// error is a fault of the program.
func (c *Config) Catalogue() (kpi.Catalogue, error) {
	builtin, err := kpi.Builtin()
	return i18n.Builtin().Named(builtin).With(c.KPIs), err
}

// checkDefinition checks one KPI: given is what the user wrote, merged what it becomes.
func checkDefinition(j *journal, key string, given, merged kpi.Definition) {
	need := func(name string, missing bool, why string) {
		if missing && !j.isWrong(under(key, name)) {
			j.mistake(under(key, name), "is missing; %s", why)
		}
	}
	need("kind", merged.Kind == "", fmt.Sprintf("%q is not in the built-in catalogue, so a new KPI begins here: share, count, mean or quantile", given.ID))
	need("direction", merged.Direction == "", "up where more is better, else down")
	need("no_data", merged.NoData == "", "what 0 out of 0 means: none, zero or full")
	counts := merged.Kind == kpi.KindShare || merged.Kind == kpi.KindCount
	need("numerator", counts && len(merged.Numerator) == 0, "what is counted, for example [{count: received}]")
	need("denominator", merged.Kind == kpi.KindShare && len(merged.Denominator) == 0, "what the share is of, for example [{count: received}]")
	need("quantile", merged.Kind == kpi.KindQuantile && merged.Quantile == 0, "0.9 is the time in which nine of ten are done")
	if q := given.Quantile; q < 0 || q >= 1 {
		j.mistake(under(key, "quantile"), "%v is not between 0 and 1; write for example 0.95", q)
	}
	refuse := func(name string, given bool, kinds string) {
		if given && merged.Kind != "" {
			j.mistake(under(key, name), "has no place in a KPI of kind %s, only in %s; take it out", merged.Kind, kinds)
		}
	}
	refuse("quantile", given.Quantile != 0 && merged.Kind != kpi.KindQuantile, "quantile")
	refuse("numerator", len(given.Numerator) > 0 && !counts, "share and count")
	refuse("denominator", len(given.Denominator) > 0 && merged.Kind != kpi.KindShare, "share")
}

// checkTerms checks that a filter stands where it filters something, and that measures are known; nil knows all.
func checkTerms(j *journal, list string, terms []kpi.Term, known []string) {
	for i, t := range terms {
		key := entry(list, i)
		if t.Count == "" {
			continue
		}
		for _, filter := range []struct {
			name, count string
			given       bool
		}{
			{"channel", "received", len(t.Channel) > 0}, {"timeliness", "finished", len(t.Timeliness) > 0}, {"outcome", "finished", len(t.Outcome) > 0},
			{"level", "procedures", len(t.Level) > 0}, {"measure", "observation", t.Measure != ""},
		} {
			if filter.given && filter.count != t.Count {
				j.mistake(under(key, filter.name), "filters only count: %s, not count: %s; take it out", filter.count, t.Count)
			}
		}
		if t.Count != "observation" {
			continue
		}
		inner := under(key, "measure")
		switch {
		case t.Measure == "" && !j.isWrong(inner):
			j.mistake(inner, "is missing; name the measure that is counted")
		case t.Measure != "" && known != nil && !slices.Contains(known, t.Measure):
			j.mistake(inner, "%s is not a declared measure; %s", quote(t.Measure), suggest(t.Measure, known))
		}
	}
}

func checkTargets(j *journal, c *Config, catalogue kpi.Catalogue) {
	ids := unitIDs(c.Units)
	known := make([]string, len(catalogue))
	for i, d := range catalogue {
		known[i] = d.ID
	}
	type target struct {
		kpi, unit string
		year      int
	}
	first := map[target]int{}
	for i, t := range c.Targets {
		key := entry("targets", i)
		knownUnit(j, under(key, "unit"), t.Unit, ids)
		d, found := catalogue.Find(t.KPI)
		if t.KPI != "" && !found {
			j.mistake(under(key, "kpi"), "%s is not a KPI; %s", quote(t.KPI), suggest(t.KPI, known))
		}
		if at, twice := first[target{t.KPI, t.Unit, t.Year}]; twice && t.KPI != "" && t.Year != 0 {
			j.mistake(key, "there is a target for this KPI, unit and year already (%s); keep one of them", j.line(entry("targets", at)))
		}
		first[target{t.KPI, t.Unit, t.Year}] = i
		if year := under(key, "year"); t.Year != 0 && !j.isWrong(year) {
			if wrong := checkYear(int64(t.Year)); wrong != "" {
				j.mistake(year, "%s", wrong)
			}
		}
		if d.Kind == kpi.KindShare && (t.Value > 1 || t.Value < 0) {
			j.mistake(under(key, "value"), "%v is not a share; write a share as 0 to 1: 0.9 for 90 %%", t.Value)
		}
		if d.Kind == kpi.KindShare && t.Margin > 1 {
			j.mistake(under(key, "margin"), "%v is not a share; write a share as 0 to 1: 0.05 for 5 percentage points", t.Margin)
		}
	}
}
