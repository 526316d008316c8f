package ii06a

import (
	"fmt"
	"regexp"

	"kpiagent/internal/kpi"
)

// How the rows of groups and those in them are numbered.
var (
	groupMark = regexp.MustCompile(`^(?:[IVX]+|[A-Z])[.)]?$`)
	entryMark = regexp.MustCompile(`^\d+[.)]?$`)
)

// findGroups marks the rows that sum up those below them: numbered I, II or A, B, with rows numbered 1, 2 below.
func (p *Report) findGroups() {
	for i := range p.Rows {
		row := &p.Rows[i]
		row.Group = !row.Total && groupMark.MatchString(row.mark) && i+1 < len(p.Rows) && entryMark.MatchString(p.Rows[i+1].mark)
	}
}

// checkGroups holds each group's row against the rows of the group.
func (p *Report) checkGroups() {
	for i := range p.Rows {
		group := &p.Rows[i]
		if !group.Group || group.Fault != nil {
			continue
		}
		var sum Figures
		known := true
		for _, row := range p.Rows[i+1:] {
			if row.Group || row.Total || groupMark.MatchString(row.mark) {
				break
			}
			known = known && (row.Fault == nil || row.Fault.Reason == kpi.Unbalanced)
			for c := range sum {
				sum[c] += row.Figures[c]
			}
		}
		var wrong []string
		for c := range sum {
			if known && sum[c] != group.Figures[c] {
				wrong = append(wrong, fmt.Sprintf("(%d) = %d is not the sum of its rows, %d", c+firstColumn, group.Figures[c], sum[c]))
			}
		}
		if len(wrong) > 0 {
			group.Fault = group.fault(kpi.Unbalanced, wrong)
		}
	}
}
