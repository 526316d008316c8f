package agent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"kpiagent/config"
	"kpiagent/internal/i18n"
	"kpiagent/internal/kpi"
	"kpiagent/internal/ledger"
	"kpiagent/internal/outbound"
)

// Setup is a configuration in the terms of the heart.
type Setup struct {
	Config    *config.Config
	Location  *time.Location
	Calendar  *kpi.Calendar
	CutOff    kpi.CutOff
	Units     []kpi.Unit
	Catalogue kpi.Catalogue
	Declared  []kpi.Procedure
	Levels    []string             // measures that are levels
	Rules     map[string]kpi.Rules // by source name
	Network   *outbound.Rules      // that all sources share
}

// NewSetup translates a checked configuration.
func NewSetup(c *config.Config) (*Setup, error) {
	location, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("time_zone: %w", err)
	}
	calendar, err := kpi.NewCalendar(kpi.CalendarOptions{Hours: c.Calendar.Hours, DaysOff: c.Calendar.DaysOff, Workdays: c.Calendar.Workdays, Complete: c.Calendar.Complete})
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	builtin, err := kpi.Builtin()
	if err != nil {
		return nil, err
	}
	cutOff, _ := kpi.ParseCutOff(c.Periods.CutOff)
	s := &Setup{Config: c, Location: location, Calendar: calendar, CutOff: cutOff, Catalogue: i18n.Builtin().Named(builtin).With(c.KPIs), Rules: map[string]kpi.Rules{},
		Network: outbound.New(c.Network, nil)}
	for _, u := range c.Units {
		s.Units = append(s.Units, kpi.Unit{ID: u.ID, Parent: u.Parent, Name: u.Name})
	}
	for _, p := range c.Procedures {
		s.Declared = append(s.Declared, declared(p))
	}
	for _, m := range c.Measures {
		if m.Kind == "level" {
			s.Levels = append(s.Levels, m.ID)
		}
	}
	for _, source := range c.Sources {
		clock, _ := kpi.ParseSupplementClock(source.SupplementClock)
		s.Rules[SourceName(source)] = kpi.Rules{Calendar: calendar, Clock: clock, ByHour: c.Timeliness == "hours"}
	}
	return s, nil
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

// SourceName is how a source is called everywhere: unit/source.
func SourceName(s config.Source) string { return s.Unit + "/" + s.ID }

// Today is the local day of a moment.
func (s *Setup) Today(now time.Time) kpi.Day { return kpi.DayOf(now.In(s.Location)) }

// Root is the unit without a parent.
func (s *Setup) Root() string {
	for _, u := range s.Units {
		if u.Parent == "" {
			return u.ID
		}
	}
	return ""
}

// Unit finds a unit; the error lists those that there are.
func (s *Setup) Unit(id string) (kpi.Unit, error) {
	var ids []string
	for _, u := range s.Units {
		if u.ID == id {
			return u, nil
		}
		ids = append(ids, u.ID)
	}
	return kpi.Unit{}, fmt.Errorf("there is no unit %q: the configuration has %v", id, ids)
}

// OpenLedger opens the ledger of the configuration.
func (s *Setup) OpenLedger(ctx context.Context, readOnly bool, log *slog.Logger) (*ledger.Ledger, error) {
	o := s.ledgerOptions()
	o.ReadOnly, o.Log = readOnly, log
	return ledger.Open(ctx, o)
}

// ledgerOptions is what the ledger has to know of the configuration.
func (s *Setup) ledgerOptions() ledger.Options {
	return ledger.Options{Path: s.Config.Ledger.Path, Units: s.Units, Rules: s.Rules, Levels: s.Levels, Declared: s.Declared,
		KeptRejects: s.Config.Ledger.KeptRejects, KeptRuns: s.Config.Ledger.KeptRuns, Location: s.Location}
}

