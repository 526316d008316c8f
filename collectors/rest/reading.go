package rest

import (
	"context"
	"fmt"
	"hash/maphash"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"kpiagent/collectors"
	"kpiagent/collectors/cursor"
	"kpiagent/collectors/httpclient"
	"kpiagent/collectors/jq"
	"kpiagent/config/layout"
	"kpiagent/internal/kpi"
)

// reading is one read: what is asked, and what came.
type reading struct {
	source   *Source
	session  *httpclient.Session
	sink     collectors.Sink
	request  collectors.Request
	known    httpclient.Validity // asked with; of a source without pages
	latest   httpclient.Validity // what came with the answer
	complete bool
	tracker  *cursor.Tracker // nil without a change column
	number   int64
	asked    int // pages

	begun   bool     // the sink knows the columns
	looked  bool     // whether the columns are there
	present []string // members of the first rows, for messages
	columns []column
	values  []collectors.Value
	rows    []map[string]any // of the present page
	seed    maphash.Seed
	pagesOf map[uint64]int // which page had these rows
	slips   slips
	drifted bool // nothing proves that no row slipped from one page to another

	detailed  bool // some row got its detail
	inVain    int  // how many rows before it did not
	forbidden int  // and of these, how many were not for the agent
}

// begin decides what is asked for.
func (s *Source) begin(request collectors.Request, sink collectors.Sink, session *httpclient.Session) *reading {
	r := &reading{source: s, session: session, sink: sink, request: request, complete: true, seed: maphash.MakeSeed()}
	r.columns = slices.Clone(s.columns)
	r.values = make([]collectors.Value, len(s.names))
	if s.change != nil {
		r.tracker = s.change.Track(request)
		r.tracker.At, r.tracker.Sort = slices.Index(s.names, s.change.Config.Column), "ask the system to sort by it"
		r.complete = r.tracker.Complete
	} else if s.keepsMark() && !request.Full {
		r.known = httpclient.ParseValidity(request.State)
	}
	r.again()
	return r
}

// keepsMark reports whether the mark of one answer tells that all is unchanged. That of a list tells nothing of its details, nor
// of those that could not be had.
func (s *Source) keepsMark() bool {
	return s.config.Pages == nil && s.config.Method == "GET" && s.detail == nil
}

// again begins again with the first page.
func (r *reading) again() {
	r.asked, r.number, r.pagesOf = 0, 0, map[uint64]int{}
	r.slips = newSlips(r.source.names, r.source.key, r.tracker != nil)
	if r.tracker != nil {
		r.tracker.Again()
	}
}

// page returns the page's number for messages.
func (r *reading) page() int {
	if r.source.config.Pages == nil {
		return 0
	}
	return r.asked
}

// take passes the rows of one answer on.
func (r *reading) take(ctx context.Context, got *answer) error {
	clear(r.rows)
	r.rows = r.rows[:0]
	r.latest = got.validity
	if !got.none {
		err := r.source.rows.Each(ctx, got.body, func(value any) error {
			row, isObject := value.(map[string]any)
			if !isObject {
				return fmt.Errorf("rows %s gives %s where each row has to be an object; look at an answer of the system and correct rows", r.source.config.Rows, jq.KindOf(value))
			}
			if r.source.detail != nil {
				row = maps.Clone(row) // the detail changes it: pages.next looks at the answer as it came, and may have rows twice
			}
			r.rows = append(r.rows, row)
			return nil
		})
		if err != nil {
			return fmt.Errorf("%w%s", err, membersOf(got.body))
		}
		if err := r.good(ctx, got, len(r.rows)); err != nil {
			return err
		}
	}
	var hash maphash.Hash
	hash.SetSeed(r.seed)
	for rest := r.rows; len(rest) > 0; {
		rows := rest[:min(r.stretch(), len(rest))]
		if err := r.rowsToSink(ctx, rows, &hash); err != nil {
			return err
		}
		rest = rest[len(rows):]
		clear(rows) // so that few details are held at once
	}
	return r.repeated(hash.Sum64())
}

// stretch returns how many rows are passed on together.
func (r *reading) stretch() int {
	if r.source.detail == nil {
		return len(r.rows)
	}
	if r.request.Limit > 0 {
		return max(1, min(atATime, r.request.Limit-int(r.number)))
	}
	return atATime
}

// rowsToSink passes rows on, each with its detail where it has one.
func (r *reading) rowsToSink(ctx context.Context, rows []map[string]any, hash *maphash.Hash) (err error) {
	var faults []*kpi.Fault
	if r.source.detail != nil {
		if faults, err = r.details(ctx, rows); err != nil {
			return err
		}
	}
	whole := make([]map[string]any, 0, len(rows))
	for i, row := range rows {
		if faults == nil || faults[i] == nil {
			whole = append(whole, row)
		}
	}
	if !r.looked && len(whole) > 0 {
		r.looked = true
		r.present = members(whole, 200)
		if !r.source.config.OmitsEmpty {
			if err := r.missing(whole); err != nil {
				return err
			}
		}
	}
	if err := r.columnsToSink(); err != nil {
		return err
	}
	for i, row := range rows {
		var fault *kpi.Fault
		if faults != nil {
			fault = faults[i]
		}
		if err := r.pass(row, fault, hash); err != nil {
			return err
		}
	}
	return nil
}

