package pages

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

// profileView is what the columns of the last complete read held.
type profileView struct {
	Read    string
	Doubts  []string // about the list as a whole
	Headers []headerView
}

type headerView struct {
	Rows    string
	Columns []columnView
}

type columnView struct {
	Name, Cells, Empty, Distinct, Range string
	Doubts                              []string
}

// profile returns what the ledger keeps of a source's columns; nil where it keeps nothing. raw: the visitor may see cells.
func (r *request) profile(name string, raw bool) (*profileView, error) {
	kept, err := r.pages.Ledger.Profile(r.http.Context(), name)
	if err != nil || kept == nil {
		return nil, err
	}
	view := &profileView{Read: r.exact(kept.Read), Doubts: r.doubts(kept.Jumps, raw)}
	for _, h := range kept.Headers {
		header := headerView{Rows: r.Count("sum.rows", float64(h.Rows))}
		for i := range h.Columns {
			header.Columns = append(header.Columns, r.column(&h.Columns[i], raw))
		}
		view.Headers = append(view.Headers, header)
	}
	return view, nil
}

func (r *request) column(c *sourcelog.Column, raw bool) columnView {
	view := columnView{Name: c.Name, Empty: r.Whole(c.Empty), Doubts: r.doubts(slices.Concat(c.Doubts, c.Jumps), raw)}
	var cells, ranges []string
	for _, kind := range []struct {
		key string
		n   int64
	}{{"texts", c.Texts}, {"numbers", c.Numbers}, {"dates", c.Times}, {"others", c.Others}, {"guarded", c.Guarded}, {"hidden", c.Hidden}} {
		if kind.n > 0 {
			cells = append(cells, r.Count("cells."+kind.key, float64(kind.n)))
		}
	}
	view.Cells = strings.Join(cells, ", ")
	if view.Distinct = r.Whole(int64(c.Distinct)); c.Many {
		view.Distinct = "≥ " + view.Distinct
	}
	if raw && len(c.Values) > 0 {
		view.Distinct += ": " + r.values(c.Values)
	}
	if c.Numbers > 0 {
		ranges = append(ranges, r.Number(c.Least, 3)+" – "+r.Number(c.Most, 3))
	}
	if !c.First.IsZero() {
		ranges = append(ranges, r.day(kpi.DayOf(c.First))+" – "+r.day(kpi.DayOf(c.Last)))
	}
	view.Range = strings.Join(ranges, "; ")
	return view
}

// shownValues is how many values of a column of codes the page names.
const shownValues = 4

// values names the most frequent values of a column.
func (r *request) values(counts map[string]int64) string {
	list := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	var said []string
	for _, value := range list[:min(len(list), shownValues)] {
		said = append(said, value+" ("+r.Whole(counts[value])+")")
	}
	if len(list) > shownValues {
		said = append(said, "…")
	}
	return strings.Join(said, ", ")
}

// doubts says doubts in the language of the page; cells are left out where the visitor may not see them.
func (r *request) doubts(list []sourcelog.Doubt, raw bool) (said []string) {
	for _, d := range list {
		if key := "doubt." + string(d.Kind); r.Has(key) {
			said = append(said, r.Say(key, d.Parts(r.Whole, r.dated, func(cell string) string {
				if !raw {
					return "…"
				}
				return strconv.Quote(cell)
			})...))
		}
	}
	return said
}

// dated writes a word, or a day as the page writes days.
func (r *request) dated(word string) string {
	if at, err := time.Parse(time.DateOnly, word); err == nil {
		return r.day(kpi.DayOf(at))
	}
	return word
}

// sum says what the rows of a read became, and adds up to them; "" where the run log does not know.
func (r *request) sum(s sourcelog.Summary) string {
	if s.Rows == 0 || s.Good+s.Rejected+s.Skipped < s.Rows {
		return ""
	}
	of := r.Count("sum.rows", float64(s.Rows))
	if s.Good+s.Rejected+s.Skipped > s.Rows {
		of += ", " + r.Count("sum.records", float64(s.Good+s.Rejected))
	}
	parts := []string{r.Count("sum.counted", float64(s.Good), r.Whole(s.Added), r.Whole(s.Changed), r.Whole(s.Known()))}
	if s.Skipped > 0 {
		parts = append(parts, r.Count("sum.skipped", float64(s.Skipped), r.shares(s.SkippedBy, s.Skipped, r.rule)))
	}
	if s.Rejected > 0 {
		reasons := make(map[string]int64, len(s.ByReason))
		for reason, n := range s.ByReason {
			reasons[string(reason)] = n
		}
		parts = append(parts, r.Count("sum.rejected", float64(s.Rejected), r.shares(reasons, s.Rejected, r.reason)))
	}
	if s.Warned > 0 {
		parts = append(parts, r.Count("sum.warned", float64(s.Warned)))
	}
	return of + ": " + strings.Join(parts, "; ")
}

// shares names the parts of a count, the largest first; a single one without its number.
func (r *request) shares(counts map[string]int64, all int64, name func(string) string) string {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	for i, key := range keys {
		if keys[i] = name(key); counts[key] != all {
			keys[i] = r.Whole(counts[key]) + " × " + keys[i]
		}
	}
	return strings.Join(keys, ", ")
}

// rule names what skipped rows: a rule of the configuration in words, a field of the mapping as it is.
func (r *request) rule(by string) string {
	if name, rule := strings.CutPrefix(by, "rule "); rule {
		return r.Say("sum.rule", strings.Trim(name, "'"))
	}
	return by
}
