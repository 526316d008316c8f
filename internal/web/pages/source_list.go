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

func (r *request) sourceLine(s sourcelog.Status) sourceLine {
	l := sourceLine{Name: s.Name, Unit: s.Unit, Link: r.toSource(s.Name), Kind: s.Kind, Record: r.Say("record." + s.Record),
		Schedule: s.Schedule, Running: s.Running, LastSuccess: r.moment(s.LastSuccess), LastRun: r.moment(s.LastRun), NextRun: r.momentOrNone(s), Age: r.Say("never")}
	if u, err := r.model.Unit(s.Unit); err == nil {
		l.UnitTitle = r.unitName(u)
	}
	if !s.LastSuccess.IsZero() {
		l.Age = r.Say("ago", r.span(r.now.Sub(s.LastSuccess)))
	}
	if s.Held > 0 {
		l.Held = r.Count("source.held", float64(s.Held))
	}
	stale := s.LastSuccess.IsZero() || r.now.Sub(s.LastSuccess) > s.StaleAfter
	switch {
	case s.LastRun.IsZero():
		l.Class, l.Sign, l.Word = "none", "–", r.Say("source.unread")
	case s.Refused:
		l.Class, l.Sign, l.Word = "missed", "✕", r.Say("source.refused")
	case s.RestingUntil.After(r.now):
		l.Class, l.Sign, l.Word = "missed", "✕", r.Say("source.resting", r.moment(s.RestingUntil))
	case !s.Up && s.Running && s.LastSuccess.IsZero():
		l.Class, l.Sign, l.Word = "none", "…", r.Say("source.first")
	case !s.Up:
		l.Class, l.Sign, l.Word = "missed", "✕", r.Say("source.failed")
	case stale:
		l.Class, l.Sign, l.Word = "risk", "▲", r.Say("source.stale")
	case s.Held > 0:
		l.Class, l.Sign, l.Word = "risk", "▲", r.Say("source.heldword")
	default:
		l.Class, l.Sign, l.Word = "met", "✓", r.Say("source.up")
	}
	return l
}
