// Package sourcelog has the words in which agent, ledger, pages and commands speak of sources and their reads: how a source
// is doing now, what a read did, and what was found wrong. It has no I/O, so that a page can show all of that without a
// database behind it; the log itself is kept by internal/ledger.
package sourcelog

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kpiagent/internal/kpi"
)

// Status is how a configured source is doing right now. Times are zero where there is none.
type Status struct {
	Unit, ID     string
	Name         string        // "unit/source", as the ledger has it
	Kind, Record string        // as configured: sql, file, …; dossier, procedure, observation
	Schedule     string        // as configured
	StaleAfter   time.Duration // figures older than that count as stale
	Running      bool          // it is being read; false while it waits for its turn
	Up           bool          // the last read went well
	LastSuccess  time.Time     // the end of the last read that went well, also of one before the agent's start
	LastRun      time.Time     // the beginning of the last read, also of a failed one
	NextRun      time.Time     // when it is read next by its schedules, jitter not counted; zero while the agent is not running
	// Refused: the system has refused the user or the password; not read on schedule until the secret or the configuration
	// changes.
	Refused      bool
	RestingUntil time.Time // it has failed too often in a row: not read before then; zero or past where it is not resting
	Held         int64     // records missing from the last complete read that were held back instead of removed
}

// Summary counts what a read did.
type Summary struct {
	Rows     int64 `json:"rows"`
	Good     int64 `json:"-"` // records that count, new or known; several of a row with several totals
	Added    int64 `json:"added"`
	Changed  int64 `json:"changed"`
	Removed  int64 `json:"removed"`
	Rejected int64 `json:"rejected"`
	Warned   int64 `json:"warned"`
	// Skipped counts the rows that are no records, or none yet.
	Skipped int64 `json:"skipped"`
	// SkippedBy divides them by what passed them over: "rule 'tổng'", "mapping.outcome".
	SkippedBy map[string]int64 `json:"skipped_by,omitempty"`
	// Held counts the records that were missing from the last complete read and are held back instead of removed.
	Held    int64  `json:"held"`
	HeldWhy string `json:"held_why,omitempty"`
	// Awaited counts the records that only this complete read lacks, and that stay until another one lacks them: rows may have
	// moved between its pages. Not in the run log.
	Awaited   int64 `json:"awaited,omitempty"`
	Unchanged bool  `json:"unchanged"`
	// ByReason counts the rejected rows of this run.
	ByReason map[kpi.Reason]int64 `json:"by_reason,omitempty"`
}

// Reasons returns counts by reason for a message, the most frequent first: "3 × unknown_procedure, 1 × bad_date".
func Reasons(counts map[kpi.Reason]int64) string {
	reasons := slices.SortedFunc(maps.Keys(counts), func(a, b kpi.Reason) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	parts := make([]string, len(reasons))
	for i, reason := range reasons {
		parts[i] = fmt.Sprintf("%d × %s", counts[reason], reason)
	}
	return strings.Join(parts, ", ")
}

// Skipped says for a message by what rows were skipped, the most frequent first: "rule 'tổng'", or "8 × rule 'tổng', 3 ×
// mapping.outcome".
func Skipped(counts map[string]int64) string {
	if len(counts) == 1 {
		for by := range counts {
			return by
		}
	}
	rules := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	for i, by := range rules {
		rules[i] = fmt.Sprintf("%d × %s", counts[by], by)
	}
	return strings.Join(rules, ", ")
}

// Add adds the counts of a batch; ByReason must not be nil where the batch has rejected rows.
func (s *Summary) Add(o Summary) {
	s.Rows += o.Rows
	s.Good += o.Good
	s.Added += o.Added
	s.Changed += o.Changed
	s.Removed += o.Removed
	s.Rejected += o.Rejected
	s.Warned += o.Warned
	s.Skipped += o.Skipped
	for by, rows := range o.SkippedBy {
		if s.SkippedBy == nil {
			s.SkippedBy = map[string]int64{}
		}
		s.SkippedBy[by] += rows
	}
	for reason, n := range o.ByReason {
		s.ByReason[reason] += n
	}
}

// Known counts the records that were known as they are.
func (s Summary) Known() int64 { return s.Good - s.Added - s.Changed }

// String is one line for people. What the rows became adds up to the rows; where one row has several records, to the records.
func (s Summary) String() string {
	text := "unchanged"
	if !s.Unchanged {
		text = fmt.Sprintf("%d rows", s.Rows)
		if s.Good+s.Rejected+s.Skipped != s.Rows {
			text += fmt.Sprintf(", %d records", s.Good+s.Rejected)
		}
		text += fmt.Sprintf(": %d added, %d changed, %d unchanged, %d rejected", s.Added, s.Changed, s.Known(), s.Rejected)
		if s.Skipped > 0 {
			text += fmt.Sprintf(", %d skipped (%s)", s.Skipped, Skipped(s.SkippedBy))
		}
		text += fmt.Sprintf("; %d removed, %d warnings", s.Removed, s.Warned)
	}
	if s.Held > 0 {
		text += fmt.Sprintf("; %d missing ones held back", s.Held)
	}
	if s.Awaited > 0 {
		text += fmt.Sprintf("; %d missing ones stay until another complete read lacks them", s.Awaited)
	}
	return text
}

// Run is one line of the run log.
type Run struct {
	Source  string    `json:"source"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"` // zero while it runs
	Full    bool      `json:"full"`
	OK      bool      `json:"ok"`
	Error   string    `json:"error,omitempty"`
	Summary
}

// Day is what became of the reads of one source that ended on one day.
type Day struct {
	Source     string
	Day        kpi.Day
	OK, Failed int64     // runs
	Rows       int64     // that they read
	Rejected   int64     // of those
	LastOK     time.Time // when the last run that went well ended; zero where there was none
}

// Finding is a row that was rejected, or taken with a warning, as people look at it.
type Finding struct {
	Taken  bool   `json:"taken"`
	Row    int64  `json:"row"`
	Record string `json:"record"`
	Reason string `json:"reason"`
	Field  string `json:"field"`
	Detail string `json:"detail"`
	Raw    string `json:"raw"`
}
