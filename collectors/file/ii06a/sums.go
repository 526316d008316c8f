package ii06a

import (
	"fmt"
	"strings"

	"kpiagent/internal/kpi"
)

// sums are what the columns of a row must be, as the form's header has it: the first is the sum of the others.
var sums = []struct {
	total int
	parts []int
}{
	{3, []int{4, 5, 6}},
	{7, []int{8, 9, 10}},
	{11, []int{12, 13}},
	{3, []int{7, 11}},
}

// check holds the columns of a row against each other.
func (r *Row) check() {
	if r.Fault != nil {
		return
	}
	var wrong []string
	for _, s := range sums {
		var sum int64
		var names, figures []string
		for _, part := range s.parts {
			sum += r.Figures.of(part)
			names = append(names, fmt.Sprintf("(%d)", part))
			figures = append(figures, fmt.Sprint(r.Figures.of(part)))
		}
		if total := r.Figures.of(s.total); total != sum {
			wrong = append(wrong, fmt.Sprintf("(%d) = %d is not %s = %s = %d", s.total, total, strings.Join(names, " + "), strings.Join(figures, " + "), sum))
		}
	}
	if len(wrong) > 0 {
		r.Fault = r.fault(kpi.Unbalanced, wrong)
	}
}

// checkSum holds the last row against the rows that it sums up.
func (p *Report) checkSum(total *Row) {
	if total.Fault != nil {
		return
	}
	var sum Figures
	for i := range p.Rows {
		row := &p.Rows[i]
		if row.Total || row.Group {
			continue
		}
		if row.Fault != nil && row.Fault.Reason != kpi.Unbalanced {
			total.Fault = total.fault(kpi.Unbalanced, []string{fmt.Sprintf("the sum of the rows is not known, for row %d, %q, cannot be read", row.Number, row.Label)})
			return
		}
		for c := range sum {
			sum[c] += row.Figures[c]
		}
	}
	var wrong []string
	for c := range sum {
		if total.Figures[c] != sum[c] {
			wrong = append(wrong, fmt.Sprintf("(%d) = %d is not the sum of the rows, %d", c+firstColumn, total.Figures[c], sum[c]))
		}
	}
	if len(wrong) > 0 {
		total.Fault = total.fault(kpi.Unbalanced, wrong)
	}
}
