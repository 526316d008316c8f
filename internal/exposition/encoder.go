package exposition

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"unique"

	"github.com/klauspost/compress/flate"
	"github.com/prometheus/prometheus/model/labels"
)

// encoder writes samples as text, plain and compressed. What has not changed since the last time keeps its bytes, and is neither
// written nor compressed again.
type encoder struct {
	writer  *flate.Writer
	out     bytes.Buffer
	scratch []byte
	heads   [familyCount]segment // HELP and TYPE
	last    map[blockKey]encodedBlock
}

// segment is a part of a page, with its compressed form; it never changes.
type segment struct{ plain, deflated []byte }

// encodedBlock is a block with the text of each of its families, the first of the shape first.
type encodedBlock struct {
	block
	families []segment
}

// blockKey finds a block again: no other one of its families has its first row.
type blockKey struct {
	first family
	row   unique.Handle[labels.Labels]
}

func newEncoder() (*encoder, error) {
	e := new(encoder)
	var err error
	if e.writer, err = flate.NewWriter(&e.out, flate.BestSpeed); err != nil {
		return nil, fmt.Errorf("preparing the compression of /metrics: %w", err)
	}
	for f, declared := range figureFamilies {
		head := "# HELP " + declared.Name + " " + declared.Help + "\n# TYPE " + declared.Name + " " + declared.Type + "\n"
		if e.heads[f], err = e.segment([]byte(head)); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// encode returns the page of samples: family by family, and in each unit by unit.
func (e *encoder) encode(s *Samples) (page []segment, err error) {
	blocks, now := make([]encodedBlock, len(s.blocks)), make(map[blockKey]encodedBlock, len(s.blocks))
	for i, b := range s.blocks {
		key := blockKey{b.shape.first, b.rows[0]}
		if before, found := e.last[key]; found && before.equal(b) {
			blocks[i] = before
		} else if blocks[i], err = e.block(b); err != nil {
			return nil, err
		}
		now[key] = blocks[i]
	}
	e.last = now
	for f := range familyCount {
		first := true
		for i := range blocks {
			at := int(f - blocks[i].shape.first)
			if at < 0 || at >= len(blocks[i].families) || len(blocks[i].families[at].plain) == 0 {
				continue
			}
			if first {
				page, first = append(page, e.heads[f]), false
			}
			page = append(page, blocks[i].families[at])
		}
	}
	return page, nil
}

// equal reports whether two blocks have the same text.
func (b *block) equal(other block) bool {
	return slices.Equal(b.shape.columns, other.shape.columns) && slices.Equal(b.rows, other.rows) &&
		slices.EqualFunc(b.values, other.values, func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })
}

// block writes a block, each family by itself.
func (e *encoder) block(b block) (encodedBlock, error) {
	encoded := encodedBlock{block: b}
	rows := make([][]byte, len(b.rows))
	for r, row := range b.rows {
		text, separator := []byte(nil), byte('{')
		for _, name := range b.shape.labels {
			text = appendLabel(append(text, separator), name, row.Value().Get(name))
			separator = ','
		}
		rows[r] = text
	}
	for from := 0; from < len(b.shape.columns); {
		to := from + 1
		for to < len(b.shape.columns) && b.shape.columns[to].family == b.shape.columns[from].family {
			to++
		}
		s, err := e.segment(e.lines(&b, rows, from, to))
		if err != nil {
			return encoded, err
		}
		encoded.families = append(encoded.families, s)
		from = to
	}
	return encoded, nil
}

// lines writes a line for each sample of some columns; the text is valid until the next call.
func (e *encoder) lines(b *block, rows [][]byte, from, to int) []byte {
	text := e.scratch[:0]
	for r := range rows {
		values := b.values[r*len(b.shape.columns):]
		for c := from; c < to; c++ {
			if isAbsent(values[c]) {
				continue
			}
			text = append(text, b.shape.columns[c].name...)
			text = append(text, rows[r]...)
			text = append(text, b.shape.columns[c].tail...)
			text = append(appendFloat(text, values[c]), '\n')
		}
	}
	e.scratch = text
	return text
}

// segment compresses a copy of a text. A page is one gzip member, not several in a row: browsers and curl show only the first of
// several. It is put together from deflate blocks that are flushed to a byte boundary and refer to nothing before them.
func (e *encoder) segment(text []byte) (segment, error) {
	if len(text) == 0 {
		return segment{}, nil
	}
	e.out.Reset()
	e.writer.Reset(&e.out)
	if _, err := e.writer.Write(text); err != nil {
		return segment{}, fmt.Errorf("compressing /metrics: %w", err)
	}
	if err := e.writer.Flush(); err != nil {
		return segment{}, fmt.Errorf("compressing /metrics: %w", err)
	}
	return segment{bytes.Clone(text), bytes.Clone(e.out.Bytes())}, nil
}

var (
	gzipHeader = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}
	lastBlock  = []byte{0x03, 0x00} // the empty block that ends the deflate stream
)

// bodyOf makes a page of segments.
func bodyOf(segments []segment) (b body) {
	crc, length := uint32(0), 0
	b.gzip = append(b.gzip, gzipHeader)
	for _, s := range segments {
		b.plain, b.gzip = append(b.plain, s.plain), append(b.gzip, s.deflated)
		crc = crc32.Update(crc, crc32.IEEETable, s.plain)
		length += len(s.plain)
	}
	trailer := binary.LittleEndian.AppendUint32(bytes.Clone(lastBlock), crc)
	b.gzip = append(b.gzip, binary.LittleEndian.AppendUint32(trailer, uint32(length)))
	return b
}
