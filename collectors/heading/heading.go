// Package heading makes column names of the header of a table that people laid out: rows above each other, merged cells.
//
// Here lives what all kinds of such tables share, workbooks and web pages alike. Where the cells come from is the business of
// those who read them.
package heading

import (
	"fmt"
	"slices"
	"strings"
)

// Cell is a cell of the header.
type Cell struct {
	Text string // canonical
	Area int    // its merged area, from 1; 0 for none
}

// Names gives one name for each column of the header's rows: the texts above each other, joined by " / ", each text once.
// Columns that only a merged area names cannot be told apart: the first of them has the name. Columns without a name at the
// end are left out.
func Names(grid [][]Cell) []string {
	var names []string
	type lowest struct {
		name string
		area int
	}
	seen := map[lowest]bool{}
	for column := 0; ; column++ {
		var parts []string
		var low lowest
		beyond := true
		for _, line := range grid {
			if column >= len(line) {
				continue
			}
			beyond = false
			if cell := line[column]; cell.Text != "" {
				low.area = cell.Area
				if len(parts) == 0 || parts[len(parts)-1] != cell.Text {
					parts = append(parts, cell.Text)
				}
			}
		}
		if beyond {
			break
		}
		low.name = strings.Join(parts, " / ")
		if low.area > 0 && seen[low] {
			low.name = ""
		}
		seen[low] = true
		names = append(names, low.name)
	}
	for len(names) > 0 && names[len(names)-1] == "" {
		names = names[:len(names)-1]
	}
	return names
}

// Distinct wants each name once; columns without a name do not count. where says where the header stands: row 1.
func Distinct(names []string, where string) error {
	for i, name := range names {
		if name != "" && slices.Contains(names[:i], name) {
			return fmt.Errorf("the header in %s names the column %q twice; each name may stand once: have one of them renamed", where, name)
		}
	}
	return nil
}
