package exposition_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"

	"kpiagent/internal/exposition"
	"kpiagent/internal/exposition/expositiontest"
)

// book is a storage that writes down what it takes.
type book struct {
	names   map[storage.SeriesRef]string
	pending []string
	taken   []string
	fail    error  // of the next commit
	refuse  string // the name of a series that it does not take
}

func (b *book) Append(ref storage.SeriesRef, l labels.Labels, t int64, v float64) (storage.SeriesRef, error) {
	if name := l.Get(model.MetricNameLabel); name != "" && name == b.refuse {
		return 0, errors.New("refused")
	}
	if ref == 0 {
		if b.names == nil {
			b.names = map[storage.SeriesRef]string{}
		}
		ref = storage.SeriesRef(len(b.names) + 1)
		b.names[ref] = l.Get(model.MetricNameLabel) + l.Get("unit")
	}
	text := fmt.Sprint(v)
	if value.IsStaleNaN(v) {
		text = "end"
	}
	b.pending = append(b.pending, fmt.Sprintf("%d %s %s", t/1000, b.names[ref], text))
	return ref, nil
}

func (b *book) Commit() error {
	err := b.fail
	b.fail = nil
	if err == nil {
		b.taken = append(b.taken, b.pending...)
	}
	b.pending = nil
	return err
}

func (b *book) Rollback() error { b.pending = nil; return nil }

// read returns what was taken since the last call, in an order of its own.
func (b *book) read() []string {
	got := slices.Sorted(slices.Values(b.taken))
	b.taken = nil
	return got
}

// of returns samples of series written as text.
func of(values map[string]float64) iter.Seq2[exposition.Series, float64] {
	return expositiontest.Samples(values).All()
}

func TestFeed(t *testing.T) {
	b := &book{}
	f := exposition.NewFeed(time.Minute, labels.FromStrings("job", "kpiagent"))
	for _, step := range []struct {
		what         string
		second       int64
		changed      bool
		figures, own map[string]float64
		want         []string
	}{
		{"all of the first", 100, true, map[string]float64{`a{unit="x"}`: 1, `a{unit="y"}`: 2}, map[string]float64{"own": 1},
			[]string{"100 ax 1", "100 ay 2", "100 own 1", "100 up 1"}},
		{"nothing in between", 105, false, map[string]float64{`a{unit="x"}`: 1, `a{unit="y"}`: 2}, map[string]float64{"own": 0}, nil},
		{"what has changed", 110, true, map[string]float64{`a{unit="x"}`: 1, `a{unit="y"}`: 3}, map[string]float64{"own": 1},
			[]string{"110 ay 3"}},
		{"what is new, and the end of what is gone", 115, true, map[string]float64{`a{unit="y"}`: 3, `a{unit="z"}`: 4}, map[string]float64{"own": 0},
			[]string{"115 ax end", "115 az 4", "115 own 0"}},
		{"everything at the next minute", 183, false, map[string]float64{`a{unit="y"}`: 3, `a{unit="z"}`: 4}, map[string]float64{"own": 0},
			[]string{"180 ay 3", "180 az 4", "180 own 0", "180 up 1"}},
		{"one that comes back", 190, true, map[string]float64{`a{unit="x"}`: 1, `a{unit="y"}`: 3, `a{unit="z"}`: 4}, map[string]float64{"own": 0},
			[]string{"190 ax 1"}},
		{"everything after the clock was set back", 50, false, map[string]float64{`a{unit="x"}`: 1}, map[string]float64{"own": 0},
			[]string{"50 ax 1", "50 ay end", "50 az end", "50 own 0", "50 up 1"}},
	} {
		if at := time.Unix(step.second, 0); f.Due(at, step.changed) {
			if err := f.Append(at, of(step.figures), of(step.own), b); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(step.want, b.read()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.what, diff)
		}
	}
	if got, want := f.Series(), 3; got != want {
		t.Errorf("%d series are known, want %d", got, want)
	}
}

func TestFeedBeginsAgainAfterAnError(t *testing.T) {
	b := &book{}
	f := exposition.NewFeed(time.Minute, labels.EmptyLabels())
	full := errors.New("no space left on device")
	b.fail = full
	if err := f.Append(time.Unix(100, 0), of(map[string]float64{"a": 1}), of(nil), b); !errors.Is(err, full) {
		t.Fatalf("got the error %v", err)
	}
	if !f.Due(time.Unix(105, 0), false) {
		t.Fatal("nothing is due after a page was lost")
	}
	if err := f.Append(time.Unix(105, 0), of(map[string]float64{"a": 1}), of(nil), b); err != nil {
		t.Fatal(err)
	}
	b.refuse = "c"
	if err := f.Append(time.Unix(110, 0), of(map[string]float64{"a": 2, "c": 1}), of(nil), b); err == nil {
		t.Fatal("a series that was refused was taken")
	}
	if diff := cmp.Diff([]string{"105 a 1", "105 up 1"}, b.read()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What ends with a page that is lost ends with the next; what began with it never was.
func TestWhatEndsWithALostPageEndsWithTheNext(t *testing.T) {
	full := errors.New("no space left on device")
	for _, test := range []struct {
		name   string
		lost   map[string]float64
		fail   error
		refuse string
	}{
		{"not committed", map[string]float64{"a": 2, "new": 1}, full, ""},
		{"a series that is refused", map[string]float64{"a": 2, "new": 1, "z": 1}, nil, "z"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := &book{}
			f := exposition.NewFeed(time.Minute, labels.EmptyLabels())
			if err := f.Append(time.Unix(100, 0), of(map[string]float64{"a": 1, "b": 1, "c": 1}), of(nil), b); err != nil {
				t.Fatal(err)
			}
			b.read()
			for _, at := range []int64{105, 110} { // as often as it may be
				b.fail, b.refuse = test.fail, test.refuse
				if err := f.Append(time.Unix(at, 0), of(test.lost), of(nil), b); err == nil {
					t.Fatal("the page was taken")
				}
			}
			if err := f.Append(time.Unix(115, 0), of(map[string]float64{"a": 2, "c": 1}), of(nil), b); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"115 a 2", "115 b end", "115 c 1", "115 up 1"}, b.read()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if err := f.Append(time.Unix(117, 0), of(map[string]float64{"a": 2, "c": 1}), of(nil), b); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string(nil), b.read()); diff != "" {
				t.Errorf("afterwards (-want +got):\n%s", diff)
			}
			if got, want := f.Series(), 3; got != want {
				t.Errorf("%d series are known, want %d", got, want)
			}
		})
	}
}

func BenchmarkFeed(b *testing.B) {
	samples := map[string]float64{}
	for i := range 10000 {
		samples[fmt.Sprintf(`egov_dossiers_received{unit="bct",procedure="2.%05d",channel="online",period="month"}`, i)] = float64(i)
	}
	f := exposition.NewFeed(time.Minute, labels.EmptyLabels())
	to, at := &book{}, time.Unix(100, 0)
	figures, own := of(samples), of(nil)
	if err := f.Append(at, figures, own, to); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		at = at.Add(time.Millisecond)
		if err := f.Append(at, figures, own, to); err != nil {
			b.Fatal(err)
		}
	}
}
