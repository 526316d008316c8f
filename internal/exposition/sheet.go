package exposition

import "strconv"

// sheet collects the lines of all families of figures. Its memory is used again for the next change.
type sheet struct {
	heads   [familyCount][]byte // HELP and TYPE
	columns [familyCount]column
	lines   int
}

// column holds the lines of one family, as one text with places where it may be cut.
type column struct {
	text []byte
	cuts []int // ends of chunks, ascending
}

// chunkSize is how long a chunk is at least: long enough to compress well, short enough that a change of one unit leaves
// most of a large page compressed as it is.
const chunkSize = 64 << 10

func newSheet() *sheet {
	s := new(sheet)
	for f, declared := range figureFamilies {
		s.heads[f] = []byte("# HELP " + declared.Name + " " + declared.Help + "\n# TYPE " + declared.Name + " " + declared.Type + "\n")
	}
	return s
}

// reset empties the sheet and keeps its memory.
func (s *sheet) reset() {
	for f := range s.columns {
		s.columns[f] = column{s.columns[f].text[:0], s.columns[f].cuts[:0]}
	}
	s.lines = 0
}

// begin starts a line of a family: its name and the labels, which are `{a="b",c="d"` without an end, and the tail, which
// ends them: `,e="f"} `.
func (s *sheet) begin(f family, labels []byte, tail string) []byte {
	buf := s.columns[f].text
	if len(buf) == 0 {
		buf = append(buf, s.heads[f]...)
	}
	s.lines++
	buf = append(buf, figureFamilies[f].Name...)
	buf = append(buf, labels...)
	return append(buf, tail...)
}

// count writes a line with a whole number.
func (s *sheet) count(f family, labels []byte, tail string, n int64) {
	buf := strconv.AppendInt(s.begin(f, labels, tail), n, 10)
	s.columns[f].text = append(buf, '\n')
}

// value writes a line with any number.
func (s *sheet) value(f family, labels []byte, tail string, v float64) {
	buf := appendFloat(s.begin(f, labels, tail), v)
	s.columns[f].text = append(buf, '\n')
}

// cut lets a chunk end here in every family whose lines since the last cut are long enough.
func (s *sheet) cut() {
	for f := range s.columns {
		c := &s.columns[f]
		start := 0
		if n := len(c.cuts); n > 0 {
			start = c.cuts[n-1]
		}
		if len(c.text)-start >= chunkSize {
			c.cuts = append(c.cuts, len(c.text))
		}
	}
}

// chunks gives the text of all families in pieces, in the order of the page.
func (s *sheet) chunks(yield func([]byte) bool) {
	for f := range s.columns {
		c := &s.columns[f]
		start := 0
		for _, end := range c.cuts {
			if !yield(c.text[start:end]) {
				return
			}
			start = end
		}
		if start < len(c.text) && !yield(c.text[start:]) {
			return
		}
	}
}

// size is the length of the whole text in bytes.
func (s *sheet) size() (bytes int) {
	for f := range s.columns {
		bytes += len(s.columns[f].text)
	}
	return bytes
}
