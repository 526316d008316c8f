package config

import "slices"

// Rows says what is done to a source's rows before their fields are mapped, whatever its kind.
type Rows struct {
	Skip     []SkipRule `yaml:"skip" doc:"Rows that are no records. The first rule that fits a row passes it over; each read shows how many rows each rule skipped."`
	FillDown []string   `yaml:"fill_down" doc:"Columns whose empty cells take the value of the row above, as merged cells of a list mean it. Skipped rows lend nothing; each file, sheet and table begins anew."`
	Group    string     `yaml:"group_column" doc:"The name of a column to add: the heading of the group that the row stands below. The headings are skipped by the rule group."`
}

// SkipRule is one rule by which rows are passed over.
type SkipRule struct {
	Rule    string   `yaml:"rule" doc:"Its name, which stands beside its count. With known it may be missing."`
	Known   string   `yaml:"known" allowed:"|total|numbers|group|header|signature" doc:"A kind of row that lists have. total: begins with Tổng, Tổng cộng, Tổng số or Cộng. numbers: numbers the columns, (1) (2) (3) or A B 1 2. group: only a heading in the first columns. header: the column names once more. signature: place and date, Người lập biểu, Thủ trưởng, Nơi nhận and the like, and below it whatever is nearly empty."`
	Column  string   `yaml:"column" doc:"The column that is looked at; empty: the first text of the row, wherever it stands."`
	Is      []string `yaml:"is" doc:"Fits where the column has one of these values; an empty text stands for an empty cell."`
	IsNot   []string `yaml:"is_not" doc:"Fits where the column has none of these values."`
	Begins  []string `yaml:"begins_with" doc:"Fits where the column begins with one of these texts; upper and lower case are the same."`
	Pattern string   `yaml:"pattern" check:"pattern" doc:"Fits where this regular expression is found in the column."`
}

// Name names the rule in messages and counts.
func (r *SkipRule) Name() string {
	if r.Rule == "" {
		return r.Known
	}
	return r.Rule
}

// Shaping returns what is done to the source's rows, with what the block of its kind says of it.
func (s *Source) Shaping() Rows {
	rows := s.Rows
	if s.HTML != nil && len(s.HTML.IgnoreRows) > 0 {
		rows.Skip = append(slices.Clone(rows.Skip), SkipRule{Rule: "ignore_rows_with", Begins: s.HTML.IgnoreRows})
	}
	return rows
}

// Columns returns the columns that the source has to have, as often as they are named: those of the mapping, but for added ones,
// and those of the rules.
func (s *Source) Columns() []Column {
	columns := slices.DeleteFunc(s.Mapping.Columns(), func(c Column) bool { return c.Text == s.Rows.Group })
	for _, name := range s.Rows.FillDown {
		columns = append(columns, Column{Text: name, Name: name})
	}
	for _, rule := range s.Rows.Skip {
		if rule.Column != "" {
			columns = append(columns, Column{Text: rule.Column, Name: rule.Column})
		}
	}
	return columns
}

// checkRows wants each rule to have a name of its own, and one way to know its rows.
func checkRows(j *journal, key string, r *Rows) {
	first := map[string]int{}
	for i := range r.Skip {
		rule, inner := &r.Skip[i], entry(under(key, "skip"), i)
		if j.isWrong(inner) || j.isWrong(under(inner, "known")) {
			continue
		}
		checkSkipRule(j, inner, rule)
		name := rule.Name()
		if at, twice := first[name]; twice && name != "" {
			j.mistake(inner, "the rule %s stands here already (%s); give each its own name under rule, for its count", quote(name), j.line(entry(under(key, "skip"), at)))
		} else {
			first[name] = i
		}
	}
	for i, column := range r.FillDown {
		if at := slices.Index(r.FillDown, column); at < i {
			j.mistake(entry(under(key, "fill_down"), i), "%s stands here already; keep one of them", quote(column))
		}
	}
}

func checkSkipRule(j *journal, key string, rule *SkipRule) {
	var ways []string
	for _, way := range []struct {
		name  string
		given bool
	}{{"is", len(rule.Is) > 0}, {"is_not", len(rule.IsNot) > 0}, {"begins_with", len(rule.Begins) > 0}, {"pattern", rule.Pattern != ""}} {
		if way.given {
			ways = append(ways, way.name)
		}
	}
	switch {
	case rule.Known != "" && (len(ways) > 0 || rule.Column != ""):
		j.mistake(key, "known says which rows are meant; take column, is, is_not, begins_with and pattern out, or take known out")
	case rule.Known != "":
	case j.isWrong(under(key, "pattern")):
	case len(ways) == 0:
		j.mistake(key, "does not say which rows it skips; add one of known, is, is_not, begins_with, pattern")
	case len(ways) > 1:
		j.mistake(under(key, ways[1]), "stands beside %s; keep one of them, and write a rule of its own for the other", ways[0])
	case rule.Rule == "" && !j.isWrong(under(key, "rule")):
		j.mistake(key, "has no name; add rule: and a word for the rows, which stands beside their count")
	}
}
