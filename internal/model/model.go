// Package model is what a checked configuration means: the tree of units, the catalogue, the calendar, the rules by which
// dossiers are counted, and how fresh figures are. Whoever asks what is configured asks here, and gets the same answer.
//
// It does no I/O: opening the ledger and connections belongs to internal/agent. Each question is answered in constant time,
// or in the depth of the tree, because it is asked for each dossier.
package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// Model is a configuration in the terms of the figures. It is immutable.
type Model struct {
	Config    *config.Config
	Location  *time.Location
	Calendar  *kpi.Calendar
	CutOff    kpi.CutOff
	Tree      *kpi.Tree
	Catalogue kpi.Catalogue
	Declared  []kpi.Procedure      // by hand; sources may bring more
	Levels    []string             // measures that are levels
	Running   []string             // measures that are totals of the year so far
	Rules     map[string]kpi.Rules // by source name
	Displayed kpi.Catalogue        // the catalogue in the order in which leaders read it

	sources  map[string]*config.Source   // by name
	serving  map[string][]*config.Source // by unit: what its figures are made of
	measures map[string]bool             // that are declared
	contacts map[string]kpi.Contact      // by unit, as configured
	shared   []byte                      // the part of fingerprints that all sources have in common
}

// New translates a checked configuration. The error is about a time zone or a calendar that this machine does not accept.
func New(c *config.Config) (*Model, error) {
	location, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("time_zone: %w", err)
	}
	calendar, err := kpi.NewCalendar(kpi.CalendarOptions{Hours: c.Calendar.Hours, DaysOff: c.Calendar.DaysOff,
		Workdays: c.Calendar.Workdays, Complete: c.Calendar.Complete})
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	catalogue, err := c.Catalogue()
	if err != nil {
		return nil, err
	}
	cutOff, _ := kpi.ParseCutOff(c.Periods.CutOff)
	m := &Model{Config: c, Location: location, Calendar: calendar, CutOff: cutOff, Tree: treeOf(c.Units), Catalogue: catalogue,
		Displayed: catalogue.Displayed(), contacts: map[string]kpi.Contact{}, Rules: map[string]kpi.Rules{}, sources: map[string]*config.Source{}, serving: map[string][]*config.Source{},
		measures: map[string]bool{}}
	for _, u := range c.Units {
		m.contacts[u.ID] = u.Contact
	}
	for _, p := range c.Procedures {
		m.Declared = append(m.Declared, declared(p))
	}
	for _, measure := range c.Measures {
		m.measures[measure.ID] = true
		if measure.Kind == "level" {
			m.Levels = append(m.Levels, measure.ID)
		}
		if measure.Kind == "running" {
			m.Running = append(m.Running, measure.ID)
		}
	}
	for i := range c.Sources {
		m.addSource(&c.Sources[i])
	}
	m.shared, err = sharedFingerprint(m)
	return m, err
}

func treeOf(units []config.Unit) *kpi.Tree {
	var list []kpi.Unit
	for _, u := range units {
		list = append(list, kpi.Unit{ID: u.ID, Parent: u.Parent, Name: u.Name, Short: u.Short})
	}
	return kpi.NewTree(list)
}

func declared(p config.Procedure) kpi.Procedure {
	day := func(text string) kpi.Day {
		d, _ := kpi.ParseDay(text) // checked with the configuration; empty is no day
		return d
	}
	fee, _ := kpi.ParseMark(p.Fee)
	return kpi.Procedure{Unit: p.Unit, Code: p.Code, Name: p.Name, Field: p.Field, Level: uint8(p.Level), Online: p.Online,
		StatutoryDay: p.StatutoryDay, WorkingDays: p.WorkingDays, Fee: fee, Group: p.Group, From: day(p.From), To: day(p.To)}
}

func (m *Model) addSource(s *config.Source) {
	name := SourceName(*s)
	clock, _ := kpi.ParseSupplementClock(s.SupplementClock)
	m.Rules[name] = kpi.Rules{Calendar: m.Calendar, Clock: clock, ByHour: m.Config.Timeliness == "hours"}
	m.sources[name] = s
	for _, unit := range m.Tree.Lineage(s.Unit) {
		m.serving[unit] = append(m.serving[unit], s)
	}
	if s.Mapping.Unit == nil {
		return
	}
	for _, u := range m.Tree.Units() { // a system of several units: also the figures of each below are made of it
		if u.ID != s.Unit && m.Tree.Within(u.ID, s.Unit) {
			m.serving[u.ID] = append(m.serving[u.ID], s)
		}
	}
}

