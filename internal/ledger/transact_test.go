package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

// endsAt is a context that ends when it has been looked at some number of times: at each point of a write in turn, the same
// in every run of a test.
type endsAt struct {
	context.Context
	end  context.CancelFunc
	left atomic.Int64
}

func newEndsAt(t testing.TB, looks int) *endsAt {
	parent, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	c := &endsAt{Context: parent, end: cancel}
	c.left.Store(int64(looks))
	return c
}

func (c *endsAt) look() {
	if c.left.Add(-1) == 0 {
		c.end()
	}
}

func (c *endsAt) Done() <-chan struct{} { c.look(); return c.Context.Done() }
func (c *endsAt) Err() error            { c.look(); return c.Context.Err() }

// reached says whether the context has come to its end.
func (c *endsAt) reached() bool { return c.left.Load() <= 0 }

// A write whose context ends leaves nothing behind, and the write after it begins at once: also where the machine has no
// time for goroutines in the background, as under heavy load.
func TestWriteAfterAnEndedContext(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	insert := func(tx *sql.Tx, name string) error {
		_, err := tx.ExecContext(context.Background(), "insert or replace into meta (name, value) values (?, '')", name)
		return err
	}
	failed := errors.New("the work failed")
	for _, c := range []struct {
		name string
		do   func(tx *sql.Tx, cancel func()) error
		want error
	}{
		{"before the commit", func(tx *sql.Tx, cancel func()) error { err := insert(tx, "x"); cancel(); return err }, context.Canceled},
		{"in the work", func(tx *sql.Tx, cancel func()) error { cancel(); return errors.Join(insert(tx, "x"), failed) }, failed},
		{"after a rollback of SQLite's own", func(tx *sql.Tx, cancel func()) error {
			_, err := tx.ExecContext(context.Background(), "rollback")
			return errors.Join(err, failed)
		}, failed},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := opened(t, sampleOptions(t))
			for range 20 {
				ctx, cancel := context.WithCancel(context.Background())
				if err := l.transact(ctx, func(tx *sql.Tx) error { return c.do(tx, cancel) }); !errors.Is(err, c.want) {
					t.Fatalf("error %v, want %v", err, c.want)
				}
				if err := l.transact(context.Background(), func(tx *sql.Tx) error { return insert(tx, "y") }); err != nil {
					t.Fatalf("the next write: %v", err)
				}
				var in string
				if err := l.db.QueryRow("select group_concat(name) from meta where name in ('x', 'y')").Scan(&in); err != nil || in != "y" {
					t.Fatalf("%s is in, want the second write alone (%v)", in, err)
				}
				cancel()
			}
		})
	}
}

// A connection that does not come out of its transaction is given up, and so is the transaction.
func TestWriteAfterAConnectionThatIsStuck(t *testing.T) {
	l := opened(t, sampleOptions(t))
	if _, err := l.conn.ExecContext(context.Background(), "begin immediate; insert into meta (name, value) values ('x', '')"); err != nil {
		t.Fatal(err)
	}
	if err := l.Note(context.Background(), "first", "lost"); err == nil {
		t.Error("a transaction within a transaction was begun")
	}
	for _, name := range []string{"second", "third"} {
		if err := l.Note(context.Background(), name, "kept"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	var cache int
	if err := l.conn.QueryRowContext(context.Background(), "pragma cache_size").Scan(&cache); err != nil || cache != -writerCache {
		t.Errorf("the new connection has a cache of %d (%v)", cache, err)
	}
	r := begun(t, l, sourceA, true)
	if err := l.giveUpConnection(); err != nil {
		t.Error(err)
	}
	if err := r.Fail(context.Background(), errors.New("broken"), noon); err != nil {
		t.Error(err)
	}
	if err := l.giveUpConnection(); err != nil {
		t.Error(err)
	}
	l.forgetPages(context.Background())
	var n int
	if err := l.db.QueryRow("select count(*) from meta where name = 'x'").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows of the transaction that was given up (%v)", n, err)
	}
	wantSound(t, l)
}

// A panic in a write leaves no transaction open.
func TestWriteAfterAPanic(t *testing.T) {
	l := opened(t, sampleOptions(t))
	func() {
		defer func() { recover() }()
		_ = l.transact(context.Background(), func(*sql.Tx) error { panic("in the middle") })
	}()
	if err := l.Note(context.Background(), "next", "kept"); err != nil {
		t.Error(err)
	}
}

// Wherever a read of a source is broken off, it is in wholly or not at all, the same step can be taken again at once, and
// the books balance.
func TestWriteEndedAtEachPoint(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	points := 0
	for look := 1; ; look += 1 + look/16 { // all of the first ones, then some of the many that are alike
		ended := false
		l := opened(t, sampleOptions(t))
		again := func(what string, do func(ctx context.Context) error) {
			t.Helper()
			ctx := newEndsAt(t, look)
			err := do(ctx)
			ended = ended || ctx.reached()
			if err == nil {
				return
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("%s, ended at look %d: %v", what, look, err)
			}
			if err := do(context.Background()); err != nil {
				t.Fatalf("%s again, after it ended at look %d: %v", what, look, err)
			}
		}
		var r *Run
		again("begin", func(ctx context.Context) (err error) { r, err = l.Begin(ctx, sourceA, "v1", true, noon); return err })
		again("take", func(ctx context.Context) error {
			return r.Take(ctx, rows(dossier("1"), dossier("2", settled(9)), dossier("3", waiting(4, 6))))
		})
		again("note", func(ctx context.Context) error { return l.Note(ctx, "a", "b") })
		var got sourcelog.Summary
		again("finish", func(ctx context.Context) (err error) {
			got, err = r.Finish(ctx, Ending{State: "s", Complete: true, Now: noon})
			return err
		})
		if got.Added != 3 {
			t.Errorf("ended at look %d: %s", look, got)
		}
		wantFigures(t, l, map[string]string{"cuc-a": "received 3, finished 1/0/0, open 2, overdue 2"})
		wantSound(t, l)
		closed(t, l)
		if t.Failed() || !ended {
			break
		}
		points++
	}
	t.Logf("%d points were tried", points)
	if points < 20 {
		t.Errorf("only %d points were tried", points)
	}
}

// Random histories whose writes are broken off at random moments end as those that nothing disturbed.
func TestWriteEndedAtRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 11))
	l := opened(t, sampleOptions(t))
	s := &system{source: sourceA, unit: "cuc-a", random: random, holds: map[string]*kpi.Dossier{}, fresh: map[string]bool{}}
	broken := 0
	for step := range 12 {
		s.live()
		r := begun(t, l, sourceA, true)
		for _, b := range s.batches(true) {
			for try := 0; ; try++ {
				ctx, cancel := context.WithCancel(context.Background())
				if try < 3 {
					time.AfterFunc(time.Duration(random.IntN(800))*time.Microsecond, cancel)
				}
				err := r.Take(ctx, b)
				cancel()
				if err == nil {
					break
				}
				if broken++; !errors.Is(err, context.Canceled) {
					t.Fatalf("step %d: %v", step, err)
				}
			}
		}
		finished(t, r, Ending{Complete: true, AcceptDrop: true})
		s.read = true
		checkAgainst(t, l, []*system{s}, fmt.Sprintf("step %d", step))
	}
	t.Logf("%d writes were broken off", broken)
}
