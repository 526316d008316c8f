package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"kpiagent/internal/durable"
	"kpiagent/internal/kpi"
)

// report is a CSV file or a workbook that an office exports as a whole.
type report struct {
	path    string
	office  *office
	dialect dialect
	names   map[string]string // of the procedures
	rows    []reported
	row     map[string]int // where the dossiers are that have not ended
}

// reported is a row of a report. Only a row that says something else than a dossier of ours would is kept as it is.
type reported struct {
	kept
	cells []string
}

func newReport(o *office, path string) *report {
	return &report{path: path, office: o, dialect: dialects[o.id], names: o.names(), row: map[string]int{}}
}

func (s *report) present() (bool, error) { return present(s.path) }

func (s *report) create(ctx context.Context, rows []change, dirty []dirtyRow) error {
	s.rows = make([]reported, 0, len(rows)+len(dirty))
	s.set(rows)
	for _, d := range dirty {
		s.rows = append(s.rows, reported{cells: d.cells})
	}
	return s.save(ctx)
}

func (s *report) put(ctx context.Context, rows []change) error {
	s.set(rows)
	return s.save(ctx)
}

func (s *report) set(rows []change) {
	for i := range rows {
		row := reported{kept: keep(&rows[i])}
		at, known := s.row[row.id]
		if known {
			s.rows[at] = row
		} else {
			at = len(s.rows)
			s.rows = append(s.rows, row)
		}
		if row.ended() {
			delete(s.row, row.id)
		} else {
			s.row[row.id] = at
		}
	}
}

// cells gives the i-th row as it stands in the report.
func (s *report) cells(i int) []string {
	row := &s.rows[i]
	if row.cells != nil {
		return row.cells
	}
	cells := s.dialect.cells(s.dialect, row.change(s.office.id).Dossier, s.names[row.procedure])
	if s.dialect.at.id > 0 { // a running number stands first
		cells[0] = strconv.Itoa(i + 1)
	}
	return cells
}

// lines gives the header and all rows.
func (s *report) lines(yield func([]string) bool) {
	if !yield(s.dialect.header) {
		return
	}
	for i := range s.rows {
		if !yield(s.cells(i)) {
			return
		}
	}
}

func (s *report) save(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	file, err := s.dialect.encode(s.lines)
	if err != nil {
		return fmt.Errorf("report %s: %w", s.path, err)
	}
	return replace(s.path, file)
}

// load reads the report back.
func (s *report) load(context.Context) (stock, error) {
	file, err := os.ReadFile(s.path)
	if err != nil {
		return stock{}, fmt.Errorf("reading the sample report back: %w", err)
	}
	rows, err := s.dialect.decode(file)
	if err != nil || len(rows) == 0 {
		return stock{}, fmt.Errorf("the sample report %s cannot be read back, remove the folder to begin anew: %w", s.path, errors.Join(err, errEmpty(rows)))
	}
	found := newStock()
	s.rows, s.row = make([]reported, 0, len(rows)-1), map[string]int{}
	for i, cells := range rows[1:] {
		row := reported{cells: cells}
		d, ok := s.dialect.dossier(s.office.id, cells)
		if ok {
			found.add(d)
			row.kept = s.own(&d)
			if d.Finished.IsZero() {
				s.row[row.id] = i
			}
		}
		s.rows = append(s.rows, row)
		if ok {
			s.rows[i].cells = nil
			if !slices.Equal(s.cells(i), cells) {
				s.rows[i].cells = cells
			}
		}
	}
	return found, nil
}

// own keeps a dossier with texts of its own or of the office's, not with parts of the file that was read.
func (s *report) own(d *kpi.Dossier) kept {
	k := keep(&change{Dossier: *d})
	k.id, k.procedure = strings.Clone(k.id), strings.Clone(k.procedure)
	if p, known := s.office.find(k.procedure); known {
		k.procedure = p.Code
	}
	return k
}

func errEmpty(rows [][]string) error {
	if len(rows) == 0 {
		return errors.New("it is empty")
	}
	return nil
}

// replace writes a file so that whoever reads it sees the old content or the new one, never a part.
func replace(path string, content []byte) error {
	if err := durable.Write(path, content, 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

func secondsOf(s kpi.Stamp) time.Duration { return time.Duration(s.SecondOfDay()) * time.Second }