// columnsToSink tells the columns once, also of a read without rows.
func (r *reading) columnsToSink() error {
	if r.begun {
		return nil
	}
	r.begun = true
	return r.sink.Columns("", r.source.names)
}

// missing says which columns none of the rows has, nor one before them.
func (r *reading) missing(rows []map[string]any) error {
	var list []collectors.MissingColumn
	for i := range r.columns {
		c := &r.columns[i]
		for at := 0; !c.seen && !c.optional && at < len(rows); at++ {
			_, c.seen = c.of(rows[at])
		}
		if !c.seen && !c.optional {
			list = append(list, collectors.MissingColumn{Field: "mapping", Column: c.name})
		}
	}
	if len(list) == 0 {
		return nil
	}
	slices.Sort(r.present)
	err := collectors.MissingColumns(r.present, list...)
	if !r.source.config.OmitsEmpty {
		return fmt.Errorf("no row of the first page has a mapped column; correct the mapping, or set omits_empty: true where the system leaves members without a value out: %w", err)
	}
	return fmt.Errorf("no row has a mapped column; correct the mapping: %w", err)
}

// pass hands one row over, and follows the change column.
func (r *reading) pass(row map[string]any, fault *kpi.Fault, hash *maphash.Hash) error {
	r.number++
	at := collectors.Position{Number: r.number, Fault: fault}
	if err := flatten(row, r.columns, r.values); err != nil {
		text := rowText(row)
		_, _ = hash.WriteString(text)
		return r.sink.Malformed(r.number, text, err)
	}
	for i := range r.values {
		sum(hash, &r.values[i])
	}
	r.slips.add(r.asked, r.values)
	if r.tracker == nil {
		return r.sink.Row(at, r.values)
	}
	columnFault, err := r.tracker.Row(r.sink, at, r.values)
	if columnFault != nil {
		return r.sink.Malformed(r.number, rowText(row), columnFault)
	}
	return err
}

// sum adds a value to the sum of its page. A write to a hash cannot fail.
func sum(hash *maphash.Hash, v *collectors.Value) {
	_ = hash.WriteByte(byte(v.Kind))
	switch v.Kind {
	case collectors.Text:
		_, _ = hash.WriteString(v.Text)
	case collectors.Int, collectors.Bool:
		maphash.WriteComparable(hash, v.Int)
	case collectors.Float:
		maphash.WriteComparable(hash, math.Float64bits(v.Float))
	}
	_ = hash.WriteByte(0)
}

// repeated refuses a page whose rows came before: the system does not understand which page is meant.
func (r *reading) repeated(sum uint64) error {
	if len(r.rows) == 0 || r.source.config.Pages == nil {
		return nil
	}
	if before, twice := r.pagesOf[sum]; twice {
		return fmt.Errorf("the page has the same rows as page %d: the system does not understand how it is asked for another page; correct pages.by and pages.parameter", before)
	}
	r.pagesOf[sum] = r.asked
	return nil
}

// result says what was read, once all of it was.
func (r *reading) result() collectors.Result {
	result := collectors.Result{Complete: r.complete, Drifts: r.drifted}
	switch {
	case r.tracker != nil:
		result.State = r.tracker.State(r.request.State)
	case r.source.keepsMark():
		result.State = r.latest.String()
	}
	return result
}

// since writes the cursor, less the overlap, for the system.
func (r *reading) since() string {
	incremental := r.source.config.Incremental
	if incremental.Type == "number" {
		if r.tracker.From.Number < math.MinInt64+incremental.Back {
			return strconv.FormatInt(math.MinInt64, 10)
		}
		return strconv.FormatInt(r.tracker.From.Number-incremental.Back, 10)
	}
	t := r.tracker.From.Moment.Time(r.source.location).Add(-incremental.Overlap).In(r.source.location)
	switch incremental.Layout {
	case "", layout.ISO:
		return t.Format(time.RFC3339)
	case layout.Unix:
		return strconv.FormatInt(t.Unix(), 10)
	case layout.UnixMillis:
		return strconv.FormatInt(t.UnixMilli(), 10)
	}
	return r.tracker.Dates.Write(t)
}

// parameters returns those of every request; what uses :since is left out of a complete read.
func (r *reading) parameters(set func(name, value string)) {
	for _, p := range r.source.config.Query {
		if !strings.Contains(p.Value, ":since") {
			set(p.Name, p.Value)
		} else if !r.complete {
			set(p.Name, strings.ReplaceAll(p.Value, ":since", r.since()))
		}
	}
}
