package demo_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/demo"
	"kpiagent/internal/kpi"
)

var portNumber = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// content gives every file of the ministry as text, the database as its rows.
func content(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, name := range []string{"hoachat.csv", "dienluc.csv", "canhtranh.csv", "xuctien.xlsx", "tmdt.jsonl", "ktat.jsonl", "trongnuoc.jsonl", "vanphong.xlsx", "thongke.html", "asw.prom", "co_mau_d.csv", "danhmuc.csv",
		"tmdt.token", "kpiagent.yml", "demo.json"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = portNumber.ReplaceAllString(string(text), "127.0.0.1:PORT")
	}
	files["motcua.db"] = rows(t, dir, "select * from ho_so order by 1") + rows(t, dir, "select * from bo_sung order by 1, 2")
	return files
}

func rows(t testing.TB, dir, query string) string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "motcua.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	found, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for found.Next() {
		cells, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			targets[i] = &cells[i]
		}
		if err := found.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&text, cells...)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// walk moves the ministry some steps of five seconds and gives the time of the last one.
func walk(t testing.TB, m *demo.Ministry, now time.Time, steps int) (time.Time, demo.Moved) {
	t.Helper()
	var sum demo.Moved
	for range steps {
		now = now.Add(5 * time.Second)
		moved, err := m.Move(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		sum.Step = moved.Step
		sum.Received += moved.Received
		sum.Finished += moved.Finished
		sum.Paused += moved.Paused
		sum.Resumed += moved.Resumed
	}
	return now, sum
}

func TestSameSeedSameMinistry(t *testing.T) {
	t.Parallel()
	one, other := t.TempDir(), t.TempDir()
	walk(t, short(t, one, someTime), someTime, 20)
	walk(t, short(t, other, someTime), someTime, 20)
	if diff := cmp.Diff(content(t, one), content(t, other)); diff != "" {
		t.Errorf("two ministries of one seed differ:\n%.2000s", diff)
	}
	different := t.TempDir()
	m, err := demo.Build(t.Context(), different, 2, someTime, shortSize)
	closed(t, m, err)
	if content(t, one)["hoachat.csv"] == content(t, different)["hoachat.csv"] {
		t.Error("another seed gave the same report")
	}
}

var idOfLine = regexp.MustCompile(`(?m)^\{"id":"([^"]+)"`)

// A plain recount, without any of our code, finds what is claimed.
func TestCountsAreTrue(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := short(t, dir, someTime)
	now, _ := walk(t, m, someTime, 3) // the silent unit, which still answers here, makes up for its days
	before := map[string]demo.Count{}
	for _, c := range m.Counts() {
		before[c.Unit] = c
	}
	_, sum := walk(t, m, now, 60)
	received, finished := 0, 0
	for _, c := range m.Counts() {
		received += c.Received - before[c.Unit].Received
		finished += c.Finished - before[c.Unit].Finished
		wrong := 0
		for _, n := range c.Rejects {
			wrong += n
		}
		switch c.Unit {
		case "xnk":
			query := `select count(*), sum(ngay_ket_thuc is null) from ho_so where ma_ho_so not like '%-9____'`
			if got, want := rows(t, dir, query), fmt.Sprintln(c.Received, c.Open); got != want {
				t.Errorf("the database has %s, claimed is %s", got, want)
			}
		case "tmdt", "ktat", "trongnuoc":
			ids := map[string]bool{}
			file, err := os.ReadFile(filepath.Join(dir, c.Unit+".jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range idOfLine.FindAllSubmatch(file, -1) {
				ids[string(m[1])] = true
			}
			if len(ids)-wrong != c.Received {
				t.Errorf("%s.jsonl has %d dossiers, claimed are %d", c.Unit, len(ids)-wrong, c.Received)
			}
		case "xttm":
			book, err := excelize.OpenFile(filepath.Join(dir, "xuctien.xlsx"))
			if err != nil {
				t.Fatal(err)
			}
			lines, err := book.GetRows("Danh sách")
			if err != nil || len(lines)-4-wrong != c.Received {
				t.Errorf("the workbook has %d lines, claimed are %d, %v", len(lines), c.Received, err)
			}
			if err := book.Close(); err != nil {
				t.Error(err)
			}
		default:
			file, err := os.ReadFile(filepath.Join(dir, c.Unit+".csv"))
			if err != nil {
				t.Fatal(err)
			}
			if lines := bytes.Count(file, []byte("\n")) - 1 - wrong; lines != c.Received {
				t.Errorf("%s.csv has %d lines of dossiers, claimed are %d", c.Unit, lines, c.Received)
			}
		}
	}
	if received != sum.Received || finished != sum.Finished || received < 60 || finished < 40 || sum.Paused == 0 || sum.Resumed == 0 {
		t.Errorf("60 steps brought %+v, the systems have %d more and %d finished", sum, received, finished)
	}
}

// What moves is dated now, and the agent reads it as what it is: by the change column from the database, whole from files.
func TestMovesAreRead(t *testing.T) {
	t.Parallel()
	for _, start := range []time.Time{someTime, time.Date(2026, 11, 22, 2, 0, 0, 0, hanoi)} {
		t.Run(start.Weekday().String(), func(t *testing.T) {
			m := short(t, t.TempDir(), start)
			first := collect(t, m, start)
			now, sum := walk(t, m, start, 24)
			after := collect(t, m, now)
			compareCounts(t, m, after)
			for _, dossiers := range after.dossiers {
				for _, d := range dossiers {
					if d.Received > kpi.StampOf(now) || d.Finished > kpi.StampOf(now) {
						t.Errorf("%s lies in the future: %s, %s", d.ID, d.Received, d.Finished)
					}
				}
			}
			for _, name := range []string{"xnk/mot_cua", "tmdt/cong_dvc", "ktat/dong_bo"} {
				changed := 0
				_, _, err := after.fetch(t, after.source(t, name), collectors.Request{State: first.state[name], Now: now}, func(b *kpi.Batch) error {
					changed += len(b.Records)
					return nil
				})
				if err != nil || changed < 2 || changed > sum.Received+sum.Finished+sum.Paused+sum.Resumed+20 {
					t.Errorf("the change column of %s gave %d dossiers, %v; moved were %+v", name, changed, err, sum)
				}
			}
		})
	}
}

// A system that was taken away stands still, is not made anew, and goes on when it is back.
func TestSystemAway(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := short(t, dir, someTime)
	before := m.Counts()
	names := []string{"motcua.db", "hoachat.csv", "xuctien.xlsx", "tmdt.jsonl", "ktat.jsonl", "asw.prom"}
	for _, name := range names {
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(dir, name+".away")); err != nil {
			t.Fatal(err)
		}
	}
	now, _ := walk(t, m, someTime, 11)
	moved, err := m.Move(t.Context(), now)
	if diff := cmp.Diff(names, moved.Down); err != nil || diff != "" {
		t.Errorf("down are (-want +got): %s, %v", diff, err)
	}
	stands := map[string]bool{"xnk": true, "hoachat": true, "xttm": true, "tmdt": true, "ktat": true}
	for i, c := range m.Counts() {
		if still := cmp.Equal(c, before[i]); still != stands[c.Unit] {
			t.Errorf("%s: before %+v, after %+v", c.Unit, before[i], c)
		}
	}
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s came back by itself", name)
		}
		if err := os.Rename(filepath.Join(dir, name+".away"), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	now, _ = walk(t, m, now, 12)
	for i, c := range m.Counts() {
		if c.Received == before[i].Received {
			t.Errorf("%s does not go on", c.Unit)
		}
	}
	compareCounts(t, m, collect(t, m, now))
}

func TestGoesOnWhereItWasLeft(t *testing.T) {
	t.Parallel()
	dir, other := t.TempDir(), t.TempDir()
	m := short(t, dir, someTime)
	now, _ := walk(t, m, someTime, 30)
	again := short(t, dir, now)
	if diff := cmp.Diff(m.Counts(), again.Counts()); diff != "" {
		t.Errorf("counts after a restart (-before +after):\n%s", diff)
	}
	uninterrupted := short(t, other, someTime)
	walk(t, uninterrupted, someTime, 30)
	walk(t, again, now, 12)
	walk(t, uninterrupted, now, 12)
	for name, text := range content(t, other) {
		if content(t, dir)[name] != text {
			t.Errorf("%s differs from that of a ministry that was never left", name)
		}
	}

	later := now.AddDate(0, 0, 20)
	again = short(t, dir, later)
	g := collect(t, again, later)
	compareCounts(t, again, g)
	calendar := map[kpi.Day]bool{}
	for _, d := range g.dossiers["xnk"] {
		calendar[d.Received.Day()] = true
	}
	for back := 1; back <= 14; back++ {
		day := kpi.DayOf(later) - kpi.Day(back)
		if weekday := day.Weekday(); weekday != time.Saturday && weekday != time.Sunday && !calendar[day] {
			t.Errorf("nothing came in on %s, while the ministry was left alone", day)
		}
	}
}

func TestRefusesWhatIsNotItsOwn(t *testing.T) {
	foreign := t.TempDir()
	own := filepath.Join(foreign, "kpiagent.yml")
	if err := os.WriteFile(own, []byte("units: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	used := t.TempDir()
	short(t, used, someTime)
	torn := t.TempDir()
	if err := os.WriteFile(filepath.Join(torn, "demo.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, dir string
		seed      uint64
		now       time.Time
		want      string
	}{
		{"somebody's configuration", foreign, 1, someTime, "name an empty folder"},
		{"another seed", used, 2, someTime, "was made with seed 1, not 2"},
		{"a clock set back", used, 1, someTime.AddDate(0, 0, -3), "set the clock right"},
		{"a torn state", torn, 1, someTime, "remove the folder to begin anew"},
	} {
		if _, err := demo.Build(t.Context(), tc.dir, tc.seed, tc.now, shortSize); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
	}
	if text, err := os.ReadFile(own); err != nil || string(text) != "units: []\n" {
		t.Errorf("somebody's configuration is now %q, %v", text, err)
	}
}

// A beginning that was broken off is begun again.
func TestBrokenOffBeginning(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := demo.Build(ctx, dir, 1, someTime, shortSize); err == nil {
		t.Fatal("a cancelled beginning succeeded")
	}
	m := short(t, dir, someTime)
	compareCounts(t, m, collect(t, m, someTime))
}

func TestNothingHappensBeforeTheLastStep(t *testing.T) {
	m := short(t, t.TempDir(), someTime)
	before := m.Counts()
	moved, err := m.Move(t.Context(), someTime.Add(-time.Hour))
	if err != nil || moved.Received+moved.Finished != 0 || !cmp.Equal(before, m.Counts()) {
		t.Errorf("got %+v, %v", moved, err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	m := short(t, t.TempDir(), someTime)
	ctx, cancel := context.WithCancel(t.Context())
	now, steps := someTime, 0
	clock := func() time.Time {
		if steps++; steps == 4 {
			cancel()
		}
		now = now.Add(time.Second)
		return now
	}
	if err := m.Run(ctx, time.Millisecond, clock, slog.New(slog.DiscardHandler)); err != nil || steps < 4 {
		t.Errorf("got %v after %d steps", err, steps)
	}
	if err := m.Run(t.Context(), 0, clock, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("running without any pause was allowed")
	}
}

// A folder named as seen from where one stands, as people type it.
func TestAFolderMayBeRelative(t *testing.T) {
	t.Chdir(t.TempDir())
	m, err := demo.Build(t.Context(), "demo", 1, someTime, shortSize)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	if !filepath.IsAbs(m.Config) {
		t.Errorf("the configuration is %s", m.Config)
	}
	if _, err := config.Load(t.Context(), config.Options{File: m.Config}); err != nil {
		t.Error(err)
	}
}

func TestTipsNameFilesThatExist(t *testing.T) {
	m := short(t, t.TempDir(), someTime)
	text := strings.Join(m.Tips("kpiagent"), "\n")
	for _, want := range []string{"hoachat.csv", "egov_source_up", "giả lập", "invented", "/board", m.Config} {
		if !strings.Contains(text, want) {
			t.Errorf("the tips do not speak of %s:\n%s", want, text)
		}
	}
	for _, wrong := range []string{"demo.tip.", "%!"} {
		if strings.Contains(text, wrong) {
			t.Errorf("a text is not there, or takes other values:\n%s", text)
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	for b.Loop() {
		m, err := demo.Build(b.Context(), b.TempDir(), 1, someTime, demo.Size{})
		closed(b, m, err)
	}
}

func BenchmarkMove(b *testing.B) {
	m, err := demo.Build(b.Context(), b.TempDir(), 1, someTime, demo.Size{})
	closed(b, m, err)
	now := someTime
	for b.Loop() {
		now, _ = walk(b, m, now, 1)
	}
}
