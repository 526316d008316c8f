package collectors

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// forEver returns rows until somebody ends it.
func forEver(values []Value, columns ...string) play {
	return func(ctx context.Context, sink Sink) (Result, error) {
		if err := sink.Columns("", columns); err != nil {
			return Result{}, err
		}
		for i := int64(1); ; i++ {
			if err := sink.Row(Position{Number: i}, values); err != nil {
				return Result{}, err
			}
			if i%1000 == 0 && ctx.Err() != nil {
				return Result{}, ctx.Err()
			}
		}
	}
}

// A read ends where it brings more rows than it may; what was handed over until then counts.
func TestMoreRowsThanAllowed(t *testing.T) {
	for _, malformed := range []bool{false, true} {
		source := forEver(count(1), countsColumns...)
		if malformed {
			source = func(_ context.Context, sink Sink) (Result, error) {
				if err := sink.Columns("", countsColumns); err != nil {
					return Result{}, err
				}
				for {
					if err := sink.Malformed(1, "x", errors.New("no row")); err != nil {
						return Result{}, err
					}
				}
			}
		}
		_, summary, err := Collect(t.Context(), source, counts(t), Request{Now: noon}, Options{BatchSize: 100, MaxRows: 1050}, func(*kpi.Batch) error { return nil })
		var many *TooManyRowsError
		if !errors.As(err, &many) || many.Max != 1050 || !strings.Contains(err.Error(), "max_rows 1050") {
			t.Errorf("the error is %v", err)
		}
		if summary.Rows > 1050 || summary.Rows < 900 {
			t.Errorf("%d rows were handed over", summary.Rows)
		}
		if _, again := Again(err); again {
			t.Error("it is tried again at once")
		}
	}
	exact := play(func(_ context.Context, sink Sink) (Result, error) {
		if err := sink.Columns("", countsColumns); err != nil {
			return Result{}, err
		}
		return Result{Complete: true}, give(sink, 1, 1050)
	})
	if _, summary, err := Collect(t.Context(), exact, counts(t), Request{Now: noon}, Options{MaxRows: 1050}, func(*kpi.Batch) error { return nil }); err != nil || summary.Rows != 1050 {
		t.Errorf("as many rows as allowed: %d, %v", summary.Rows, err)
	}
}

// What a source without end holds in memory does not grow, however long it goes on and however slowly it is taken.
func TestEndlessSourceIsBounded(t *testing.T) {
	long := strings.Repeat("x", 2000)
	procedures, err := NewMapping(config.Source{Unit: "u", ID: "s", Record: "procedure", Mapping: config.Mapping{Code: column("ma"), Name: column("ten")}}, Checks{}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	pauses := strings.TrimSuffix(strings.Repeat("2026-03-03..2026-03-04;", 90), ";")
	paused := config.Source{Unit: "u", ID: "s", Record: "dossier"}
	paused.Mapping = config.Mapping{ID: column("ma"), Procedure: column("tt"), Channel: &config.Field{Constant: "online"}, Received: column("nhan"), Pauses: column("cho")}
	dossiers, err := NewMapping(paused, Checks{}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		mapping *Mapping
		source  play
	}{
		{"long names", procedures, forEver(row("1.001", long), "ma", "ten")},
		{"many pauses", dossiers, forEver(row("H1", "1.001", "2026-03-02", pauses), "ma", "tt", "nhan", "cho")},
		{"rows that are rejected", procedures, forEver(row("", long), "ma", "ten")},
		{"short rows", counts(t), forEver(count(1), countsColumns...)},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			before, most := heap(), uint64(0)
			_, summary, err := Collect(ctx, test.source, test.mapping, Request{Now: noon}, Options{}, func(*kpi.Batch) error {
				time.Sleep(20 * time.Millisecond)
				most = max(most, heap())
				return nil
			})
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the error is %v", err)
			}
			if most > before+40<<20 {
				t.Errorf("%d MB are held after %d rows", (most-before)>>20, summary.Rows)
			}
		})
	}
}

// One row of 100 MB leaves nothing of that size behind, whatever becomes of it.
func TestHugeRow(t *testing.T) {
	huge := strings.Repeat("1;", 50<<20)
	procedure := config.Source{Unit: "u", ID: "s", Record: "procedure", Mapping: config.Mapping{Code: column("a"), Name: column("b")}}
	dossier := func(field string) config.Source {
		m := config.Mapping{ID: column("a"), Procedure: column("a"), Channel: &config.Field{Constant: "online"}, Received: column("date")}
		switch field {
		case "id":
			m.ID = column("b")
		case "procedure":
			m.Procedure = column("b")
		case "channel":
			m.Channel = &config.Field{Column: "b", Values: []config.ValueMap{{From: "1", To: "online"}}}
		case "received":
			m.Received = column("b")
		case "pauses":
			m.Pauses = column("b")
		case "unit":
			m.Unit = column("b")
		}
		return config.Source{Unit: "u", ID: "s", Record: "dossier", Mapping: m}
	}
	for name, source := range map[string]config.Source{
		"no field": dossier(""), "id": dossier("id"), "procedure": dossier("procedure"), "channel": dossier("channel"), "received": dossier("received"),
		"pauses": dossier("pauses"), "unit": dossier("unit"), "name": procedure,
	} {
		t.Run(name, func(t *testing.T) {
			mapping, err := NewMapping(source, Checks{}, vietnam)
			if err != nil {
				t.Fatal(err)
			}
			read := play(func(_ context.Context, sink Sink) (Result, error) {
				if err := sink.Columns("", []string{"a", "b", "date"}); err != nil {
					return Result{}, err
				}
				return Result{}, sink.Row(Position{Number: 1}, row("x", huge, "2026-03-02"))
			})
			before := heap()
			var all []*kpi.Batch
			_, summary, err := Collect(t.Context(), read, mapping, Request{Now: noon}, Options{}, func(b *kpi.Batch) error { all = append(all, b); return nil })
			if err != nil || summary.Rows != 1 {
				t.Fatalf("%d rows, %v", summary.Rows, err)
			}
			if after := heap(); after > before+1<<20 {
				t.Errorf("%d kB stay behind", (after-before)>>10)
			}
			if text := fmt.Sprint(all[0].Rejects, all[0].Warnings); len(text) > 20<<10 {
				t.Errorf("%d bytes are kept of the row", len(text))
			}
			runtime.KeepAlive(huge)
		})
	}
}

// heap returns the bytes that are in use.
// heap counts what is held; what lies in pools is gone after the second collection only.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestAgain(t *testing.T) {
	for _, test := range []struct {
		name  string
		err   error
		wait  time.Duration
		again bool
	}{
		{"none", nil, 0, false},
		{"anything", errors.New("x"), 0, false},
		{"passing", fmt.Errorf("cannot read: %w", Transient(errors.New("x"))), 0, true},
		{"asked to wait", fmt.Errorf("cannot read: %w", later(time.Hour)), time.Hour, true},
		{"asked to wait for nothing", later(-time.Hour), 0, true},
		{"a refused password", errors.Join(Transient(errors.New("x")), ErrAuth), 0, false},
	} {
		if wait, again := Again(test.err); wait != test.wait || again != test.again {
			t.Errorf("%s: %s, %t", test.name, wait, again)
		}
	}
	if Transient(errors.New("as it is")).Error() != "as it is" {
		t.Error("the mark changes the text")
	}
}

type later time.Duration

func (l later) Error() string                     { return "busy" }
func (l later) RetryAfter() (time.Duration, bool) { return time.Duration(l), true }
