package collectors

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"kpiagent/collectors/listing"
	"kpiagent/config"
	"kpiagent/internal/canonical"
)

// groupRule is the rule that skips the headings of config.Rows.Group where no other does.
const groupRule = "group"

// rowShaper does what the configuration says of rows before they are mapped. Each read has its own; nil does nothing.
type rowShaper struct {
	given config.Rows
	rules []skipRule

	columns []string // of the present header
	fill    []filled
	texts   []string // of the present row, canonical
	values  []Value  // of the present row, shaped
	group   string   // the heading that the row stands below
	signed  string   // the rule that has found the signatures; "" before them
}

// filled is a column whose empty cells take the value above.
type filled struct {
	column int
	above  Value
}

// skipRule is a rule, tied to a header.
type skipRule struct {
	config.SkipRule
	name    string
	texts   []string // that it compares with, canonical
	pattern *regexp.Regexp
	column  int // -1: the first text
}

// newRowShaper prepares the rules of a checked configuration; nil where there are none.
func newRowShaper(given config.Rows) (*rowShaper, error) {
	if len(given.Skip) == 0 && len(given.FillDown) == 0 && given.Group == "" {
		return nil, nil
	}
	s := &rowShaper{given: given}
	for i, one := range given.Skip {
		rule := skipRule{SkipRule: one, name: one.Name()}
		for _, text := range slices.Concat(one.Is, one.IsNot, one.Begins) {
			text = canonical.Text(text)
			if len(one.Begins) > 0 {
				text = strings.ToLower(text)
			}
			rule.texts = append(rule.texts, text)
		}
		if one.Pattern != "" {
			var err error
			if rule.pattern, err = regexp.Compile(one.Pattern); err != nil {
				return nil, fmt.Errorf("rows.skip[%d].pattern: %w", i, err)
			}
		}
		s.rules = append(s.rules, rule)
	}
	if given.Group != "" && !slices.ContainsFunc(given.Skip, func(r config.SkipRule) bool { return r.Known == groupRule }) {
		s.rules = append(s.rules, skipRule{SkipRule: config.SkipRule{Known: groupRule}, name: groupRule})
	}
	return s, nil
}

// bind ties the rules to a header, and returns the columns with those that are added, and those that are missing.
func (s *rowShaper) bind(columns []string) (all []string, missing []MissingColumn, err error) {
	s.columns, s.fill, s.group, s.signed = columns, s.fill[:0], "", ""
	find := func(key, name string) int {
		at := columnOf(columns, name)
		if at < 0 {
			missing = append(missing, MissingColumn{Field: key, Column: name})
		}
		return at
	}
	for i := range s.rules {
		if s.rules[i].column = -1; s.rules[i].Column != "" {
			s.rules[i].column = find(fmt.Sprintf("rows.skip[%d]", i), s.rules[i].Column)
		}
	}
	for i, name := range s.given.FillDown {
		s.fill = append(s.fill, filled{column: find(fmt.Sprintf("rows.fill_down[%d]", i), name)})
	}
	if s.given.Group == "" {
		return columns, missing, nil
	}
	if columnOf(columns, s.given.Group) >= 0 {
		return nil, nil, fmt.Errorf("rows.group_column: the source has a column %q already; give the added one a name of its own",
			s.given.Group)
	}
	return append(slices.Clone(columns), s.given.Group), missing, nil
}

// take shapes a row; skipped is the name of the rule that passes it over, "" for none.
func (s *rowShaper) take(values []Value) (shaped []Value, skipped string) {
	s.values = append(s.values[:0], values...)
	if s.given.Group != "" {
		s.values = append(s.values, Value{Kind: Text, Text: s.group})
	}
	s.texts = s.texts[:0]
	if len(s.rules) > 0 {
		for i := range values {
			s.texts = append(s.texts, canonical.Text(values[i].String()))
		}
		if skipped = s.skippedBy(s.texts); skipped != "" {
			return s.values, skipped
		}
	}
	for i := range s.fill {
		f := &s.fill[i]
		if v := &s.values[f.column]; v.Kind == Null || v.Kind == Text && canonical.Text(v.Text) == "" {
			*v = f.above
		} else if f.above.Kind != v.Kind || f.above != *v {
			f.above = *v
			f.above.Text = strings.Clone(v.Text)
		}
	}
	return s.values, ""
}

