package pages

import "kpiagent/internal/sourcelog"

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

func (d *visit) sourceLine(s sourcelog.Status) sourceLine {
	l := sourceLine{Name: s.Name, Unit: s.Unit, Link: d.toSource(s.Name), Kind: s.Kind, Record: d.Say("record." + s.Record), Schedule: s.Schedule, Running: s.Running,
		LastSuccess: d.moment(s.LastSuccess), LastRun: d.moment(s.LastRun), NextRun: d.momentOrNone(s), Age: d.Say("never")}
	if u, err := d.model.Unit(s.Unit); err == nil {
		l.UnitTitle = d.unitName(u)
	}
	if !s.LastSuccess.IsZero() {
		l.Age = d.Say("ago", d.span(d.now.Sub(s.LastSuccess)))
	}
	if s.Held > 0 {
		l.Held = d.Count("source.held", float64(s.Held))
	}
	stale := s.LastSuccess.IsZero() || d.now.Sub(s.LastSuccess) > s.StaleAfter
	switch {
	case s.LastRun.IsZero():
		l.Class, l.Sign, l.Word = "none", "–", d.Say("source.unread")
	case s.Refused:
		l.Class, l.Sign, l.Word = "missed", "✕", d.Say("source.refused")
	case s.RestingUntil.After(d.now):
		l.Class, l.Sign, l.Word = "missed", "✕", d.Say("source.resting", d.moment(s.RestingUntil))
	case !s.Up && s.Running && s.LastSuccess.IsZero():
		l.Class, l.Sign, l.Word = "none", "…", d.Say("source.first")
	case !s.Up:
		l.Class, l.Sign, l.Word = "missed", "✕", d.Say("source.failed")
	case stale:
		l.Class, l.Sign, l.Word = "risk", "▲", d.Say("source.stale")
	case s.Held > 0:
		l.Class, l.Sign, l.Word = "risk", "▲", d.Say("source.heldword")
	default:
		l.Class, l.Sign, l.Word = "met", "✓", d.Say("source.up")
	}
	return l
}
