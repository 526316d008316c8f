package file

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/collectors"
	"kpiagent/config"
)

func TestOnlyAChangedFileIsReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	given := config.File{Path: path}
	write(t, path, report(2))
	first, err := collect(t, given, collectors.Request{})
	if err != nil || len(first.IDs) != 2 || !first.Result.Complete {
		t.Fatal(first, err)
	}
	read := func(name, state string, full bool, unchanged bool, rows int) got {
		t.Helper()
		g, err := collect(t, given, collectors.Request{State: state, Full: full})
		if err != nil || g.Result.Unchanged != unchanged || g.Result.Complete == unchanged || len(g.IDs) != rows {
			t.Errorf("%s: %+v %v", name, g, err)
		}
		return g
	}
	read("as it was", first.Result.State, false, true, 0)
	read("everything is asked for", first.Result.State, true, false, 2)
	read("a state that cannot be read", "{", false, false, 2)

	if err := os.Chtimes(path, time.Time{}, noon.Add(-time.Minute)); err != nil {
		t.Fatal(err)
	}
	touched := read("another time, the same content", first.Result.State, false, true, 0)
	write(t, path, report(3))
	read("another content", touched.Result.State, false, false, 3)
}

func TestAChangeWithinTheClocksGrainIsSeen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	write(t, path, report(1))
	fresh := noon.Add(-time.Hour + time.Second) // the file has only just been written
	first, err := collect(t, config.File{Path: path}, collectors.Request{Now: fresh})
	if err != nil {
		t.Fatal(err)
	}
	same := strings.Replace(report(1), "H1", "H2", 1)
	opened, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := opened.WriteString(same); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(opened.Close(), os.Chtimes(path, time.Time{}, noon.Add(-time.Hour))); err != nil {
		t.Fatal(err)
	}
	g, err := collect(t, config.File{Path: path}, collectors.Request{State: first.Result.State})
	if diff := cmp.Diff([]string{"H2"}, g.IDs); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestAGlobReadsAllFilesWhereOneChanged(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "2026-02.csv"), report(1))
	write(t, filepath.Join(dir, "2026-01.csv"), "Kênh,Mã hồ sơ,TTHC,Nhận,Hẹn,Xong\nTrực tiếp,J1,1.001,02/01/2026,,\nFax,J2,1.001,02/01/2026,,\n")
	if err := os.Mkdir(filepath.Join(dir, "2025.csv"), 0o755); err != nil {
		t.Fatal(err)
	}
	given := config.File{Path: filepath.Join(dir, "*.csv")}
	g, err := collect(t, given, collectors.Request{})
	want := []string{`3: unknown_channel: channel: "Fax" is not mapped; mapped are "Trực tuyến", "Trực tiếp" (in ` + filepath.Join(dir, "2026-01.csv") + `)`}
	if diff := cmp.Diff([]string{"J1", "H1"}, g.IDs) + cmp.Diff(want, g.Rejects); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	if again, err := collect(t, given, collectors.Request{State: g.Result.State}); err != nil || !again.Result.Unchanged {
		t.Error(again, err)
	}
	write(t, filepath.Join(dir, "2026-03.csv"), report(2))
	again, err := collect(t, given, collectors.Request{State: g.Result.State})
	if diff := cmp.Diff([]string{"J1", "H1", "H1", "H2"}, again.IDs); diff != "" || err != nil || !again.Result.Complete {
		t.Error(diff, err)
	}
}

func TestTheChangeColumnOrdersTheRowsOfADossier(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	const rows = "H1,1.001,Trực tuyến,02/03/2026,,,%s\n"
	for _, test := range []struct {
		layout  string
		cells   []string
		changed []int64
		rejects []string
	}{
		{"number", []string{"7", " 8 ", "", "mới"}, []int64{7, 8, 0}, []string{`5: bad_value: change_column: "mới" is not a whole number`}},
		{"rfc3339", []string{"1970-01-01 07:00:00.000002+07:00", "1970-01-01", "1970-02-30T00:00:00Z"}, []int64{2},
			[]string{`3: bad_date: change_column: "1970-01-01" has none of the layouts rfc3339`, `4: bad_date: change_column: "1970-02-30T00:00:00Z" does not exist`}},
	} {
		content := strings.TrimSuffix(header, "\n") + ",Sửa\n"
		for _, cell := range test.cells {
			content += fmt.Sprintf(rows, cell)
		}
		write(t, path, content)
		g, err := collect(t, config.File{Path: path, Change: "Sửa", ChangeLayout: test.layout}, collectors.Request{})
		if diff := cmp.Diff(test.changed, g.Changed) + cmp.Diff(test.rejects, g.Rejects); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
}

func TestTheFirstRowsOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	write(t, path, report(100))
	g, err := collect(t, config.File{Path: path}, collectors.Request{Limit: 3, State: "as before"})
	if diff := cmp.Diff([]string{"H1", "H2", "H3"}, g.IDs); diff != "" || err != nil || g.Result != (collectors.Result{State: "as before"}) {
		t.Error(diff, err, g.Result)
	}
}

// touching is a sink that changes the file while it is read.
type touching struct {
	collectors.Sink
	touch func() error
}

func (s touching) Columns(string, []string) error                    { return s.touch() }
func (s touching) Row(collectors.Position, []collectors.Value) error { return nil }
func (s touching) Malformed(int64, string, error) error              { return nil }

func TestAFileThatChangesWhileItIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	write(t, path, report(10))
	source, err := New(config.File{Path: path}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = collectors.Read(t.Context(), source, collectors.Request{Now: noon}, touching{touch: func() error { return os.WriteFile(path, []byte(report(11)), 0o644) }})
	if want := "file " + path + " changed while it was read; the next run reads it again"; err == nil || err.Error() != want {
		t.Error(err)
	}
}

func TestACancelledReadEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	write(t, path, report(100_000))
	source, err := New(config.File{Path: path}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = collectors.Read(ctx, source, collectors.Request{Now: noon}, touching{touch: func() error { cancel(); return nil }})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
