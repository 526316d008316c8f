package config

import (
	"fmt"
	"slices"
	"strings"

	"kpiagent/internal/i18n"
	"kpiagent/internal/kpi"
)

// check holds the settings against each other. A setting that has a mistake of its own is left alone, so that nothing
// that merely follows from it is reported.
func check(j *journal, c *Config) {
	checkUnits(j, c.Units)
	checkProcedures(j, c)
	measures := checkMeasures(j, c.Measures)
	checkSources(j, c, measures)
	checkNetwork(j, c)
	checkGrafana(j, c)
	checkRemoteWrite(j, c)
	checkAlerts(j, c)
	catalogue := checkKPIs(j, c, measures)
	checkTargets(j, c, catalogue)
	checkCalendar(j, c.Calendar)
	checkWeb(j, c.Web)
}

// checkWeb wants passwords for users who are named.
func checkWeb(j *journal, w Web) {
	for i, name := range w.RawRowsFor {
		if name != "*" && w.ConfigFile == "" && !j.isWrong("web.config_file") {
			j.mistake(entry("web.raw_rows_for", i), "%s is a user, but there are no users without web.config_file: set it to a file with basic_auth_users, or write \"*\" to show the rows to everybody who can reach the pages", quote(name))
		}
	}
}

// checkUnits wants one tree: unique ids, parents that exist, one root, no circle.
func checkUnits(j *journal, units []Unit) {
	if len(units) == 0 {
		if !j.isWrong("units") {
			j.mistake("units", "is missing; name at least one unit: units: [{id: bo, name: {vi: Bộ, en: Ministry}}]")
		}
		return
	}
	ids := unitIDs(units)
	first := map[string]int{}
	root := -1
	for i, u := range units {
		key := entry("units", i)
		if at, twice := first[u.ID]; twice && u.ID != "" {
			j.mistake(under(key, "id"), "%q is the id of another unit already (%s); give each unit its own", u.ID, j.line(under(entry("units", at), "id")))
		} else {
			first[u.ID] = i
		}
		switch {
		case j.isWrong(under(key, "parent")) || j.isWrong(key):
		case u.Parent == "" && root < 0:
			root = i
		case u.Parent == "":
			j.mistake(key, "%q has no parent, but %q has none either (%s); exactly one unit is the root, give the others a parent", u.ID, units[root].ID, j.line(entry("units", root)))
		case !slices.Contains(ids, u.Parent):
			j.mistake(under(key, "parent"), "%s is not a unit; %s", quote(u.Parent), suggest(u.Parent, ids))
		}
	}
	checkCircles(j, units)
}

// checkCircles reports each circle of parents once, at its first unit.
func checkCircles(j *journal, units []Unit) {
	parent, index := map[string]string{}, map[string]int{}
	for i, u := range units {
		if _, twice := parent[u.ID]; !twice && u.ID != "" {
			parent[u.ID], index[u.ID] = u.Parent, i
		}
	}
	done := map[string]bool{}
	for _, u := range units {
		var path []string
		id := u.ID
		for id != "" && !done[id] {
			done[id] = true
			path = append(path, id)
			id = parent[id]
		}
		if at := slices.Index(path, id); id != "" && at >= 0 {
			circle := append(path[at:], id)
			j.mistake(under(entry("units", index[id]), "parent"), "the parents go round in a circle: %s; one of them must have a parent outside it, or none", listedPath(circle))
		}
	}
}

func listedPath(ids []string) string {
	if len(ids) > 10 {
		ids = append(append(slices.Clone(ids[:5]), "…"), ids[len(ids)-4:]...)
	}
	return strings.Join(ids, " → ")
}

func unitIDs(units []Unit) []string {
	ids := make([]string, 0, len(units))
	for _, u := range units {
		if u.ID != "" {
			ids = append(ids, u.ID)
		}
	}
	return ids
}

// knownUnit notes a unit that is not there.
func knownUnit(j *journal, key, unit string, ids []string) {
	if unit != "" && !slices.Contains(ids, unit) && len(ids) > 0 && !j.isWrong(key) {
		j.mistake(key, "%s is not a unit; %s", quote(unit), suggest(unit, ids))
	}
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

// builtInMeasures are those that the built-in catalogue counts; they need no declaration until a unit reports them.
func builtInMeasures(catalogue kpi.Catalogue) []string {
	var names []string
	for _, d := range catalogue {
		for _, t := range slices.Concat(d.Numerator, d.Denominator) {
			if t.Measure != "" {
				names = append(names, t.Measure)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// checkMeasures gives the ids of the declared measures.
func checkMeasures(j *journal, measures []Measure) []string {
	ids := make([]string, 0, len(measures))
	first := map[string]int{}
	for i, m := range measures {
		key := under(entry("measures", i), "id")
		if m.ID == "" {
			continue
		}
		if at, twice := first[m.ID]; twice {
			j.mistake(key, "%q is declared already (%s); keep one of them", m.ID, j.line(under(entry("measures", at), "id")))
			continue
		}
		first[m.ID] = i
		ids = append(ids, m.ID)
	}
	return ids
}

// checkCalendar holds the entries of the calendar against each other.
func checkCalendar(j *journal, c Calendar) {
	total, last := 0, 0
	sound := true
	for i, text := range c.Hours {
		from, to, ok := minutes(text)
		sound = sound && ok
		if ok && from < last {
			j.mistake(entry("calendar.hours", i), "%s begins before the stretch above it ends; write them in order, without overlap", quote(text))
			sound = false
		}
		total, last = total+to-from, to
	}
	if sound && total != 8*60 && !j.isWrong("calendar.hours") {
		j.mistake("calendar.hours", "together they make %d h %02d min; a working day has exactly 8 hours, as in [\"08:00-12:00\", \"13:00-17:00\"]", total/60, total%60)
	}
	for i, text := range c.Workdays {
		from, to, ok := span(text)
		for at, off := range c.DaysOff {
			offFrom, offTo, offOK := span(off)
			if ok && offOK && max(from, offFrom) <= min(to, offTo) {
				j.mistake(entry("calendar.workdays", i), "%s is a day off too (%s); take it out of one of them", max(from, offFrom), j.line(entry("calendar.days_off", at)))
			}
		}
	}
	options := kpi.CalendarOptions{Hours: c.Hours, DaysOff: c.DaysOff, Workdays: c.Workdays, Complete: c.Complete}
	if _, err := kpi.NewCalendar(options); err != nil && !slices.ContainsFunc(j.list, inCalendar) {
		j.mistake("calendar", "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
}

func inCalendar(m Mistake) bool {
	return strings.HasPrefix(m.Key, "calendar") || strings.HasPrefix(m.Key, Variable("calendar"))
}

// checkKPIs checks the user's KPIs as they are once they are merged with the built-in ones, and gives the whole catalogue.
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

// Catalogue is the built-in catalogue of KPIs, with their names and with the changes and additions of the configuration. The error is a fault of
// the program.
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
