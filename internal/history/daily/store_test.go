package daily

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
	"kpiagent/internal/ledger"
)

// filled is a ministry with dossiers of so many days before today.
func filled(t testing.TB, days int) *ministry {
	t.Helper()
	m := newMinistry(t)
	m.moment.Today = start + kpi.Day(days)
	m.register(procedures("Thủ tục")...)
	r := rand.New(rand.NewPCG(9, 9))
	for i := range 60 {
		id := fmt.Sprint(i)
		m.holds[oneStop][id] = randomDossier(r, id, "xnk", start, m.moment.Today)
	}
	m.holds[oneStop]["first"] = &kpi.Dossier{ID: "first", Unit: "xnk", Procedure: "1.001", Channel: kpi.Online, Received: start.Stamp() + 9*3600}
	m.readAll(oneStop)
	return m
}

// correct changes how the dossier of the first day, or one of a later day, was received.
func (m *ministry) correct(day kpi.Day) {
	id := "of " + day.String()
	channel := kpi.Online
	if d := m.holds[oneStop][id]; d != nil {
		channel = kpi.Online + kpi.Counter - d.Channel
	}
	m.holds[oneStop][id] = &kpi.Dossier{ID: id, Unit: "xnk", Procedure: "1.001", Channel: channel, Received: day.Stamp() + 9*3600}
	m.readAll(oneStop)
}

func TestOnlyTouchedMonthsAreWritten(t *testing.T) {
	m := filled(t, 100) // to 2024-03-03: November to March
	s := open(t, Options{Folder: t.TempDir()})
	m.correct(start + 40)
	var days []kpi.Day
	if _, err := s.Write(context.Background(), m.source(), 0, 0, func(p Progress) { days = append(days, p.Last) }); err != nil {
		t.Fatal(err)
	}
	if len(days) != 200 || days[0] != kpi.Date(2024, 3, 1) || days[99] != start+6 || days[100] != days[0] {
		t.Errorf("%d days from %s to %s, want 100 twice, the newest month first", len(days), days[0], days[len(days)-1])
	}
	tests := []struct {
		what   string
		change func()
		days   int
	}{
		{"nothing", func() {}, 0},
		{"a dossier of today", func() { m.correct(m.moment.Today) }, 0},
		{"a dossier of yesterday", func() { m.correct(m.moment.Today - 1) }, 2},
		{"a dossier of January", func() { m.correct(kpi.Date(2024, 1, 30)) }, 2 + 29 + 31},
		{"midnight", func() { m.moment.Today++ }, 3},
		{"the clock was set back", func() { m.moment.Today -= 10 }, 22},
		{"and forward", func() { m.moment.Today += 10 }, 3 + 29},
		{"another target", func() { m.moment.Targets = nil }, 101},
		{"another name", func() { m.register(procedures("Tên mới")...) }, 101},
		{"a procedure without dossiers", func() { m.register(append(m.known, kpi.Procedure{Unit: "bct", Code: "9.9", Name: "Mới"})...) }, 0},
		{"another label of the agent", func() { m.moment.Labels = labels.FromStrings("job", "kpi") }, 101},
		{"other rules of counting", func() { m.moment.Basis = "by hour" }, 101},
	}
	for _, test := range tests {
		test.change()
		if done := write(t, s, m.source()); done.AllDays != 2*test.days || done.Days != 2*test.days {
			t.Errorf("%s: %d of %d days were written, want %d twice", test.what, done.Days, done.AllDays, test.days)
		}
		same(t, test.what, m.anew(), dump(t, s))
		if s.Behind() != 0 {
			t.Errorf("%s: %d months are behind", test.what, s.Behind())
		}
	}
}

