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
	sheet  *sheet
	memory memory
}

// NewFigures makes an empty one.
func NewFigures() *Figures { return &Figures{sheet: newSheet()} }

// Compute works out all figures as of in.Today. The past is seen as the books have it now, corrections included. Only this
// step reads the books.
func (f *Figures) Compute(in Input) {
	f.sheet.reset()
	f.memory.hold(&in)
	w := newWriter(in, f.sheet)
	w.memory = &f.memory
	w.write()
}

// Samples gives the series of the last Compute with their values, in the order of the page.
func (f *Figures) Samples() iter.Seq2[[]byte, float64] { return f.sheet.samples }

// Samples gives the series of the last Compute with their values, in the order of the page.
func (b *Builder) Samples() iter.Seq2[[]byte, float64] { return b.sheet.samples }

// Own gives the series of the gatherer as of the last Publish, in the order of the page.
func (b *Builder) Own() iter.Seq2[[]byte, float64] {
	return func(yield func(series []byte, value float64) bool) { lines(b.own, yield) }
}

// Samples gives the series of a piece that Page.Figures has given, with their values.
func Samples(figures []byte) iter.Seq2[[]byte, float64] {
	return func(yield func(series []byte, value float64) bool) { lines(figures, yield) }
}

// samples gives the series of all families.
func (s *sheet) samples(yield func(series []byte, value float64) bool) {
	for f := range s.columns {
		for _, c := range s.columns[f].chunks {
			if !lines(c.plain, yield) {
				return
			}
		}
		if !lines(s.columns[f].text, yield) {
			return
		}
	}
}

// lines gives each line of a page as its series, `name{label="value",…}`, and its value. The text is valid until the next
// one. It says whether more is wanted.
func lines(page []byte, yield func(series []byte, value float64) bool) bool {
	for len(page) > 0 {
		end := bytes.IndexByte(page, '\n')
		line := page[:end]
		page = page[end+1:]
		if line[0] == '#' {
			continue
		}
		space := bytes.LastIndexByte(line, ' ')
		value, err := strconv.ParseFloat(string(line[space+1:]), 64)
		if err != nil {
			panic(fmt.Sprintf("exposition: the page has a line that is not a sample: %q", line)) // what wrote it writes numbers
		}
		if !yield(line[:space], value) {
			return false
		}
	}
	return true
}
