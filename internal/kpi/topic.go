package kpi

import "slices"

// The topics of KPIs: each has a board that goes into its details.
const (
	TopicDossiers     = "dossiers"
	TopicLevels       = "levels"
	TopicSingleWindow = "single_window"
	TopicSatisfaction = "satisfaction"
	TopicPlan         = "plan"
)

// About returns the topic of a KPI: the one that is written, or else the one that follows from what it counts.
func (d Definition) About() string {
	if d.Topic != "" {
		return d.Topic
	}
	for _, t := range slices.Concat(d.Numerator, d.Denominator) {
		switch t.Count {
		case CountProcedures:
			return TopicLevels
		case CountObservation:
			return TopicPlan
		case "rated", "satisfied":
			return TopicSatisfaction
		}
	}
	return TopicDossiers
}

// ShortName returns the name for narrow columns.
func (d Definition) ShortName() Text { return d.Name.With(d.Short) }
