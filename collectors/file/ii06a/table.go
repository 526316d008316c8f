package ii06a

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"kpiagent/collectors"
	"kpiagent/collectors/listing"
)

// table is where the form's table stands.
type table struct {
	header int // the first line of its header
	body   int // the first line behind it
	at     [lastColumn + 1]int
}

// deepest bounds how many lines a header has, and searched how far down a table begins.
const (
	deepest  = 8
	searched = 200
)

// locate finds the table by the row of its column numbers, else by the words of its header.
func locate(lines []Line) (*table, error) {
	top := lines[:min(len(lines), searched)]
	for i, line := range top {
		if places, is := numbered(line.Cells); is {
			return &table{header: i, body: i + 1, at: places}, nil
		}
	}
	for i, line := range top {
		if groups(line.Cells) {
			return byWords(lines, i)
		}
	}
	return nil, errors.New("the table of form II.06a is not there: neither a row with the column numbers (1) to (13), nor a header with hồ sơ tiếp nhận, " +
		"đã giải quyết and đang giải quyết; choose another sheet, or take form out and write a mapping")
}

// columnNumber begins the number of a column: (1), 1, (3)=(4)+(5)+(6), or -1, which Excel makes of (1).
var columnNumber = regexp.MustCompile(`^[(\[-]?\s*(\d{1,2})(?:\D|$)`)

// numbered finds the columns by a row that numbers them 1 to 13 from left to right. Further numbers may follow.
func numbered(cells []collectors.Value) (places [lastColumn + 1]int, is bool) {
	next := 1
	for i := range cells {
		text := shown(&cells[i])
		if text == "" {
			continue
		}
		m := columnNumber.FindStringSubmatch(text)
		if m == nil {
			if next > lastColumn {
				break // a remark
			}
			return places, false
		}
		if n, err := strconv.Atoi(m[1]); err != nil || n != next {
			return places, false
		}
		if next <= lastColumn {
			places[next] = i
		}
		next++
	}
	return places, next > lastColumn
}

// group is one of the three that the header has.
type group uint8

const (
	noGroup group = iota
	received
	finished
	open
)

// groupOf knows a group by its words, in plain letters.
func groupOf(text string) group {
	switch {
	case strings.Contains(text, "dang giai quyet"), strings.Contains(text, "dang xu ly"):
		return open
	case strings.Contains(text, "da giai quyet"), strings.Contains(text, "da xu ly"):
		return finished
	case strings.Contains(text, "tiep nhan"):
		return received
	}
	return noGroup
}

// groups reports whether a line names all three.
func groups(cells []collectors.Value) bool {
	var has [open + 1]bool
	for i := range cells {
		if cells[i].Kind == collectors.Text {
			has[groupOf(listing.Plain(cells[i].Text))] = true
		}
	}
	return has[received] && has[finished] && has[open]
}

// byWords finds the columns by the header that begins in the line.
func byWords(lines []Line, first int) (*table, error) {
	t := &table{header: first, body: first + 1}
	for t.body < len(lines) && t.body < first+deepest && !figures(lines[t.body].Cells) {
		t.body++
	}
	for i := range t.at {
		t.at[i] = -1
	}
	for at, name := range names(lines[first:t.body]) {
		column := columnOf(name)
		if column == 0 {
			continue
		}
		before := t.at[column]
		if before >= 0 && column < firstColumn {
			continue
		}
		if before >= 0 {
			return nil, fmt.Errorf("the header of form II.06a names column (%d) twice, in columns %d and %d of the file; correct the report, or number its columns (1) to (13) in a row below the header", column, before+1, at+1)
		}
		t.at[column] = at
	}
	var missing []string
	for column := firstColumn; column <= lastColumn; column++ {
		if t.at[column] < 0 {
			missing = append(missing, fmt.Sprintf("(%d)", column))
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("the header of form II.06a lacks column %s, or names it otherwise; number the columns (1) to (13) in a row below the header", strings.Join(missing, ", "))
	}
	if t.at[2] < 0 && t.at[firstColumn] > 0 { // whatever it is called, the name of a row stands before its figures
		t.at[2] = t.at[firstColumn] - 1
	}
	return t, nil
}

// figures reports whether a line holds numbers, as a header does not.
func figures(cells []collectors.Value) bool {
	found := 0
	for i := range cells {
		if _, present, wrong := collectors.Count(&cells[i]); present && wrong == "" {
			found++
		}
	}
	return found >= 3
}

// names returns each column's texts above each other, in plain letters. A merged cell stands in its first column only, so a
// text holds for the empty columns to its right that have the same above them.
func names(header []Line) []string {
	var above []string
	width := 0 // of all of them: a row may end with a merged cell, of which only the first one is there
	for _, line := range header {
		width = max(width, len(line.Cells))
	}
	for _, line := range header {
		own := make([]string, width)
		for i := range own {
			cell := at(line.Cells, i)
			own[i] = listing.Plain(shown(&cell))
			if own[i] == "" && i > 0 && nameAt(above, i) == nameAt(above, i-1) {
				own[i] = own[i-1]
			}
		}
		joined := make([]string, width)
		for i := range joined {
			joined[i] = strings.TrimSpace(nameAt(above, i) + " / " + own[i])
		}
		above = joined
	}
	return above
}

func nameAt(names []string, i int) string {
	if i >= len(names) {
		return ""
	}
	return names[i]
}

// columnOf returns the number of the column with these texts above each other; 0 for another one.
func columnOf(name string) int {
	words := map[group][]struct {
		text   string
		column int
	}{
		received: {{"truc tiep", 5}, {"buu chinh", 5}, {"truc tuyen", 4}, {"ky truoc", 6}, {"tong", 3}},
		finished: {{"truoc han", 8}, {"dung han", 9}, {"qua han", 10}, {"tre han", 10}, {"tong", 7}},
		open:     {{"trong han", 12}, {"dung han", 12}, {"qua han", 13}, {"tre han", 13}, {"tong", 11}},
		noGroup:  {{"linh vuc", 2}, {"don vi", 2}, {"noi dung", 2}},
	}
	for _, word := range words[groupOf(name)] {
		if strings.Contains(name, word.text) {
			return word.column
		}
	}
	for part := range strings.SplitSeq(name, "/") {
		switch strings.TrimSpace(part) {
		case "stt", "tt", "so tt", "so thu tu":
			return 1
		}
	}
	return 0
}

// label names a row: its second column, or the first where both are merged.
func (t *table) label(cells []collectors.Value) string {
	for _, column := range []int{2, 1} {
		cell := at(cells, t.at[column])
		if text := shown(&cell); text != "" && (column == 2 || cell.Kind == collectors.Text) {
			return text
		}
	}
	return ""
}
