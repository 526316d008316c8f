package kpi

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

//go:embed catalogue.yaml
var builtin []byte

// Definition is one KPI of the catalogue: data, not code. Shares are numbers from 0 to 1, handling times are working days
// of 8 hours, counts are plain numbers.
type Definition struct {
	ID          string  `yaml:"id" required:"true" check:"identifier" doc:"The value of the label kpi."`
	Name        Text    `yaml:"name" doc:"Its name."`
	Short       Text    `yaml:"short" doc:"A shorter name, for the heads of narrow columns; empty: the name."`
	Topic       string  `yaml:"topic" allowed:"dossiers|levels|single_window|satisfaction|plan" doc:"The board that goes into its details. Empty: what it counts decides, and a KPI of observations is about the plan."`
	Group       string  `yaml:"group" allowed:"headline|service|single_window|satisfaction|plan" doc:"The group in which leaders read it; headline KPIs come first, each with a tile of its own. Empty: its topic decides."`
	Weight      float64 `yaml:"weight" check:"not_negative" doc:"Its place within the group: what weighs more comes first, and of equals the order of the catalogue counts."`
	Description Text    `yaml:"description" doc:"What it says, in one or two sentences."`
	Kind        string  `yaml:"kind" allowed:"share|count|mean|quantile" doc:"share: numerator over denominator; count: the numerator alone; mean and quantile: of the handling time, in working days."`
	Quantile    float64 `yaml:"quantile" doc:"Between 0 and 1; only with kind quantile."`
	Numerator   []Term  `yaml:"numerator" doc:"The counts that are added up."`
	Denominator []Term  `yaml:"denominator" doc:"Likewise, for a share."`
	Direction   string  `yaml:"direction" allowed:"up|down" doc:"up: more is better."`
	NoData      string  `yaml:"no_data" allowed:"none|zero|full" doc:"What 0 out of 0 means in a share: no figure, 0, or fulfilled. A unit that never reported has no figure in any case."`
	LegalBasis  string  `yaml:"legal_basis" doc:"Decree, decision or form."`
	From        string  `yaml:"valid_from" check:"day" doc:"First day for which it is computed."`
	To          string  `yaml:"valid_to" check:"day" doc:"Last day for which it is computed."`
}

// Term is one count of the daybook, of the catalogue of procedures or of the observations, with filters.
type Term struct {
	Count      string   `yaml:"count" required:"true" doc:"What is counted."`
	Channel    []string `yaml:"channel" allowed:"online|counter|postal" doc:"For received: only these channels."`
	Timeliness []string `yaml:"timeliness" allowed:"early|on_time|late|undated" doc:"For finished: only these."`
	Outcome    []string `yaml:"outcome" allowed:"settled|refused|withdrawn|stopped" doc:"For finished: only these."`
	Level      []string `yaml:"level" allowed:"1|2|3|4|full|partial" doc:"For procedures: only these service levels."`
	Measure    string   `yaml:"measure" doc:"For observation: the id of the measure."`
}

// The kinds of Definition.
const (
	KindShare    = "share"
	KindCount    = "count"
	KindMean     = "mean"
	KindQuantile = "quantile"
)

// The meanings of 0 out of 0.
const (
	NoDataNone = "none"
	NoDataZero = "zero"
	NoDataFull = "full"
)

// Catalogue is the list of KPIs in the order in which people read them.
type Catalogue []Definition

// Builtin returns the catalogue that comes with the agent. Its KPIs have no names: those are texts, by language.
func Builtin() (Catalogue, error) {
	var list Catalogue
	decoder := yaml.NewDecoder(bytes.NewReader(builtin))
	decoder.KnownFields(true)
	if err := decoder.Decode(&list); err != nil {
		return nil, fmt.Errorf("the built-in catalogue: %w", err)
	}
	return list, nil
}

// With returns the catalogue with the user's entries: one with a known id changes the fields that it sets, a new one is added.
func (c Catalogue) With(user []Definition) Catalogue {
	merged := slices.Clone(c)
	for _, u := range user {
		if i := slices.IndexFunc(merged, func(d Definition) bool { return d.ID == u.ID }); i >= 0 {
			merged[i] = merged[i].overriddenBy(u)
		} else {
			merged = append(merged, u)
		}
	}
	return merged
}

// Find returns the KPI of that id.
func (c Catalogue) Find(id string) (Definition, bool) {
	for _, d := range c {
		if d.ID == id {
			return d, true
		}
	}
	return Definition{}, false
}

func (d Definition) overriddenBy(u Definition) Definition {
	d.Name = d.Name.With(u.Name)
	d.Short = d.Short.With(u.Short)
	set(&d.Topic, u.Topic)
	set(&d.Group, u.Group)
	set(&d.Weight, u.Weight)
	d.Description = d.Description.With(u.Description)
	set(&d.Kind, u.Kind)
	set(&d.Quantile, u.Quantile)
	set(&d.Direction, u.Direction)
	set(&d.NoData, u.NoData)
	set(&d.LegalBasis, u.LegalBasis)
	set(&d.From, u.From)
	set(&d.To, u.To)
	if u.Numerator != nil {
		d.Numerator = u.Numerator
	}
	if u.Denominator != nil {
		d.Denominator = u.Denominator
	}
	return d
}

func set[T comparable](to *T, value T) {
	var zero T
	if value != zero {
		*to = value
	}
}

// Target is what the figure of a KPI must reach in a unit and a year.
type Target struct {
	KPI        string  `yaml:"kpi" required:"true" doc:"The KPI's id."`
	Unit       string  `yaml:"unit" doc:"The unit's id; empty: every unit."`
	Year       int     `yaml:"year" required:"true" doc:"The year for which it is set."`
	Value      float64 `yaml:"value" required:"true" doc:"What must be reached; a share is written as 0 to 1."`
	Margin     float64 `yaml:"margin" check:"not_negative" doc:"At risk where the value is reached by less than this, in the KPI's own unit."`
	Severity   string  `yaml:"severity" allowed:"|critical|warning|info" doc:"The label severity of its alerts; empty: alerts.severity."`
	Receiver   string  `yaml:"receiver" check:"identifier" doc:"The label receiver of its alerts, by which Alertmanager finds whom to tell; empty: alerts.receiver."`
	LegalBasis string  `yaml:"legal_basis" doc:"Which decision set it."`
	Contact    Contact `yaml:"contact" doc:"Whom to call about it; empty: the contact of the unit."`
}

// Contact is whom to call about a unit or a target.
type Contact struct {
	Name  Text   `yaml:"name" doc:"The office or the person."`
	Phone string `yaml:"phone" check:"phone" doc:"The number, as people write it."`
	Mail  string `yaml:"mail" check:"address" doc:"The address."`
}

// IsZero reports whether nobody is named.
func (c Contact) IsZero() bool { return len(c.Name) == 0 && c.Phone == "" && c.Mail == "" }
