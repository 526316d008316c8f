package demo

import (
	"slices"
	"strconv"
	"strings"

	"kpiagent/internal/kpi"
)

// stock is what is remembered of an office's system between two steps.
type stock struct {
	open     []kpi.Dossier // in the order in which they came
	issued   map[kpi.Day]int
	received int // all dossiers, without the rows that are to be rejected
}

func newStock() stock { return stock{issued: map[kpi.Day]int{}} }

// firstDirty numbers the rows that are wrong on purpose, far above those of any day.
const firstDirty = 90001

// numberOf gives the number at the end of an id.
func numberOf(id string) int {
	number, err := strconv.Atoi(id[strings.LastIndexByte(id, '-')+1:])
	if err != nil {
		return firstDirty
	}
	return number
}

// add counts a dossier that is in the system.
func (s *stock) add(d kpi.Dossier) {
	number := numberOf(d.ID)
	if number >= firstDirty {
		return
	}
	s.received++
	s.issued[d.Received.Day()] = max(s.issued[d.Received.Day()], number)
	if d.Finished.IsZero() {
		s.open = append(s.open, d)
	}
}

// update takes over changes that the system has taken.
func (s *stock) update(changes []change) {
	at := make(map[string]int, len(s.open))
	for i := range s.open {
		at[s.open[i].ID] = i
	}
	for i := range changes {
		if known, ok := at[changes[i].ID]; ok {
			s.open[known] = changes[i].Dossier
		} else {
			s.add(changes[i].Dossier)
		}
	}
	s.open = slices.DeleteFunc(s.open, func(d kpi.Dossier) bool { return !d.Finished.IsZero() })
}
