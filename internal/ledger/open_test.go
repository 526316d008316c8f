package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/durable"
	"kpiagent/internal/kpi"
)

// execIn changes a closed ledger file behind the agent's back.
func execIn(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

// rewrite changes the bytes of a file.
func rewrite(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(data), 0o640); err != nil {
		t.Fatal(err)
	}
}

// closedSample leaves a ledger with some dossiers.
func closedSample(t *testing.T, o Options) {
	t.Helper()
	l := opened(t, o)
	list := manyDossiers(600)
	complete(t, l, sourceA, inBatches(list, 200)...)
	closed(t, l)
}

const restore = "restore it from a backup, or move it away: then everything is read again from the unit systems"

func TestFilesThatCannotBeOpened(t *testing.T) {
	for _, test := range []struct {
		name    string
		prepare func(t *testing.T, o *Options)
		want    string // PATH stands for the path
		is      error
	}{
		{"random bytes", func(t *testing.T, o *Options) {
			if err := os.WriteFile(o.Path, bytes.Repeat([]byte("no ledger "), 1000), 0o640); err != nil {
				t.Fatal(err)
			}
		}, "ledger PATH: open: the ledger is damaged: " + restore + " (file is not a database (26))", ErrCorrupt},
		{"cut off", func(t *testing.T, o *Options) {
			closedSample(t, *o)
			rewrite(t, o.Path, func(b []byte) []byte { return b[:len(b)*2/3] })
		}, "ledger PATH: open: the ledger is damaged: " + restore + " (database disk image is malformed (11))", ErrCorrupt},
		{"a flipped bit in the daybook", func(t *testing.T, o *Options) {
			closedSample(t, *o)
			execIn(t, o.Path, "update segment set counts = cast(substr(counts, 1, 99) || char(unicode(substr(counts, 100, 1)) + 1) || substr(counts, 101) as blob) where id = 2")
		}, "ledger PATH: segment 2: the ledger is damaged: " + restore + " (a segment of the daybook does not match its checksum)", ErrCorrupt},
		{"a segment of a book that is not there", func(t *testing.T, o *Options) {
			closedSample(t, *o)
			execIn(t, o.Path, "delete from book where id = 1")
		}, "ledger PATH: segment 1: the ledger is damaged: " + restore + " (it has N counts of books that are not there)", ErrCorrupt},
		{"a key that no dossier has", func(t *testing.T, o *Options) {
			closedSample(t, *o)
			execIn(t, o.Path, "update dossier set key = 1 << 60 where key = 600")
		}, "ledger PATH: read the dossiers: the ledger is damaged: " + restore + " (the last has the key 1152921504606846976)", ErrCorrupt},
		{"of a newer version", func(t *testing.T, o *Options) { execIn(t, o.Path, "pragma user_version = 99") },
			"ledger PATH: the ledger is from a newer kpiagent: it has version 99, this kpiagent knows up to 4: install the newer kpiagent again, or restore the backup made before it", ErrNewer},
		{"a database of something else", func(t *testing.T, o *Options) { execIn(t, o.Path, "create table ho_so (id text)") },
			"ledger PATH: the file is not a ledger: it is a SQLite database with other tables: let ledger.path name a file of the agent's own", ErrForeign},
		{"a versioned database of something else", func(t *testing.T, o *Options) {
			execIn(t, o.Path, "create table dossier (id text); pragma user_version = 1")
		},
			"ledger PATH: the file is not a ledger: it is a SQLite database with other tables: let ledger.path name a file of the agent's own", ErrForeign},
		{"a folder", func(t *testing.T, o *Options) { o.Path = filepath.Dir(o.Path) },
			"ledger PATH: it is a folder: let ledger.path name a file in it", nil},
		{"below a file", func(t *testing.T, o *Options) {
			if err := os.WriteFile(o.Path, nil, 0o640); err != nil {
				t.Fatal(err)
			}
			o.Path += "/so.db"
		}, "ledger PATH: it cannot be reached: check its folder and who may enter it: stat PATH: not a directory", nil},
		{"read-only and not there", func(t *testing.T, o *Options) { o.ReadOnly = true },
			"ledger PATH: there is none yet: run the agent first, or correct ledger.path: stat PATH: no such file or directory", os.ErrNotExist},
		{"read-only and empty", func(t *testing.T, o *Options) {
			o.ReadOnly = true
			if err := os.WriteFile(o.Path, nil, 0o640); err != nil {
				t.Fatal(err)
			}
		}, "ledger PATH: it has version 0, this kpiagent has 4: start the agent once to bring it up to date", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := sampleOptions(t)
			test.prepare(t, &o)
			before, _ := os.ReadFile(o.Path)
			l, err := Open(context.Background(), o)
			if err == nil {
				l.Close()
				t.Fatal("it was opened")
			}
			got := strings.ReplaceAll(err.Error(), o.Path, "PATH")
			if before, rest, found := strings.Cut(got, "it has "); found && strings.Contains(rest, "counts of books") {
				_, rest, _ = strings.Cut(rest, " ")
				got = before + "it has N " + rest
			}
			if got != test.want {
				t.Errorf("error\n%s\nwant\n%s", got, test.want)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("it is not %q", test.is)
			}
			if after, _ := os.ReadFile(o.Path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
}

// Damage in the middle of the dossiers is found when they are read, with the same advice.
func TestDamageAmongTheDossiers(t *testing.T) {
	o := sampleOptions(t)
	closedSample(t, o)
	execIn(t, o.Path, "update dossier set pauses = 'x/y' where key = 77; update dossier set book = 4711 where key = 78")
	l := opened(t, o)
	want := "ledger " + o.Path + ": count the dossiers anew: the ledger is damaged: " + restore + ` (a row is not as it was written: pauses "x/y": strconv.ParseInt: parsing "x": invalid syntax)`
	if _, err := l.Audit(context.Background()); err == nil || err.Error() != want {
		t.Errorf("error\n%v\nwant\n%s", err, want)
	}
	closed(t, l)
	execIn(t, o.Path, "update dossier set pauses = null")
	l = opened(t, o)
	want = "ledger " + o.Path + ": read the dossiers: the ledger is damaged: " + restore + " (a row is not as it was written: dossier 78 stands in book 4711, which is not there)"
	err := l.Dossiers(context.Background(), func(string, *kpi.Dossier) error { return nil })
	if err == nil || err.Error() != want {
		t.Errorf("error\n%v\nwant\n%s", err, want)
	}
}

// Flipping any stretch of the file never panics: it is refused, or it is opened and says what it can.
func TestFlippedBytesNeverPanic(t *testing.T) {
	o := sampleOptions(t)
	closedSample(t, o)
	good, err := os.ReadFile(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	for begin := 0; begin < len(good); begin += len(good)/25 + 1 {
		bad := bytes.Clone(good)
		for i := begin; i < min(begin+8, len(bad)); i++ {
			bad[i] ^= 0xa5
		}
		o.Path = filepath.Join(t.TempDir(), "so.db")
		if err := os.WriteFile(o.Path, bad, 0o640); err != nil {
			t.Fatal(err)
		}
		l, err := Open(context.Background(), o)
		if err != nil {
			continue
		}
		_, _ = l.Audit(context.Background())
		if r, err := l.Begin(context.Background(), sourceA, "v1", true, noon); err == nil {
			list := manyDossiers(600)
			for _, b := range inBatches(list, 200) {
				_ = r.Take(context.Background(), b)
			}
			_, _ = r.Finish(context.Background(), Ending{Complete: true, Now: noon})
		}
		l.Close()
	}
}

func TestTwoWriters(t *testing.T) {
	o := sampleOptions(t)
	l := opened(t, o)
	complete(t, l, sourceA, rows(dossier("A1")))
	_, err := Open(context.Background(), o)
	want := fmt.Sprintf("ledger %s: the ledger is in use by kpiagent, process %d: stop it first, or give this agent a ledger.path of its own (resource temporarily unavailable)", o.Path, os.Getpid())
	if err == nil || err.Error() != want || !errors.Is(err, durable.ErrInUse) {
		t.Errorf("error\n%v\nwant\n%s", err, want)
	}
	closed(t, l)
	l = opened(t, o)
	complete(t, l, sourceA, rows(dossier("A1"), dossier("A2")))
	wantSound(t, l)
}

// Somebody may look while the agent writes. He sees what was there when he opened, all of the same moment.
func TestReadOnlyBesideAWriter(t *testing.T) {
	o := sampleOptions(t)
	writer := opened(t, o)
	complete(t, writer, sourceA, rows(dossier("A1")))
	look := o
	look.ReadOnly = true
	first := opened(t, look)
	r := begun(t, writer, sourceA, false)
	taken(t, r, rows(dossier("A2", of("1.555"), settled(4))), rejects(rejected("A3", kpi.BadDate, "{}")))
	second := opened(t, look) // sees the batches of the run under way
	finished(t, r, Ending{})
	writer.foldAt = foldLimits{changes: 1}
	incremental(t, writer, sourceA, rows(dossier("A4", of("1.556"))))

	for range 2 {
		wantFigures(t, first, map[string]string{"bo": "received 1, finished 0/0/0, open 1, overdue 1"})
		wantFigures(t, second, map[string]string{"bo": "received 2, finished 1/0/0, open 1, overdue 1"})
		wantFigures(t, writer, map[string]string{"bo": "received 3, finished 1/0/0, open 2, overdue 2"})
		if diff := cmp.Diff([]int{1, 2, 3}, []int{len(dossiersOf(t, first)), len(dossiersOf(t, second)), len(dossiersOf(t, writer))}); diff != "" {
			t.Errorf("dossiers (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]int{0, 1, 1}, []int{len(findingsOf(t, first, sourceA)), len(findingsOf(t, second, sourceA)), len(findingsOf(t, writer, sourceA))}); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
		for _, l := range []*Ledger{first, second, writer} {
			wantSound(t, l)
		}
		incremental(t, writer, sourceA, rows(dossier("A4", of("1.556"))))
	}
	if _, err := first.Begin(context.Background(), sourceA, "v1", true, noon); err == nil {
		t.Error("a read-only ledger begins a run")
	}
	for _, l := range []*Ledger{first, second, writer} {
		closed(t, l)
	}
}

// A reader may be opened again and again while a writer folds and commits.
func TestOpeningWhileItIsWritten(t *testing.T) {
	o := sampleOptions(t)
	writer := opened(t, o)
	writer.foldAt = foldLimits{changes: 2}
	complete(t, writer, sourceA, rows(dossier("A0")))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 150 {
			incremental(t, writer, sourceA, rows(dossier(fmt.Sprint("A", i), of(fmt.Sprint("2.", i)))))
		}
	}()
	o.ReadOnly = true
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		l, err := Open(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		wantSound(t, l)
		closed(t, l)
	}
}

// A path may hold anything that a file name may.
func TestStrangePaths(t *testing.T) {
	for _, name := range []string{"sổ hồ sơ.db", "100%.db", "a?b#c&d.db", "x y/+z.db"} {
		o := sampleOptions(t)
		o.Path = filepath.Join(filepath.Dir(o.Path), name)
		l := opened(t, o)
		complete(t, l, sourceA, rows(dossier("A1")))
		closed(t, l)
		if _, err := os.Stat(o.Path); err != nil {
			t.Error(err)
		}
	}
}

// Only the connection that takes dossiers in has a large cache: there are several that read.
func TestOnlyTheWriterHasALargeCache(t *testing.T) {
	l := opened(t, sampleOptions(t))
	complete(t, l, sourceA, inBatches(manyDossiers(1000), 500)...)
	other, err := l.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for _, c := range []struct {
		name string
		from querier
		want int
	}{{"writer", l.conn, -writerCache}, {"reader", other, -2000}} {
		var got int
		if err := c.from.QueryRowContext(t.Context(), "pragma cache_size").Scan(&got); err != nil || got != c.want {
			t.Errorf("the cache of the %s is %d, want %d, %v", c.name, got, c.want, err)
		}
	}
}
