package file

import (
	"strings"
	"testing"

	"kpiagent/collectors"
)

// A stray quote and an inch mark two rows later make one cell of three rows. By the rules of CSV that is a cell; a clerk
// would look at it.
func TestACellThatMayHaveSwallowedRows(t *testing.T) {
	const header = "ma;kenh;ghi_chu\n"
	for _, test := range []struct {
		name, content string
		doubtful      bool
	}{
		{"rows inside a cell", header + "H-1;TT;\"Công ty A\nH-2;TT;x\nH-3;TT;ống 20\"\n", true},
		{"a note of two lines", header + "H-1;TT;\"dòng một\ndòng hai\"\n", false},
		{"a note of two lines with one separator", header + "H-1;TT;\"một; hai\nba\"\n", false},
		{"separators on one line", header + "H-1;TT;\"một; hai; ba\"\n", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows := newRowReader(strings.NewReader(test.content), ";", 1<<20)
			table := &textTable{rows: rows, values: make([]collectors.Value, 3)}
			if _, _, err := table.next(); err != nil { // the header
				t.Fatal(err)
			}
			_, values, err := table.next()
			if err != nil {
				t.Fatal(err)
			}
			if cell, doubtful := swallowsRows(table, values); doubtful != test.doubtful {
				t.Errorf("doubtful %t (%q), want %t", doubtful, cell, test.doubtful)
			}
		})
	}
}
