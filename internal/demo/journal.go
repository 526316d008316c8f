package demo

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"kpiagent/internal/kpi"
)

// journal is the store behind a system that answers over HTTP: a file that each change is added to, one JSON object a line,
// and the latest state of each dossier in memory. Its methods may be called from several goroutines.
type journal struct {
	path   string
	unit   string
	mu     sync.RWMutex
	rows   []kept         // in the order in which they came
	at     map[string]int // where those are that have not ended
	loaded bool
}

func newJournal(unit, path string) *journal { return &journal{path: path, unit: unit} }

// entry is one line of the file.
type entry struct {
	ID         string      `json:"id"`
	Procedure  string      `json:"procedure"`
	Channel    kpi.Channel `json:"channel"`
	Received   string      `json:"received"`
	Due        string      `json:"due,omitempty"`
	Finished   string      `json:"finished,omitempty"`
	Outcome    kpi.Outcome `json:"outcome,omitempty"`
	PausedFrom string      `json:"paused_from,omitempty"`
	PausedTo   string      `json:"paused_to,omitempty"`
	Fee        kpi.Mark    `json:"fee,omitempty"`
	Paid       kpi.Mark    `json:"paid,omitempty"`
	Digitised  kpi.Mark    `json:"digitised,omitempty"`
	Electronic kpi.Mark    `json:"electronic,omitempty"`
	Satisfied  kpi.Mark    `json:"satisfied,omitempty"`
	At         string      `json:"at"`
}

func entryOf(c *change) entry {
	e := entry{ID: c.ID, Procedure: c.Procedure, Channel: c.Channel, Received: c.Received.String(), Due: c.Due.String(), Finished: c.Finished.String(),
		Outcome: c.Outcome, Fee: c.FeeDue, Paid: c.PaidOnline, Digitised: c.InputDigitised, Electronic: c.ResultElectronic, Satisfied: c.Satisfied, At: c.at.String()}
	if len(c.Pauses) > 0 {
		e.PausedFrom, e.PausedTo = c.Pauses[0].From.String(), c.Pauses[0].To.String()
	}
	return e
}

func (e *entry) change(unit string) change {
	at := func(text string) kpi.Stamp { return stamp(time.DateTime, text) }
	d := kpi.Dossier{ID: e.ID, Unit: unit, Procedure: e.Procedure, Channel: e.Channel, Received: at(e.Received), Due: at(e.Due), Finished: at(e.Finished),
		Outcome: e.Outcome, FeeDue: e.Fee, PaidOnline: e.Paid, InputDigitised: e.Digitised, ResultElectronic: e.Electronic, Satisfied: e.Satisfied}
	if e.PausedFrom != "" {
		d.Pauses = []kpi.Pause{{From: at(e.PausedFrom), To: at(e.PausedTo)}}
	}
	return change{d, at(e.At)}
}

func (s *journal) present() (bool, error) { return present(s.path) }

func (s *journal) create(ctx context.Context, rows []change, dirty []dirtyRow) error {
	for _, d := range dirty {
		rows = append(rows, d.change)
	}
	lines, err := linesOf(rows)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	if err := replace(s.path, lines); err != nil {
		return err
	}
	s.keep(rows)
	return nil
}

func (s *journal) put(ctx context.Context, rows []change) error {
	lines, err := linesOf(rows)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	file, err := os.OpenFile(s.path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = file.Write(lines)
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	s.keep(rows)
	return nil
}

func linesOf(rows []change) ([]byte, error) {
	var lines bytes.Buffer
	out := json.NewEncoder(&lines)
	for i := range rows {
		if err := out.Encode(entryOf(&rows[i])); err != nil {
			return nil, err
		}
	}
	return lines.Bytes(), nil
}

func (s *journal) keep(rows []change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == nil {
		s.at, s.rows = map[string]int{}, make([]kept, 0, len(rows))
	}
	for i := range rows {
		s.take(keep(&rows[i]))
	}
	s.loaded = true
}

// take keeps a dossier's latest state.
func (s *journal) take(k kept) {
	at, known := s.at[k.id]
	if known {
		s.rows[at] = k
	} else {
		at = len(s.rows)
		s.rows = append(s.rows, k)
	}
	if k.ended() {
		delete(s.at, k.id)
	} else {
		s.at[k.id] = at
	}
}

// load reads the file back.
func (s *journal) load(ctx context.Context) (stock, error) {
	file, err := os.Open(s.path)
	if err != nil {
		return stock{}, fmt.Errorf("reading a sample system back: %w", err)
	}
	defer file.Close()
	var rows []kept
	at, procedures := map[string]int{}, map[string]string{}
	lines := bufio.NewScanner(file)
	for number := 1; lines.Scan(); number++ {
		var e entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return stock{}, fmt.Errorf("%s, line %d, cannot be read back; remove the folder to begin anew: %w", s.path, number, err)
		}
		if code, known := procedures[e.Procedure]; known {
			e.Procedure = code // one text for all of its dossiers
		}
		procedures[e.Procedure] = e.Procedure
		c := e.change(s.unit)
		if known, again := at[e.ID]; again {
			rows[known] = keep(&c)
			continue
		}
		at[e.ID] = len(rows)
		rows = append(rows, keep(&c))
	}
	if err := errors.Join(lines.Err(), ctx.Err()); err != nil {
		return stock{}, fmt.Errorf("reading %s back: %w", s.path, err)
	}
	found, open := newStock(), map[string]int{}
	for i := range rows {
		found.add(rows[i].change(s.unit).Dossier)
		if !rows[i].ended() {
			open[rows[i].id] = i
		}
	}
	s.mu.Lock()
	s.rows, s.at, s.loaded = slices.Clip(rows), open, true
	s.mu.Unlock()
	slices.SortStableFunc(found.open, func(a, b kpi.Dossier) int { return cmp.Compare(a.Received, b.Received) })
	return found, nil
}

// page gives the dossiers that changed at a moment or later, in the order in which they came: at most size of them, from one
// on, and how many there are in all. ok is false while the system is not to be reached.
func (s *journal) page(since kpi.Stamp, first, size int) (rows []change, total int, ok bool) {
	if there, err := s.present(); err != nil || !there {
		return nil, 0, false
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if !s.loaded {
		return nil, 0, false
	}
	for i := range s.rows {
		if s.rows[i].at < since {
			continue
		}
		if total >= first && len(rows) < size {
			rows = append(rows, s.rows[i].change(s.unit))
		}
		total++
	}
	return rows, total, true
}