// skippedBy returns the name of the first rule that fits a row of texts.
func (s *rowShaper) skippedBy(texts []string) string {
	present := 0
	first := ""
	for _, text := range texts {
		if text != "" {
			if present++; present == 1 {
				first = text
			}
		}
	}
	for i := range s.rules {
		if rule := &s.rules[i]; rule.Known != "" {
			if s.known(rule, texts, first, present) {
				return rule.name
			}
		} else if text := first; rule.column >= 0 {
			if rule.fits(texts[rule.column]) {
				return rule.name
			}
		} else if rule.fits(text) {
			return rule.name
		}
	}
	return ""
}

// skippedText returns the name of the first rule that fits a row that could not be cut into cells: its text begins as that of its
// first cell does.
func (s *rowShaper) skippedText(text string) string {
	first := canonical.Text(strings.TrimLeft(text, " \t\r\n;,|\""))
	few := len([]rune(first)) <= longestQuote
	for i := range s.rules {
		rule := &s.rules[i]
		switch {
		case rule.Known == "total" && listing.Total(first),
			rule.Known == "signature" && few && s.isSigned(rule, first),
			rule.Known == "" && rule.column < 0 && len(rule.Is) == 0 && len(rule.IsNot) == 0 && rule.fits(first):
			return rule.name
		}
	}
	return ""
}

// known reports whether a row is of a kind that lists have.
func (s *rowShaper) known(rule *skipRule, texts []string, first string, present int) bool {
	switch rule.Known {
	case "total":
		return listing.Total(first)
	case "numbers":
		return listing.Numbers(texts)
	case "header":
		return s.isHeader(texts)
	case "signature":
		return (present <= 1 || 2*present <= len(texts)) && s.isSigned(rule, first)
	}
	heading, is := listing.Group(texts)
	if is {
		s.group = strings.Clone(heading)
	}
	return is
}

// isSigned reports whether a row that is nearly empty is part of what stands around signatures: from the first such text on,
// all are.
func (s *rowShaper) isSigned(rule *skipRule, first string) bool {
	if s.signed == "" && listing.Signature(first) {
		s.signed = rule.name
	}
	return s.signed != ""
}

// isHeader reports whether a row only repeats the names of the columns.
func (s *rowShaper) isHeader(texts []string) bool {
	same := 0
	for i, name := range s.columns {
		if i >= len(texts) || texts[i] == "" || name == "" {
			continue
		}
		if texts[i] != name && !strings.HasSuffix(name, "/ "+texts[i]) && !strings.HasPrefix(name, texts[i]+" /") {
			return false
		}
		same++
	}
	return same > 1 || same == 1 && len(s.columns) == 1
}

// fits reports whether a rule that is no known one fits a text.
func (r *skipRule) fits(text string) bool {
	switch {
	case r.pattern != nil:
		return r.pattern.MatchString(text)
	case len(r.Begins) > 0:
		text = strings.ToLower(text)
		return slices.ContainsFunc(r.texts, func(begin string) bool { return begin != "" && strings.HasPrefix(text, begin) })
	case len(r.IsNot) > 0:
		return !slices.Contains(r.texts, text)
	}
	return slices.Contains(r.texts, text)
}

// shapeRow passes a row over where a rule of the configuration says so, and fills in what it says.
func (b *Binding) shapeRow() bool {
	if b.shaper == nil {
		return false
	}
	shaped, rule := b.shaper.take(b.row.values)
	b.row.values = shaped
	if rule != "" {
		b.row.to.skip(b.row.at.Number, "rule '"+rule+"'")
	}
	return rule != ""
}

// shapeMalformed passes a row over that could not be read as one, where a rule knows it all the same.
func (b *Binding) shapeMalformed(to *openBatch, number int64, text string) bool {
	if b.shaper == nil {
		return false
	}
	rule := b.shaper.skippedText(text)
	if rule != "" {
		to.skip(number, "rule '"+rule+"'")
	}
	return rule != ""
}
