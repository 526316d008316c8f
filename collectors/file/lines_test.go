package file

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/collectors"
	"kpiagent/config"
)

func TestSeparatorsAndEndsOfLines(t *testing.T) {
	semicolons := strings.ReplaceAll(report(2), ",", ";")
	for _, test := range []struct {
		name, content string
		given         config.File
		ids           string
		rejects       []string
		fails         string
	}{
		{"the file names its separator", "sep=;\n" + semicolons, config.File{}, "H1 H2", nil, ""},
		{"the same in quotes, with returns", "\"sep=;\"\r\n" + strings.ReplaceAll(semicolons, "\n", "\r\n"), config.File{}, "H1 H2", nil, ""},
		{"a header behind a title", "sep=;\nDANH SÁCH;;\n" + semicolons, config.File{HeaderRow: 2}, "H1 H2", nil, ""},
		{"ends of lines of an old Mac", strings.ReplaceAll(report(2), "\n", "\r"), config.File{}, "H1 H2", nil, ""},
		{"semicolons and no word of them", semicolons, config.File{}, "", nil, "line 1, which has to hold the column names, is one cell with 5 semicolons in it: write separator: \";\""},
		{"tabs", strings.ReplaceAll(report(1), ",", "\t"), config.File{Separator: ";"}, "", nil, `is one cell with 5 tabs in it: write separator: "\t"`},
		{"a cell too few, one too many", header + "H1,1.001,Trực tuyến,02/03/2026\nH2,1.001,Trực tuyến,02/03/2026,,,,\nH3,1.001,Trực tuyến,02/03/2026,,,x\n",
			config.File{RowWidth: "loose"}, "H1 H2", []string{"4: malformed_row: the row has 7 cells, the header has 6"}, ""},
		{"a file that was cut off", header + "H1,1.001,Trực tuyến,02/03/2026,,\nH2,1.001,Trực tuyến,02/03/2026", config.File{RowWidth: "loose"}, "H1",
			[]string{"3: malformed_row: the row has 4 cells, the header has 6"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.given.Path = filepath.Join(t.TempDir(), "a.csv")
			write(t, test.given.Path, test.content)
			g, err := collect(t, test.given, collectors.Request{})
			if (err == nil) != (test.fails == "") || err != nil && !strings.Contains(err.Error(), test.fails) {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.ids, strings.Join(g.IDs, " ")) + cmp.Diff(test.rejects, g.Rejects); diff != "" {
				t.Error(diff)
			}
		})
	}
}
