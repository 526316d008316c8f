package dashboards

import (
	"slices"
	"strings"

	"kpiagent/config"
	"kpiagent/internal/i18n"
	"kpiagent/internal/kpi"
	"kpiagent/internal/model"
)

// Settings are changes to config.libsonnet, by the name of the setting.
type Settings map[string]any

// text is a text in every language, as the mixin has it; languages that lack it have "".
type text map[string]string

// inEachLanguage returns a text for the mixin; otherwise is what it says where there is none in any language.
func inEachLanguage(t kpi.Text, otherwise string) text {
	all := text{}
	for _, code := range i18n.Codes() {
		all[code] = t[code]
		if t.In(code) == "" {
			all[code] = otherwise
		}
	}
	return all
}

// unit is a unit of the mixin; see config.libsonnet.
type unit struct {
	ID     string   `json:"id"`
	Parent string   `json:"parent"`
	Name   text     `json:"name"`
	Within []string `json:"within"`
	Shared []system `json:"shared"`
}

// system is a source that serves several units.
type system struct {
	Unit   string `json:"unit"`
	Source string `json:"source"`
}

// signal is a KPI of the mixin: what boards and rules have to know of it.
type signal struct {
	ID          string   `json:"id"`
	Name        text     `json:"name"`
	Short       text     `json:"short"`
	Description text     `json:"description"`
	LegalBasis  string   `json:"legalBasis"`
	Kind        string   `json:"kind"`
	Direction   string   `json:"direction"`
	Topic       string   `json:"topic"`
	Measures    []string `json:"measures"`   // the observed measures that it counts
	OfDossiers  bool     `json:"ofDossiers"` // so that the dossiers behind it can be listed
	Outlook     bool     `json:"outlook"`    // whether there are a projection and a required rate
	Targeted    bool     `json:"targeted"`
	Groups      []group  `json:"groups"`
}

// group says for which units the alerts of a KPI have which labels: for Units; or for all but Except where Units is empty.
type group struct {
	Severity string   `json:"severity"`
	Receiver string   `json:"receiver"`
	Units    []string `json:"units"`
	Except   []string `json:"except"`
}

type measure struct {
	ID   string `json:"id"`
	Name text   `json:"name"`
}

// FromModel returns the settings that make the boards and rules of a configuration.
func FromModel(m *model.Model) Settings {
	c := m.Config
	source := c.Boards.DataSource
	if source == "" {
		source = ownDataSource(c)
	}
	measures := []measure{}
	for _, observed := range c.Measures {
		measures = append(measures, measure{observed.ID, inEachLanguage(observed.Name, "")})
	}
	s := Settings{
		"prefix": c.Boards.Prefix, "selector": strings.TrimSpace(c.Boards.Selector), "languages": distinct(c.Boards.Languages),
		"timeZone": c.TimeZone, "dataSource": source, "grafanaURL": strings.TrimRight(c.Boards.GrafanaURL, "/"),
		"pagesURL":  strings.TrimRight(c.Web.ExternalURL, "/"),
		"minVolume": c.Alerts.MinVolume, "severity": c.Alerts.Severity, "receiver": c.Alerts.Receiver,
		"units": units(m), "measures": measures,
	}
	labels := func(t kpi.Target) group {
		g := group{Severity: t.Severity, Receiver: t.Receiver, Units: []string{}, Except: []string{}}
		if g.Severity == "" {
			g.Severity = c.Alerts.Severity
		}
		if g.Receiver == "" {
			g.Receiver = c.Alerts.Receiver
		}
		return g
	}
	if c.Alerts.Engine == config.EngineGrafana {
		s["engine"] = config.EngineGrafana
	}
	s["kpis"] = signals(m.Catalogue, m.Levels, func(id string) []group { return groups(id, c.Targets, labels) })
	return s
}

// LeadersBoard returns the address of the board that leaders open first, in the first of the languages.
func LeadersBoard(c *config.Config) string {
	return strings.TrimRight(c.Boards.GrafanaURL, "/") + "/d/" + c.Boards.Prefix + "-overview-" + c.Boards.Languages[0]
}

