package collectors

import (
	"fmt"
	"slices"
	"strings"

	"kpiagent/internal/kpi"
)

// mostPauses bounds what one row can make the agent keep.
const mostPauses = 100

// pauses reads "from..to;from..to". The last pause may lack its end: the dossier still waits. The fault is kpi.BadPause
// or kpi.BadDate and names no field.
func (d *Dates) pauses(text string, z zones) ([]kpi.Pause, *kpi.Fault) {
	text = strings.TrimSuffix(strings.TrimSpace(text), ";")
	if strings.Count(text, ";") >= mostPauses {
		return nil, &kpi.Fault{Reason: kpi.BadPause, Detail: "has more than 100 pauses"}
	}
	parts := strings.Split(text, ";")
	pauses := make([]kpi.Pause, 0, len(parts))
	for i, part := range parts {
		from, to, found := strings.Cut(part, "..")
		from, to = strings.TrimSpace(from), strings.TrimSpace(to)
		if from == "" || to == "" && i < len(parts)-1 || !found && to != "" {
			return nil, &kpi.Fault{Reason: kpi.BadPause, Detail: quote(part) + " is not a pause: write from..to;from..to; only the last may lack its end"}
		}
		var pause kpi.Pause
		for _, end := range [...]struct {
			text string
			to   *kpi.Stamp
		}{{from, &pause.From}, {to, &pause.To}} {
			if end.text == "" {
				continue
			}
			moment, fault := d.readText(end.text)
			if fault != nil {
				return nil, fault
			}
			*end.to = z.stamp(moment)
		}
		pauses = append(pauses, pause)
	}
	byBegin(pauses)
	return pauses, nil
}

func (m *dossierMap) readPauses(b *Binding, d *kpi.Dossier) (fault *kpi.Fault) {
	d.Pauses, fault = m.pausesOf(b)
	return fault
}

func (m *dossierMap) pausesOf(b *Binding) ([]kpi.Pause, *kpi.Fault) {
	values := b.row.values
	if c := m.pauses.in(values); !c.absent() {
		pauses, fault := m.pauses.dates.pauses(c.String(), b.zones)
		if fault != nil {
			return nil, m.pauses.about(fault)
		}
		return pauses, nil
	}
	if m.pausedFrom.several || m.pausedTo.several {
		return m.pausesOfEntries(b)
	}
	from, fault := m.pausedFrom.read(b)
	if fault != nil {
		return nil, fault
	}
	to, fault := m.pausedTo.read(b)
	if fault != nil {
		return nil, fault
	}
	if from.IsZero() && to.IsZero() {
		return nil, nil
	}
	if from.IsZero() {
		return nil, m.pausedTo.about(&kpi.Fault{Reason: kpi.BadPause, Detail: fmt.Sprintf("is %s but there is no paused_from", to)})
	}
	return []kpi.Pause{{From: from, To: to}}, nil
}

// pausesOfEntries makes a pause of each entry of a list.
func (m *dossierMap) pausesOfEntries(b *Binding) ([]kpi.Pause, *kpi.Fault) {
	from, to := m.pausedFrom.each(b.row.values), m.pausedTo.each(b.row.values)
	if len(to) > 0 && len(from) != len(to) {
		return nil, m.pausedTo.about(&kpi.Fault{Reason: kpi.BadPause, Detail: fmt.Sprintf("has %d entries where paused_from has %d", len(to), len(from))})
	}
	if len(from) > mostPauses {
		return nil, m.pausedFrom.about(&kpi.Fault{Reason: kpi.BadPause, Detail: fmt.Sprintf("has more than %d pauses", mostPauses)})
	}
	var pauses []kpi.Pause
	for i := range from {
		var pause kpi.Pause
		var fault *kpi.Fault
		if pause.From, fault = m.pausedFrom.stamp(m.pausedFrom.cell(&from[i]), b); fault != nil {
			return nil, fault
		}
		if len(to) > 0 {
			if pause.To, fault = m.pausedTo.stamp(m.pausedTo.cell(&to[i]), b); fault != nil {
				return nil, fault
			}
		}
		switch {
		case !pause.From.IsZero():
			pauses = append(pauses, pause)
		case !pause.To.IsZero():
			return nil, m.pausedTo.about(&kpi.Fault{Reason: kpi.BadPause, Detail: fmt.Sprintf("is %s in entry %d, but there is no paused_from", pause.To, i+1)})
		}
	}
	byBegin(pauses)
	return pauses, nil
}

// byBegin orders pauses.
func byBegin(pauses []kpi.Pause) {
	slices.SortStableFunc(pauses, func(a, b kpi.Pause) int { return int(min(max(a.From-b.From, -1), 1)) })
}