// SourceName is how a source is called everywhere: unit/source.
func SourceName(s config.Source) string { return s.Unit + "/" + s.ID }

// Today is the local day of a moment.
func (m *Model) Today(now time.Time) kpi.Day { return kpi.DayOf(now.In(m.Location)) }

// Unit finds a unit; the error lists those that there are.
func (m *Model) Unit(id string) (kpi.Unit, error) {
	if u, known := m.Tree.Unit(id); known {
		return u, nil
	}
	return kpi.Unit{}, fmt.Errorf("there is no unit %q: the configuration has %v", id, m.Tree.IDs())
}

// Source finds a source by its name, unit/source.
func (m *Model) Source(name string) (config.Source, bool) {
	s, known := m.sources[name]
	if !known {
		return config.Source{}, false
	}
	return *s, true
}

// IsMeasure reports whether a measure is declared.
func (m *Model) IsMeasure(id string) bool { return m.measures[id] }

// Goals are the targets that the figures of today, a day that is not over, are judged by.
func (m *Model) Goals(today kpi.Day) kpi.Goals {
	return kpi.Goals{Targets: m.Config.Targets, CutOff: m.CutOff, Today: today, Running: true}
}

// Contact returns whom to call about a KPI of a unit in a year of targets: whom the target names, or else the unit, or the nearest
// one above it that names anybody. Without a KPI it is the contact of the unit.
func (m *Model) Contact(unit, id string, year int) kpi.Contact {
	if t, set := kpi.TargetFor(m.Config.Targets, id, unit, year); set && !t.Contact.IsZero() {
		return t.Contact
	}
	for _, above := range m.Tree.Lineage(unit) {
		if c := m.contacts[above]; !c.IsZero() {
			return c
		}
	}
	return kpi.Contact{}
}

// Serves reports whether a source, by its name, is one of a unit or of a unit below it, or one above it that serves several.
func (m *Model) Serves(source, unit string) bool {
	s, known := m.sources[source]
	return known && (m.Tree.Within(s.Unit, unit) || s.Mapping.Unit != nil && m.Tree.Within(unit, s.Unit))
}

// Freshness returns as of when the data of a unit and the units below it are: the oldest last success of their sources; zero
// where one never answered or there is none. fresh is false as well where a source's last success is older than its
// stale_after. last has the last success of each source by its name, as the ledger knows it.
func (m *Model) Freshness(unit string, last map[string]time.Time, now time.Time) (asOf time.Time, fresh bool) {
	answered := false
	fresh = true
	for _, source := range m.serving[unit] {
		at, ever := last[SourceName(*source)]
		if !ever {
			return time.Time{}, false
		}
		if !answered || at.Before(asOf) {
			asOf = at
		}
		answered = true
		fresh = fresh && now.Sub(at) <= source.StaleAfter
	}
	return asOf, answered && fresh
}

// Counting tells configurations apart by which the same dossiers and reports are counted otherwise, beyond what the units,
// catalogue, targets and cut-off show.
func (m *Model) Counting() string {
	var basis strings.Builder
	for _, name := range slices.Sorted(maps.Keys(m.Rules)) {
		r := m.Rules[name]
		fmt.Fprintf(&basis, "%q %s %s %t\n", name, r.Calendar.Fingerprint(), r.Clock, r.ByHour)
	}
	fmt.Fprintf(&basis, "levels %q", m.Levels)
	if len(m.Running) > 0 {
		fmt.Fprintf(&basis, "\nrunning %q", m.Running)
	}
	return basis.String()
}

// Warnings lists what is no mistake in the configuration but will not end well.
func (m *Model) Warnings(now time.Time) (warnings []string) {
	for _, year := range m.CurrentYears(now) {
		if !m.Calendar.Known(year) {
			warnings = append(warnings,
				fmt.Sprintf("the days off of %d are not known: working time counts weekends and fixed holidays only; "+
					"list them under calendar.days_off and the year under calendar.complete", year))
		}
	}
	bring := func(record string) bool {
		return slices.ContainsFunc(m.Config.Sources, func(source config.Source) bool { return source.Record == record })
	}
	if bring("dossier") && !bring("procedure") && len(m.Declared) == 0 {
		warnings = append(warnings, "no procedure is known, so every dossier will be rejected: "+
			"list the codes under procedures, or add a source with record: procedure")
	}
	return warnings
}

// CurrentYears are the years whose days off matter now: this one and the next.
func (m *Model) CurrentYears(now time.Time) []int {
	year := now.In(m.Location).Year()
	return []int{year, year + 1}
}