// ownDataSource is the uid of the data source that is made where none is named.
func ownDataSource(c *config.Config) string { return c.Boards.Prefix + "-prometheus" }

func distinct(list []string) (each []string) {
	for _, entry := range list {
		if !slices.Contains(each, entry) {
			each = append(each, entry)
		}
	}
	return each
}

// units returns each unit with the units whose sources make its figures.
func units(m *model.Model) []unit {
	all, within := m.Tree.Units(), m.Tree.Within
	list := []unit{}
	for _, u := range all {
		made := unit{ID: u.ID, Parent: u.Parent, Name: inEachLanguage(u.Name, u.ID), Within: []string{}, Shared: []system{}}
		for _, other := range all {
			if within(other.ID, u.ID) {
				made.Within = append(made.Within, other.ID)
			}
		}
		for _, s := range m.Config.Sources {
			if s.Mapping.Unit != nil && s.Unit != u.ID && within(u.ID, s.Unit) {
				made.Shared = append(made.Shared, system{Unit: s.Unit, Source: s.ID})
			}
		}
		list = append(list, made)
	}
	return list
}

// signals returns the KPIs. levels are the measures that are levels; groupsOf returns the groups of a KPI, none without a target.
func signals(catalogue kpi.Catalogue, levels []string, groupsOf func(id string) []group) []signal {
	books := &kpi.Books{Observed: kpi.NewObserved(nil, levels)}
	list := []signal{}
	for _, d := range catalogue {
		s := signal{ID: d.ID, Name: inEachLanguage(d.Name, d.ID), Short: inEachLanguage(d.ShortName(), d.ID),
			Description: inEachLanguage(d.Description, ""), LegalBasis: d.LegalBasis,
			Kind: d.Kind, Direction: d.Direction, Topic: d.About(), Measures: []string{},
			OfDossiers: true, Groups: groupsOf(d.ID)}
		for _, t := range slices.Concat(d.Numerator, d.Denominator) {
			if t.Count == kpi.CountObservation {
				s.Measures = append(s.Measures, t.Measure)
			}
			s.OfDossiers = s.OfDossiers && t.Count != kpi.CountObservation && t.Count != kpi.CountProcedures
		}
		s.Outlook = (d.Kind == kpi.KindShare || d.Kind == kpi.KindCount) && !books.IsStock(d)
		s.Targeted = len(s.Groups) > 0
		list = append(list, s)
	}
	return list
}

// groups divides the targets of a KPI by the labels of their alerts. Of several years the latest one's labels count.
func groups(id string, targets []kpi.Target, labels func(kpi.Target) group) []group {
	latest := map[string]kpi.Target{}
	var units []string // in the order of the configuration
	for _, t := range targets {
		if t.KPI != id {
			continue
		}
		known, seen := latest[t.Unit]
		if !seen && t.Unit != "" {
			units = append(units, t.Unit)
		}
		if !seen || t.Year > known.Year {
			latest[t.Unit] = t
		}
	}
	list := []group{}
	if every, ok := latest[""]; ok {
		g := labels(every)
		g.Except = append(g.Except, units...)
		list = append(list, g)
	}
	for _, u := range units {
		g := labels(latest[u])
		i := slices.IndexFunc(list, func(other group) bool {
			return len(other.Units) > 0 && other.Severity == g.Severity && other.Receiver == g.Receiver
		})
		if i < 0 {
			list = append(list, g)
			i = len(list) - 1
		}
		list[i].Units = append(list[i].Units, u)
	}
	for i := range list {
		// A unit whose own target has the labels of everybody's needs no rule of its own.
		if i > 0 && len(list[0].Units) == 0 && list[0].Severity == list[i].Severity && list[0].Receiver == list[i].Receiver {
			list[0].Except = slices.DeleteFunc(list[0].Except, func(u string) bool { return slices.Contains(list[i].Units, u) })
			list[i].Units = nil
		}
	}
	return slices.DeleteFunc(list, func(g group) bool { return g.Units == nil })
}
