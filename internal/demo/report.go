package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"kpiagent/internal/kpi"
)

// report is a CSV file that an office exports as a whole.
type report struct {
	path    string
	office  *office
	dialect dialect
	rows    [][]string // without the header
	row     map[string]int
}

func newReport(o *office, path string) *report {
	return &report{path: path, office: o, dialect: dialects[o.id], row: map[string]int{}}
}

func (s *report) present() (bool, error) { return present(s.path) }

func (s *report) create(ctx context.Context, rows []change, dirty []dirtyRow) error {
	s.set(rows)
	for _, d := range dirty {
		s.rows = append(s.rows, d.cells)
	}
	return s.save(ctx)
}

func (s *report) put(ctx context.Context, rows []change) error {
	s.set(rows)
	return s.save(ctx)
}

func (s *report) set(rows []change) {
	names := s.office.names()
	for i := range rows {
		d := rows[i].Dossier
		at, known := s.row[d.ID]
		if !known {
			at = len(s.rows)
			s.rows, s.row[d.ID] = append(s.rows, nil), at
		}
		s.rows[at] = s.dialect.cells(s.dialect, d, names[d.Procedure])
		if s.dialect.at.id > 0 { // a running number stands first
			s.rows[at][0] = strconv.Itoa(at + 1)
		}
	}
}

func (s *report) save(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	file, err := s.dialect.encode(append([][]string{s.dialect.header}, s.rows...))
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
	s.rows, s.row = rows[1:], map[string]int{}
	for i, row := range s.rows {
		if d, ok := s.dialect.dossier(s.office.id, row); ok {
			s.row[d.ID] = i
			found.add(d)
		}
	}
	return found, nil
}

func errEmpty(rows [][]string) error {
	if len(rows) == 0 {
		return errors.New("it is empty")
	}
	return nil
}

// replace writes a file so that whoever reads it sees the old content or the new one, never a part.
func replace(path string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	_, err = temporary.Write(content)
	err = errors.Join(err, temporary.Chmod(0o644), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, errors.Join(err, os.Remove(temporary.Name())))
	}
	return nil
}

func secondsOf(s kpi.Stamp) time.Duration { return time.Duration(s.SecondOfDay()) * time.Second }
