package collectors

import (
	"strings"
	"time"

	"kpiagent/internal/kpi"
)

// mostPauses bounds what one row can make the agent keep.
const mostPauses = 100

// pauses reads "from..to;from..to". The last pause may lack its end: the dossier still waits. The fault is kpi.BadPause
// or kpi.BadDate and names no field.
func (d *Dates) pauses(text string, location *time.Location) ([]kpi.Pause, *kpi.Fault) {
	parts := strings.Split(strings.TrimSuffix(strings.TrimSpace(text), ";"), ";")
	if len(parts) > mostPauses {
		return nil, &kpi.Fault{Reason: kpi.BadPause, Detail: "has more than 100 pauses"}
	}
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
			*end.to = moment.Stamp(location)
		}
		pauses = append(pauses, pause)
	}
	byBegin(pauses)
	return pauses, nil
}
