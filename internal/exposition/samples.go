package exposition

import (
	"bytes"
	"fmt"
	"iter"
	"strconv"
)

// Figures works out the series of the figures as of any day, for those who store them instead of serving a page. One
// goroutine at a time uses it; its memory is used again by the next Compute.
type Figures struct {
	sheet *sheet
}

// NewFigures makes an empty one.
func NewFigures() *Figures { return &Figures{newSheet()} }

// Compute works out all figures as of in.Today. The past is seen as the books have it now, corrections included. Only this
// step reads the books.
func (f *Figures) Compute(in Input) {
	f.sheet.reset()
	newWriter(in, f.sheet).write()
}

// Samples gives the series of the last Compute with their values, in the order of the page.
func (f *Figures) Samples() iter.Seq2[[]byte, float64] { return f.sheet.samples }

// Samples gives the series of the last Compute with their values, in the order of the page.
func (b *Builder) Samples() iter.Seq2[[]byte, float64] { return b.sheet.samples }

// samples gives each line as its series, `name{label="value",…}`, and its value. The text is valid until the next one.
func (s *sheet) samples(yield func(series []byte, value float64) bool) {
	for f := range s.columns {
		rest := s.columns[f].text
		for len(rest) > 0 {
			end := bytes.IndexByte(rest, '\n')
			line := rest[:end]
			rest = rest[end+1:]
			if line[0] == '#' {
				continue
			}
			space := bytes.LastIndexByte(line, ' ')
			value, err := strconv.ParseFloat(string(line[space+1:]), 64)
			if err != nil {
				panic(fmt.Sprintf("exposition: the sheet has a line that is not a sample: %q", line)) // it wrote the number itself
			}
			if !yield(line[:space], value) {
				return
			}
		}
	}
}
