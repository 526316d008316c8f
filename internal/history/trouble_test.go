package history_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"kpiagent/internal/durable"
	"kpiagent/internal/history"
)

// Two agents on one folder: the second refuses, and says who has it; when the first has ended it may.
func TestTheSecondAgentRefuses(t *testing.T) {
	s := newSite(t).open()
	_, err := history.Open(t.Context(), s.options())
	host, _ := os.Hostname()
	if !errors.Is(err, durable.ErrInUse) || !strings.Contains(err.Error(), fmt.Sprintf("process %d on %s, since 2026-03-02 12:00:00", os.Getpid(), host)) {
		t.Errorf("the second one: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.open()
}

// Without room nothing is written and nothing breaks: it is said once, and history goes on when there is room again.
func TestAFullDisk(t *testing.T) {
	var free atomic.Uint64
	free.Store(10 << 30)
	s := newSite(t).open(func(o *history.Options) { o.FreeBytes = func(string) (uint64, error) { return free.Load(), nil } })
	s.record(0, true, map[string]float64{value: 1})
	free.Store(1 << 20)
	for i := 1; i < 5; i++ {
		s.record(time.Duration(i)*time.Minute, true, map[string]float64{value: 2})
	}
	if why := s.Problem(); !strings.Contains(why, "the disk of "+s.dir+" is full") {
		t.Errorf("the problem is %q", why)
	}
	if list := s.Troubles(); len(list) != 1 || list[0].Kind != history.NotWritten || list[0].Why != s.Problem() {
		t.Errorf("the troubles are %v", list)
	}
	if n := strings.Count(s.log.String(), "is full"); n != 1 {
		t.Errorf("it is logged %d times:\n%s", n, s.log)
	}
	appender := s.Appendable().Appender(t.Context()) // as a rule does
	if _, err := appender.Append(0, labels.FromStrings(model.MetricNameLabel, "recorded"), noon.UnixMilli(), 1); err != nil {
		t.Error(err)
	}
	if err := appender.Commit(); err != nil {
		t.Error(err)
	}
	free.Store(10 << 30)
	s.record(5*time.Minute, true, map[string]float64{value: 3})
	if why := s.Problem(); why != "" || !strings.Contains(s.log.String(), "is being written again") {
		t.Errorf("afterwards the problem is %q:\n%s", why, s.log)
	}
	if got := s.samples(5*time.Minute, value, "10m"); len(got) != 1 || !strings.Contains(fmt.Sprint(got), ":2") {
		t.Errorf("samples: %v", got)
	}
	if got := s.values(5*time.Minute, "recorded"); len(got) != 0 {
		t.Errorf("a rule has recorded on a full disk: %v", got)
	}
}

// A clock that is set back by less than the window is followed; by more, the samples are left out with one line in the log.
func TestAClockSetBack(t *testing.T) {
	s := newSite(t).open()
	s.record(0, true, map[string]float64{value: 1})
	s.record(-30*time.Minute, true, map[string]float64{value: 2})
	s.record(-29*time.Minute, false, map[string]float64{value: 2})
	if got := s.samples(0, value, "1h"); !strings.Contains(fmt.Sprint(got), ":3") {
		t.Errorf("within the window: %v", got)
	}
	for i := range 5 {
		s.record(-5*time.Hour+time.Duration(i)*time.Minute, true, map[string]float64{value: 3, `egov_unit_info{unit="new"}`: 1})
	}
	if n := strings.Count(s.log.String(), "level="); n != 1 || s.Problem() != "" {
		t.Errorf("the log has %d lines, the problem is %q:\n%s", n, s.Problem(), s.log)
	}
	if list := s.Troubles(); len(list) != 1 || list[0].Kind != history.Late || list[0].Why == "" {
		t.Errorf("the troubles are %v", list)
	}
	s.record(time.Minute, true, map[string]float64{value: 4, `egov_unit_info{unit="new"}`: 1})
	if list := s.Troubles(); len(list) != 0 {
		t.Errorf("afterwards the troubles are %v", list)
	}
	if got := s.values(time.Minute, value); !strings.Contains(fmt.Sprint(got), ":4") {
		t.Errorf("afterwards: %v", got)
	}
	if got := s.values(time.Minute, "egov_unit_info"); len(got) != 1 {
		t.Errorf("a series that began in that time: %v", got)
	}
}

// A clock that was years ahead for a while, as after a flat battery, does not end history for years: from the next start on it
// is written again, and what was there before is still there.
func TestAClockThatWasFarAhead(t *testing.T) {
	usual := func(o *history.Options) { o.Late = 24 * time.Hour }
	for _, ahead := range []time.Duration{72 * time.Hour, 4 * 365 * 24 * time.Hour} {
		s := newSite(t).open(usual)
		for minute := range 10 {
			s.record(time.Duration(minute)*time.Minute, true, map[string]float64{value: 1})
		}
		s.record(ahead, true, map[string]float64{value: 2})
		check(t, s.Close())
		s.now = noon.Add(20 * time.Minute)
		s.open(usual)
		s.record(21*time.Minute, true, map[string]float64{value: 3})
		if got := s.values(21*time.Minute, value); !strings.Contains(fmt.Sprint(got), ":3") {
			t.Errorf("%v ahead: afterwards: %v\n%s", ahead, got, s.log)
		}
		if got := s.samples(21*time.Minute, value, "1h"); !strings.Contains(fmt.Sprint(got), ":11") {
			t.Errorf("%v ahead: of the hour there are %v", ahead, got)
		}
		if !strings.Contains(s.log.String(), "the clock showed up to") {
			t.Errorf("%v ahead: nothing is said:\n%s", ahead, s.log)
		}
	}
}

// hours writes a page a minute for so many hours after noon, so that blocks are made.
func (s *site) hours(n int) {
	s.t.Helper()
	for minute := range n * 60 {
		s.record(time.Duration(minute)*time.Minute, true, map[string]float64{value: float64(minute)})
	}
	deadline := time.Now().Add(20 * time.Second)
	for len(s.blocks()) == 0 {
		if time.Now().After(deadline) {
			s.t.Fatal("no block was made")
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// One size is for all of history: what closed days take of their share, the live store has to do without; its oldest blocks
// go.
func TestOneSizeForBothStores(t *testing.T) {
	const most = 160 << 10 // the journal alone takes more than a quarter
	s := newSite(t)
	s.now = noon
	past := newDays(t, 1, value)
	s.open(func(o *history.Options) { o.MaxBytes = most })
	s.SetPast(past)
	s.hours(9)
	oldest := s.blocks()[0]
	if got := s.values(10*time.Minute, value); len(got) != 1 {
		t.Fatalf("of the first hours there are %v", got)
	}
	past.(days).size.Store(most)
	for minute := 9 * 60; ; minute++ {
		if _, err := os.Stat(oldest); errors.Is(err, os.ErrNotExist) {
			break
		}
		if minute > 40*60 {
			t.Fatal("closed days take all of the room, and the oldest block of the live store stays")
		}
		s.record(time.Duration(minute)*time.Minute, true, map[string]float64{value: float64(minute)})
		time.Sleep(time.Millisecond) // blocks are made and removed beside this
	}
	if got := history.PastShare(most); got != 120<<10 {
		t.Errorf("closed days may have %d bytes", got)
	}
	if got := history.PastShare(0); got != 0 {
		t.Errorf("without a limit closed days may have %d bytes", got)
	}
}

// blocks are the folders of blocks that are complete.
func (s *site) blocks() []string {
	found, _ := filepath.Glob(filepath.Join(s.dir, "live", "*", "meta.json"))
	var blocks []string
	for _, f := range found {
		if dir := filepath.Dir(f); !strings.Contains(filepath.Base(dir), "tmp") {
			blocks = append(blocks, dir)
		}
	}
	return blocks
}

// Damage is set aside with a message, and the agent starts with what is left.
func TestDamageIsSetAside(t *testing.T) {
	tests := []struct {
		name   string
		damage func(t *testing.T, s *site)
		left   bool // whether the first hours are still there
		aside  string
	}{
		{"a block without its index", func(t *testing.T, s *site) {
			check(t, os.Truncate(filepath.Join(s.blocks()[0], "index"), 10))
		}, false, "index"},
		{"a block with a broken description", func(t *testing.T, s *site) {
			check(t, os.WriteFile(filepath.Join(s.blocks()[0], "meta.json"), []byte("{"), 0o600))
		}, false, "meta.json"},
		{"a journal with a broken end", func(t *testing.T, s *site) {
			segments, _ := filepath.Glob(filepath.Join(s.dir, "live", "wal", "0*"))
			var last string
			var content []byte
			for len(content) == 0 { // the last may just have been begun
				last, segments = segments[len(segments)-1], segments[:len(segments)-1]
				var err error
				content, err = os.ReadFile(last)
				check(t, err)
			}
			for i := len(content) / 2; i < len(content); i++ {
				content[i] ^= 0x5a
			}
			check(t, os.WriteFile(last, content, 0o600))
		}, true, ""},
		{"a checkpoint that is not one", func(t *testing.T, s *site) {
			folder := filepath.Join(s.dir, "live", "wal", "checkpoint.00000099")
			check(t, os.MkdirAll(folder, 0o750))
			check(t, os.WriteFile(filepath.Join(folder, "00000000"), bytes.Repeat([]byte{0xff}, 40_000), 0o600))
		}, true, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t).open()
			s.hours(5)
			check(t, s.Close())
			test.damage(t, s)
			s.log = new(lines)
			s.open()
			if got := s.values(10*time.Minute, value); (len(got) == 1) != test.left {
				t.Errorf("of the first hours there are %v\n%s", got, s.log)
			}
			if !strings.Contains(s.log.String(), "level=ERROR") {
				t.Errorf("nothing is said:\n%s", s.log)
			}
			if list := s.Troubles(); len(list) == 0 || list[0].Kind != history.Damaged || list[0].Why == "" {
				t.Errorf("the troubles are %v", list)
			}
			if test.aside != "" {
				if found, _ := filepath.Glob(filepath.Join(s.dir, "damaged", "*", "*", test.aside)); len(found) != 1 {
					t.Errorf("set aside are %v\n%s", found, s.log)
				}
			}
			s.record(6*time.Hour, true, map[string]float64{value: 42})
			if got := s.values(6*time.Hour, value); !strings.Contains(fmt.Sprint(got), ":42") {
				t.Errorf("afterwards: %v", got)
			}
		})
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