// An older copy of the ledger is recognized before sources are read into it: then it may already have had as many changes as
// the ledger that was there before, but others.
func TestAnOlderCopyOfTheLedger(t *testing.T) {
	m := filled(t, 40)
	s := open(t, Options{Folder: t.TempDir()})
	written := write(t, s, m.source())
	first, err := m.ledger.Touched(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	copied := older{first}
	copied.says.Serial--
	if err := s.Recognize(t.Context(), m.ledger); err != nil {
		t.Fatal(err)
	}
	if done := write(t, s, m.source()); done.Days != 0 {
		t.Errorf("%d days were written again for the same ledger", done.Days)
	}
	if err := s.Recognize(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	if done := write(t, s, m.source()); done.Days != written.Days { // by now it has come past the serial
		t.Errorf("%d days were written again, want %d", done.Days, written.Days)
	}
}

// older is what a copy of a ledger says of itself.
type older struct{ says ledger.Touched }

func (o older) Touched(context.Context, int64) (ledger.Touched, error) { return o.says, nil }

func TestWriteOnlyWhatIsAskedFor(t *testing.T) {
	m := filled(t, 100)
	s := open(t, Options{Folder: t.TempDir()})
	done, err := s.Write(context.Background(), m.source(), kpi.Date(2024, 1, 15), kpi.Date(2024, 2, 1), nil)
	if first, last := s.Extent(); err != nil || done.Days != 2*(31+29) || first.String() != "2024-01-01" || last.String() != "2024-02-29" {
		t.Fatalf("%v, %d days from %s to %s", err, done.Days, first, last)
	}
	if s.Behind() != 6 {
		t.Errorf("%d months are behind, want 3 twice", s.Behind())
	}
	write(t, s, m.source())
	same(t, "the rest", m.anew(), dump(t, s))
	first, last := s.Extent()
	if at, _ := EndOf(last, m.moment.Zone); first != start || last != m.moment.Today-1 || s.Through() != at {
		t.Errorf("from %s to %s, through %d", first, last, s.Through())
	}
}

// Whoever asks is told which times are answered for: those of the months that are there, without those that are not written
// yet, were damaged, or had no room.
func TestLookTellsWhatThereIs(t *testing.T) {
	m := filled(t, 100) // to 2024-03-03
	folder := t.TempDir()
	s := open(t, Options{Folder: folder})
	held := func() string {
		t.Helper()
		q, spans, err := s.Look(0, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer q.Close()
		var list []string
		for _, span := range spans {
			list = append(list, time.UnixMilli(span[0]).In(m.moment.Zone).Format("2006-01-02T15:04:05")+" to "+time.UnixMilli(span[1]).In(m.moment.Zone).Format("2006-01-02T15:04:05"))
		}
		return strings.Join(list, ", ")
	}
	only := func(from, to kpi.Day) {
		t.Helper()
		if _, err := s.Write(t.Context(), m.source(), from, to, nil); err != nil {
			t.Fatal(err)
		}
	}
	want := func(what, want string) {
		t.Helper()
		if got := held(); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	want("nothing", "")
	only(kpi.Date(2024, 3, 1), 0)
	want("March", "2024-02-29T23:59:59 to 2024-03-02T23:59:59")
	only(0, kpi.Date(2023, 12, 1))
	want("and the first two months", "2023-11-23T23:59:59 to 2023-12-31T23:59:59, 2024-02-29T23:59:59 to 2024-03-02T23:59:59")
	write(t, s, m.source())
	want("all", "2023-11-23T23:59:59 to 2024-03-02T23:59:59")
	january := s.manifest.Blocks[piece{exposition.OfUnits, monthOf(kpi.Date(2024, 1, 1))}]
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(folder, january.Block)); err != nil {
		t.Fatal(err)
	}
	s = open(t, Options{Folder: folder})
	want("without January", "2023-11-23T23:59:59 to 2023-12-31T23:59:59, 2024-01-31T23:59:59 to 2024-03-02T23:59:59")
}

func TestALedgerThatHasNothing(t *testing.T) {
	m := newMinistry(t)
	s := open(t, Options{Folder: t.TempDir()})
	if done := write(t, s, m.source()); done.AllDays != 0 || s.Through() != 0 || len(dump(t, s)) != 0 {
		t.Errorf("%+v, through %d", done, s.Through())
	}
	m = filled(t, 50)
	write(t, s, m.source())
	same(t, "another ledger", m.anew(), dump(t, s))
	clear(m.holds[oneStop])
	m.readAll(oneStop)
	if done := write(t, s, m.source()); done.AllDays != 0 || s.Through() != 0 || s.Size() != 0 || len(dump(t, s)) != 0 {
		t.Errorf("all dossiers are gone: %+v, through %d", done, s.Through())
	}
}

func TestDamage(t *testing.T) {
	block := func(t *testing.T, folder string) string {
		t.Helper()
		found, err := filepath.Glob(filepath.Join(folder, "0*"))
		if err != nil || len(found) == 0 {
			t.Fatal(found, err)
		}
		return found[0]
	}
	truncate := func(name string) func(t *testing.T, folder string) {
		return func(t *testing.T, folder string) {
			if err := os.Truncate(filepath.Join(block(t, folder), name), 100); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := []struct {
		name    string
		harm    func(t *testing.T, folder string)
		message string
	}{
		{"index cut short", truncate("index"), "the days of a month were damaged"},
		{"chunks cut short", truncate("chunks/000001"), "the days of a month were damaged"},
		{"one bit of the chunks", func(t *testing.T, folder string) {
			name := filepath.Join(block(t, folder), "chunks/000001")
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			content[len(content)/2] ^= 1
			if err := os.WriteFile(name, content, 0o640); err != nil {
				t.Fatal(err)
			}
		}, "is not what was written"},
		{"no meta", func(t *testing.T, folder string) {
			if err := os.Remove(filepath.Join(block(t, folder), "meta.json")); err != nil {
				t.Fatal(err)
			}
		}, "the days of a month were damaged"},
		{"a block is gone", func(t *testing.T, folder string) {
			if err := os.RemoveAll(block(t, folder)); err != nil {
				t.Fatal(err)
			}
		}, "the days of a month were damaged"},
		{"manifest", truncate("../" + manifestName), "the list of past days is damaged"},
		{"no manifest", func(t *testing.T, folder string) {
			if err := os.Remove(filepath.Join(folder, manifestName)); err != nil {
				t.Fatal(err)
			}
		}, ""},
		{"leftovers", func(t *testing.T, folder string) {
			if err := os.MkdirAll(filepath.Join(folder, "01KAQ0000000000000000000XX"+temporary, "chunks"), 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.CopyFS(filepath.Join(folder, "01KAQ0000000000000000000YY"), os.DirFS(block(t, folder))); err != nil {
				t.Fatal(err)
			}
		}, ""},
	}
	m := filled(t, 20)
	want := m.anew()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			s := open(t, Options{Folder: folder})
			write(t, s, m.source())
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			test.harm(t, folder)
			log := new(strings.Builder)
			s = open(t, Options{Folder: folder, Log: textLog(log)})
			if !strings.Contains(log.String(), test.message) || (test.message == "") != (log.Len() == 0) {
				t.Errorf("the log says %q, want %q in it", log, test.message)
			}
			write(t, s, m.source())
			same(t, test.name, want, dump(t, s))
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			log.Reset()
			s = open(t, Options{Folder: folder, Log: textLog(log)})
			same(t, "opened again", want, dump(t, s))
			if log.Len() > 0 {
				t.Errorf("opened again: %s", log)
			}
		})
	}
}

func TestNoRoomOnTheDisk(t *testing.T) {
	m := filled(t, 70)
	full := errors.New("the disk is full")
	months := 0
	s := open(t, Options{Folder: t.TempDir(), Room: func() error {
		if months++; months == 2 {
			return full
		}
		return nil
	}})
	if _, err := s.Write(context.Background(), m.source(), 0, 0, nil); !errors.Is(err, full) {
		t.Fatalf("error %v", err)
	}
	if first, last := s.Extent(); last != m.moment.Today-1 || first != monthOf(last).first() {
		t.Errorf("from %s to %s is there, want the newest month", first, last)
	}
	write(t, s, m.source())
	same(t, "with room again", m.anew(), dump(t, s))
}

func TestRetentionAndSize(t *testing.T) {
	m := filled(t, 200) // to 2024-06-10
	folder := t.TempDir()
	s := open(t, Options{Folder: folder, Days: 90})
	write(t, s, m.source())
	if first, last := s.Extent(); first.String() != "2024-03-01" || last != m.moment.Today-1 {
		t.Errorf("90 days: from %s to %s", first, last)
	}
	m.moment.Today += 30
	write(t, s, m.source())
	if first, _ := s.Extent(); first.String() != "2024-04-01" {
		t.Errorf("a month later: from %s", first)
	}
	size := s.Size() * 2 / 3
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, Options{Folder: folder, MaxBytes: size})
	write(t, s, m.source())
	first, last := s.Extent()
	if s.Size() > size || first == 0 || last != m.moment.Today-1 {
		t.Errorf("%d bytes of %d, from %s to %s", s.Size(), size, first, last)
	}
	if done := write(t, s, m.source()); done.AllDays != 0 {
		t.Errorf("what was removed for its size is written again: %+v", done)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, Options{Folder: folder})
	write(t, s, m.source())
	same(t, "without limits", m.anew(), dump(t, s))
}

// Whoever reads while blocks are replaced sees each day of them, and sees it once.
func TestReadingWhileBlocksAreReplaced(t *testing.T) {
	m := filled(t, 70)
	s := open(t, Options{Folder: t.TempDir(), Workers: 2})
	write(t, s, m.source())
	matcher := labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, "egov_unit_info")
	ctx, stop := context.WithCancel(context.Background())
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for ctx.Err() == nil {
				q, err := s.Querier(0, s.Through())
				if err != nil {
					t.Error(err)
					return
				}
				set := q.Select(ctx, false, nil, matcher)
				for set.Next() {
					n := 0
					for it := set.At().Iterator(nil); it.Next() == chunkenc.ValFloat; {
						n++
					}
					if n != 70 && ctx.Err() == nil {
						t.Errorf("%s has %d days", set.At().Labels(), n)
					}
				}
				if err := set.Err(); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
				if err := q.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 5 {
		m.correct(start)
		write(t, s, m.source())
	}
	stop()
	readers.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Querier(0, 1); !errors.Is(err, errClosed) {
		t.Errorf("closed: %v", err)
	}
	if _, err := s.Write(context.Background(), m.source(), 0, 0, nil); !errors.Is(err, errClosed) {
		t.Errorf("closed: %v", err)
	}
}

// What there is of procedures may be kept for a shorter time, or not at all.
func TestProcedureDays(t *testing.T) {
	m := filled(t, 100) // to 2024-03-03
	folder := t.TempDir()
	want := m.anew()
	for _, test := range []struct {
		days  int
		first string
	}{{-1, ""}, {1, "2024-03-01"}, {10, "2024-02-01"}, {-1, ""}, {1000, "2023-11-24"}, {10, "2024-02-01"}} {
		s := open(t, Options{Folder: folder, ProcedureDays: test.days})
		write(t, s, m.source())
		kept := map[string]map[int64]float64{}
		for name, samples := range want {
			if !strings.Contains(name, "procedure=") {
				kept[name] = samples
				continue
			}
			for at, v := range samples {
				if test.first == "" || kpi.DayOf(time.UnixMilli(at).In(m.moment.Zone)).String() < test.first {
					continue
				}
				if kept[name] == nil {
					kept[name] = map[int64]float64{}
				}
				kept[name][at] = v
			}
		}
		same(t, fmt.Sprintf("%d days", test.days), kept, dump(t, s))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestChunkQuerier(t *testing.T) {
	m := filled(t, 70)
	s := open(t, Options{Folder: t.TempDir()})
	write(t, s, m.source())
	q, err := s.ChunkQuerier(0, s.Through())
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	set := q.Select(context.Background(), true, nil, labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, "egov_unit_info"), labels.MustNewMatcher(labels.MatchEqual, "unit", "xnk"))
	samples := 0
	for set.Next() {
		for it := set.At().Iterator(nil); it.Next(); {
			samples += it.At().Chunk.NumSamples()
		}
	}
	if set.Err() != nil || samples != 70 {
		t.Errorf("%v, %d samples", set.Err(), samples)
	}
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"fingerprint":"a","ledger":"b","serial":3,"blocks":{"2026-03/units":{"block":"01X","first":"2026-03-02","last":"2026-03-31","to":1,"files":{"index":{"bytes":1,"crc32c":2}}}},"behind":{"2026-04/procedures":true},"dropped":{"2025-01/units":true},"at_limit":5}`))
	f.Add([]byte(`{"fingerprint":"a","blocks":{"2026-03/units":{"block":"01X","first":"2026-03-02","last":"2026-03-31","from":1,"to":2}},"behind":{},"dropped":{}}`))
	f.Add([]byte(`{"blocks":{},"behind":{},"dropped":{}}`))
	f.Add([]byte(`{"blocks":{"2026-13/units":{}}}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parseManifest(text)
		if err != nil {
			return
		}
		folder := t.TempDir()
		if err := m.write(folder); err != nil {
			t.Fatal(err)
		}
		again, err := readManifest(folder)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(m) != fmt.Sprint(again) {
			t.Errorf("written and read again, %+v is %+v", m, again)
		}
		for _, e := range m.Blocks {
			if filepath.Dir(filepath.Join(folder, e.Block)) != folder {
				t.Errorf("block %q is outside of the folder", e.Block)
			}
		}
	})
}
