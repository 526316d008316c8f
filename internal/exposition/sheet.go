package exposition

import (
	"bytes"
	"hash/maphash"
	"strconv"
)

// sheet collects the lines of all families of figures. Its memory is used again for the next change.
type sheet struct {
	heads   [familyCount][]byte // HELP and TYPE
	columns [familyCount]column
	lines   int
	chunks  *chunks // nil where the lines of a family stay together in one text
}

// column holds the lines of one family.
type column struct {
	chunks []*chunk // that are complete
	text   []byte   // the lines behind them
}

// chunk is a part of a page that is shared by all pages that have it; its text never changes.
type chunk struct {
	plain    []byte
	deflated []byte // see press; nil until it is compressed
}

// chunkSize is how long a chunk is at least: long enough to compress well, short enough that a change of one unit leaves
// most of a large page compressed as it is.
const chunkSize = 64 << 10

// chunks remembers the chunks of the last page: what has not changed stays where it is in memory, compressed as it is.
type chunks struct {
	seed      maphash.Seed
	last, now map[uint64]*chunk // by hash of plain
}

func newChunks() *chunks {
	return &chunks{seed: maphash.MakeSeed(), last: map[uint64]*chunk{}, now: map[uint64]*chunk{}}
}

// of gives the chunk with a text, which may be written over afterwards.
func (c *chunks) of(text []byte) *chunk {
	hash := maphash.Bytes(c.seed, text)
	found := c.last[hash]
	if found == nil || !bytes.Equal(found.plain, text) {
		found = &chunk{plain: bytes.Clone(text)}
	}
	c.now[hash] = found
	return found
}

// turn forgets all but the chunks since the last turn.
func (c *chunks) turn() {
	c.last, c.now = c.now, c.last
	clear(c.now)
}

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
		clear(s.columns[f].chunks)
		s.columns[f] = column{s.columns[f].chunks[:0], s.columns[f].text[:0]}
	}
	s.lines = 0
}

// begin starts a line of a family: its name and the labels, which are `{a="b",c="d"` without an end, and the tail, which
// ends them: `,e="f"} `.
func (s *sheet) begin(f family, labels []byte, tail string) []byte {
	s.lines++
	buf := append(s.headed(f), figureFamilies[f].Name...)
	buf = append(buf, labels...)
	return append(buf, tail...)
}

// headed gives the text to which the next line of a family is appended.
func (s *sheet) headed(f family) []byte {
	c := &s.columns[f]
	if len(c.text) == 0 && len(c.chunks) == 0 {
		c.text = append(c.text, s.heads[f]...)
	}
	return c.text
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
func (s *sheet) cut() { s.seal(chunkSize) }

// end lets the last chunk of every family end.
func (s *sheet) end() {
	s.seal(1)
	if s.chunks != nil {
		s.chunks.turn()
	}
}

func (s *sheet) seal(atLeast int) {
	if s.chunks == nil {
		return
	}
	for f := range s.columns {
		if c := &s.columns[f]; len(c.text) >= atLeast {
			c.chunks, c.text = append(c.chunks, s.chunks.of(c.text)), c.text[:0]
		}
	}
}

// all gives the chunks of all families, in the order of the page.
func (s *sheet) all(yield func(*chunk) bool) {
	for f := range s.columns {
		for _, c := range s.columns[f].chunks {
			if !yield(c) {
				return
			}
		}
	}
}
