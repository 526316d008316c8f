package rest

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"

	"kpiagent/collectors"
	"kpiagent/internal/kpi"
)

// mostRemembered bounds how many rows of a read are told apart; in a longer one nothing is said of repetitions.
const mostRemembered = 1_000_000

// slips notices rows that come on two pages of one read: the system has moved rows while its pages were read, so that others may
// have slipped through between them.
type slips struct {
	by       []int // the columns that tell a row from others; none where that is not known
	seed     maphash.Seed
	pages    map[uint64]int // on which page a row came first
	repeated int64          // rows that came on an earlier page
}

// newSlips looks at the columns named. Rows of a source with a change column may be versions of one record: there only
// repetitions of the whole row count.
func newSlips(names, key []string, whole bool) slips {
	s := slips{seed: maphash.MakeSeed(), pages: map[uint64]int{}}
	for i, name := range names {
		if len(key) > 0 && whole || slices.Contains(key, name) {
			s.by = append(s.by, i)
		}
	}
	return s
}

// add takes the row of a page in.
func (s *slips) add(page int, values []collectors.Value) {
	if len(s.by) == 0 || len(s.pages) >= mostRemembered {
		return
	}
	var hash maphash.Hash
	hash.SetSeed(s.seed)
	for _, i := range s.by {
		sum(&hash, &values[i])
	}
	row := hash.Sum64()
	if first, known := s.pages[row]; !known {
		s.pages[row] = page
	} else if first != page {
		s.repeated++
	}
}

// errMoved says that rows came on two pages.
var errMoved = errors.New("rows moved between the pages while they were read")

// drifts reports whether the pages are such that a row may slip from one to another between two requests, and nothing proves that
// none did.
func (r *reading) drifts(w *way) bool {
	p := r.source.config.Pages
	return p != nil && (p.By == "page" || p.By == "offset") && (w.total < 0 || r.number-r.slips.repeated < w.total)
}

// doubt warns of rows that came on two pages in every try.
func (r *reading) doubt() {
	r.sink.Warn(kpi.SlippedRows, fmt.Sprintf("%d rows came on two pages, in every try: the order of the pages is not unique, or rows "+
		"change while they are read, and others may be missing; ask for an order by id, or for pages by a cursor; what this read lacks is not taken out",
		r.slips.repeated))
}

// countsFromZero is an error where page 0 has rows of its own although the first page is to be 1: they were left out. That nothing
// comes, or the first page once more, is well.
func (r *reading) countsFromZero(ctx context.Context, w *way) error {
	p := r.source.config.Pages
	if p == nil || p.By != "page" || p.First != 1 || !r.complete || w.total >= 0 && r.number >= w.total {
		return nil
	}
	address, err := w.with(p.Parameter, "0")
	if err != nil {
		return err
	}
	got, err := r.ask(ctx, address)
	if err != nil || got.none {
		return ctx.Err() // a system that has no page 0 may say so as it likes
	}
	var hash maphash.Hash
	hash.SetSeed(r.seed)
	rows := 0
	err = r.source.rows.Each(ctx, got.body, func(value any) error {
		row, isObject := value.(map[string]any)
		if !isObject {
			return errors.New("no row")
		}
		rows++
		if err := flatten(row, r.columns, r.values); err != nil {
			_, _ = hash.WriteString(rowText(row))
			return nil
		}
		for i := range r.values {
			sum(&hash, &r.values[i])
		}
		return nil
	})
	if _, known := r.pagesOf[hash.Sum64()]; err != nil || rows == 0 || known {
		return ctx.Err()
	}
	return fmt.Errorf("page 0 has %s rows of its own: the system counts its pages from 0, and they were left out; write pages: {first: 0}",
		strconv.Itoa(rows))
}
