// Package ii06a reads the report that every office writes of its dossiers: form II.06a/VPCP/KSTT of Circular 01/2020.
//
// Here live the search for the form's table, its period and its rows, and the sums that must hold in it. Where the cells come
// from, and which measures the figures become, is not known here.
package ii06a

import (
	"errors"
	"fmt"
	"strings"

	"kpiagent/collectors"
	"kpiagent/collectors/listing"
	"kpiagent/internal/kpi"
)

// Line is a row of the file as it is, with the number that people know it by.
type Line struct {
	Number int64
	Cells  []collectors.Value
}

// Options say what the file does not.
type Options struct {
	End    kpi.Day    // the last day of the period; 0 reads it from the titles
	CutOff kpi.CutOff // where months begin that the titles name
	// Units says that the rows are units and their sum only proves them; else they are fields of work, and their sum is what
	// the report tells of its unit.
	Units bool
}

// The form's columns that hold figures.
const (
	firstColumn = 3
	lastColumn  = 13
	columns     = lastColumn - firstColumn + 1
)

// Figures are the columns (3) to (13) of a row.
type Figures [columns]int64

// of returns a figure by the number of its column.
func (f *Figures) of(column int) int64 { return f[column-firstColumn] }

// Report is what the form says.
type Report struct {
	End  kpi.Day // the last day of its period
	Rows []Row
}

// Row is a row of the table: a field of work, or a unit, or the sum of them all.
type Row struct {
	Number  int64
	Label   string
	Total   bool
	Group   bool // it sums up the rows below it, down to the next group
	mark    string
	Figures Figures
	Fault   *kpi.Fault // not nil where the row cannot be taken
	Text    string     // the row as it stands in the file
}

// Read finds the form in the lines. The error says what is missing; what is wrong in one row is the row's Fault.
func Read(lines []Line, o Options) (*Report, error) {
	found, err := locate(lines)
	if err != nil {
		return nil, err
	}
	report := &Report{End: o.End}
	if report.End == 0 {
		if report.End, err = periodEnd(lines[:found.header], o.CutOff); err != nil {
			return nil, err
		}
	}
	if report.Rows = found.rows(lines[found.body:]); len(report.Rows) == 0 {
		return nil, errors.New("the table of form II.06a has no rows")
	}
	report.findGroups()
	total := -1
	for i := range report.Rows {
		if report.Rows[i].Total {
			total = i
		}
		report.Rows[i].check()
	}
	if total < 0 && !o.Units {
		return nil, errors.New(`the table of form II.06a has no row "Tổng cộng" or "Tổng số", so that nothing shows whether all its rows are there; add it to the report`)
	}
	report.checkGroups()
	if total >= 0 {
		report.checkSum(&report.Rows[total])
	}
	return report, nil
}

// periodEnd reads the last day of the period from the titles.
func periodEnd(titles []Line, cutOff kpi.CutOff) (kpi.Day, error) {
	texts := make([]string, len(titles))
	for i, line := range titles {
		texts[i] = strings.ReplaceAll(textOf(line.Cells), "|", " ")
	}
	end, err := listing.PeriodEnd(texts, cutOff)
	if err != nil {
		return 0, fmt.Errorf("the titles name %w; write the last day of the period into file.period_end", err)
	}
	return end, nil
}

// rows reads the table's rows down to its sum. A line without any figure is none: a heading, an empty field, a signature.
func (t *table) rows(lines []Line) (rows []Row) {
	for _, line := range lines {
		if _, again := numbered(line.Cells); again { // the header once more, on another page
			continue
		}
		row := Row{Number: line.Number, Text: textOf(line.Cells), Label: t.label(line.Cells)}
		row.Total = listing.Total(row.Label)
		if cell := at(line.Cells, t.at[1]); t.at[1] != t.at[2] {
			row.mark = shown(&cell)
		}
		var wrong []string
		present := false
		for column := firstColumn; column <= lastColumn; column++ {
			cell := at(line.Cells, t.at[column])
			count, has, fault := collectors.Count(&cell)
			row.Figures[column-firstColumn] = count
			if fault != "" {
				wrong = append(wrong, fmt.Sprintf("column (%d): %s", column, fault))
				has = cell.Kind == collectors.Broken // a word alone does not make a row
			}
			present = present || has
		}
		if !present {
			continue
		}
		if len(wrong) > 0 {
			row.Fault = row.fault(kpi.BadValue, wrong)
		}
		rows = append(rows, row)
		if row.Total && len(rows) > 1 {
			break
		}
	}
	return rows
}

func (r *Row) fault(reason kpi.Reason, wrong []string) *kpi.Fault {
	return &kpi.Fault{Reason: reason, Detail: fmt.Sprintf("%q: %s", r.Label, strings.Join(wrong, "; "))}
}

// at returns a cell of a line, which may be shorter.
func at(cells []collectors.Value, column int) collectors.Value {
	if column < 0 || column >= len(cells) {
		return collectors.Value{}
	}
	return cells[column]
}

// textOf joins the cells of a line that hold something.
func textOf(cells []collectors.Value) string {
	var parts []string
	for i := range cells {
		if text := shown(&cells[i]); text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, " | ")
}

// shown returns a cell as people write it: dates as 14/03/2026.
func shown(cell *collectors.Value) string {
	if cell.Kind == collectors.Time {
		return cell.Time.Format("02/01/2006")
	}
	return strings.Join(strings.Fields(cell.String()), " ")
}