// Counting tells configurations apart by which the same dossiers and reports are counted otherwise, beyond what Figures shows.
func (s *Setup) Counting() string {
	var basis strings.Builder
	for _, name := range slices.Sorted(maps.Keys(s.Rules)) {
		r := s.Rules[name]
		fmt.Fprintf(&basis, "%q %s %s %t\n", name, r.Calendar.Fingerprint(), r.Clock, r.ByHour)
	}
	fmt.Fprintf(&basis, "levels %q", s.Levels)
	return basis.String()
}

// fingerprint covers all of the configuration that decides what becomes of a source's rows: when it changes, the next
// read has to be a full one. Secrets, schedules and timeouts are not part of it.
func (s *Setup) fingerprint(source config.Source) (string, error) {
	// What decides when a source is read, and how its dossiers are counted, is left out; all else is in, also of kinds to come.
	source.Schedule, source.TimeZone, source.Jitter, source.Timeout, source.OnStart = "", "", 0, 0, false
	source.Retries, source.RetryWait, source.RestAfter, source.LongestRest, source.MaxRows = 0, 0, 0, 0, 0
	source.StaleAfter, source.Reconcile, source.SupplementClock = 0, config.Reconcile{}, ""
	relevant := struct {
		TimeZone        string
		Source          config.Source
		Units, Measures []string
		Declared        []config.Procedure
		CutOff          string `yaml:",omitempty"`
	}{TimeZone: s.Config.TimeZone, Source: source, Declared: s.Config.Procedures}
	if source.ByCutOff() {
		relevant.CutOff = s.Config.Periods.CutOff
	}
	for _, u := range s.Units {
		relevant.Units = append(relevant.Units, u.ID)
	}
	for _, m := range s.Config.Measures {
		relevant.Measures = append(relevant.Measures, m.ID)
	}
	text, err := yaml.Marshal(relevant)
	if err != nil {
		return "", fmt.Errorf("source %s: %w", SourceName(source), err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}

// Warnings says what is no mistake in the configuration but will not end well.
func (s *Setup) Warnings(now time.Time) (warnings []string) {
	for _, year := range s.currentYears(now) {
		if !s.Calendar.Known(year) {
			warnings = append(warnings, fmt.Sprintf("the days off of %d are not known: working time counts weekends and fixed holidays only; "+
				"list them under calendar.days_off and the year under calendar.complete", year))
		}
	}
	bring := func(record string) bool {
		return slices.ContainsFunc(s.Config.Sources, func(source config.Source) bool { return source.Record == record })
	}
	if bring("dossier") && !bring("procedure") && len(s.Declared) == 0 {
		warnings = append(warnings, "no procedure is known, so every dossier will be rejected: "+
			"list the codes under procedures, or add a source with record: procedure")
	}
	return warnings
}

// currentYears are the years whose days off matter now: this one and the next.
func (s *Setup) currentYears(now time.Time) []int {
	year := now.In(s.Location).Year()
	return []int{year, year + 1}
}

var errNotConfigured = errors.New("no such source is configured")

// Freshness says as of when the data of a unit and the units below it are: the oldest last success of their sources; zero
// where one never answered or there is none. fresh is false as well where a source's last success is older than its
// stale_after. last is Ledger.LastSuccess.
func (s *Setup) Freshness(unit string, last map[string]time.Time, now time.Time) (asOf time.Time, fresh bool) {
	answered := false
	fresh = true
	for _, source := range s.Config.Sources {
		servesUnit := source.Mapping.Unit != nil && s.Within(unit, source.Unit) // a system of several units
		if !s.Within(source.Unit, unit) && !servesUnit {
			continue
		}
		at, ever := last[SourceName(source)]
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

// Within says whether a unit is the other one or stands below it.
func (s *Setup) Within(unit, above string) bool {
	for range s.Units {
		if unit == above {
			return true
		}
		i := slices.IndexFunc(s.Units, func(u kpi.Unit) bool { return u.ID == unit })
		if i < 0 {
			return false
		}
		unit = s.Units[i].Parent
	}
	return false
}
