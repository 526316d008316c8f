package pages

import (
	"kpiagent/internal/agent"
)

// sourceLine is a source in a list: how it is, in a word, and since when.
type sourceLine struct {
	Name, Unit, Link string
	UnitTitle        string // the unit's name
	Class, Sign      string // met, missed, risk or none, as figureView has them
	Word             string
	Age              string // how long ago the last read that went well was
	LastSuccess      string
	LastRun, NextRun string
	Kind, Record     string
	Schedule         string
	Running          bool
	Held             string
}

func (d *visit) sourceLine(s agent.SourceState) sourceLine {
	l := sourceLine{Name: s.Name, Unit: s.Unit, Link: d.toSource(s.Name), Kind: s.Kind, Record: d.say("record." + s.Record), Schedule: s.Schedule, Running: s.Running,
		LastSuccess: d.moment(s.LastSuccess), LastRun: d.moment(s.LastRun), NextRun: d.momentOrNone(s), Age: d.say("never")}
	if u, err := d.setup.Unit(s.Unit); err == nil {
		l.UnitTitle = d.unitName(u)
	}
	if !s.LastSuccess.IsZero() {
		l.Age = d.say("ago", d.span(d.now.Sub(s.LastSuccess)))
	}
	if s.Held > 0 {
		l.Held = d.count("source.held", float64(s.Held))
	}
	stale := s.LastSuccess.IsZero() || d.now.Sub(s.LastSuccess) > s.StaleAfter
	switch {
	case s.LastRun.IsZero():
		l.Class, l.Sign, l.Word = "none", "–", d.say("source.unread")
	case s.Refused:
		l.Class, l.Sign, l.Word = "missed", "✕", d.say("source.refused")
	case s.RestingUntil.After(d.now):
		l.Class, l.Sign, l.Word = "missed", "✕", d.say("source.resting", d.moment(s.RestingUntil))
	case !s.Up && s.Running && s.LastSuccess.IsZero():
		l.Class, l.Sign, l.Word = "none", "…", d.say("source.first")
	case !s.Up:
		l.Class, l.Sign, l.Word = "missed", "✕", d.say("source.failed")
	case stale:
		l.Class, l.Sign, l.Word = "risk", "▲", d.say("source.stale")
	case s.Held > 0:
		l.Class, l.Sign, l.Word = "risk", "▲", d.say("source.heldword")
	default:
		l.Class, l.Sign, l.Word = "met", "✓", d.say("source.up")
	}
	return l
}
