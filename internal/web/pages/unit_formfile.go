package pages

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"kpiagent/internal/kpi"
)

// formCSV is form II.06a as a file that spreadsheets open: with a byte order mark, so that they see UTF-8.
func (p *Pages) formCSV(r *request) (*content, error) {
	u, err := r.model.Unit(r.http.PathValue("unit"))
	if err != nil {
		return nil, r.missing("missing.unit", r.http.PathValue("unit"))
	}
	by := r.http.URL.Query().Get("by")
	var lines []kpi.FormLine
	var label string
	r.read(func(b *builder) {
		period, _, mistake := b.choose(b.month())
		if mistake != "" {
			err = &problem{status: wrong(mistake), key: "asis", values: []any{mistake}}
			return
		}
		label = period.Label
		lines, err = b.books.Form(by, u.ID, period)
		if err != nil {
			err = &problem{400, "form.by", []any{by}}
		}
	})
	if err != nil {
		return nil, err
	}
	body, err := r.formTable(by, lines)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("II.06a_%s_%s_%s.csv", u.ID, by, strings.ReplaceAll(label, "..", "_"))
	return &content{file: &file{name: name, kind: "text/csv; charset=utf-8", body: body}}, nil
}

func (r *request) formTable(by string, lines []kpi.FormLine) ([]byte, error) {
	head := []string{r.Say("column." + by), r.Say("column.name"), r.Say("column.period")}
	// A file has one line of headings: each names its group, so that no two are the same.
	for _, c := range kpi.TallyColumns() {
		name := r.Say("column." + c.Name)
		if c.Group != "" {
			name = r.Say("group."+c.Group) + ": " + name
		}
		head = append(head, name)
	}
	rows := [][]string{head}
	for _, l := range lines {
		row := []string{plainCell(l.Field), plainCell(l.Name), l.Period}
		switch by {
		case kpi.FormByProcedure:
			row[0] = plainCell(l.Procedure)
		case kpi.FormByUnit:
			row[0] = plainCell(l.Unit)
		}
		for _, c := range kpi.TallyColumns() {
			row = append(row, strconv.FormatInt(c.Of(l.Tally), 10))
		}
		rows = append(rows, row)
	}
	var file bytes.Buffer
	file.WriteString("\ufeff")
	w := csv.NewWriter(&file)
	w.UseCRLF = true
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("writing form II.06a: %w", err)
	}
	return file.Bytes(), nil
}

// plainCell keeps a spreadsheet from taking a text of a unit's system for a formula.
func plainCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
