package exposition

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"iter"

	"github.com/klauspost/compress/flate"
)

// A page is one gzip member, not several in a row: browsers and curl show only the first of several. It is put together from
// deflate blocks that were compressed apart from each other, each flushed to a byte boundary and with no reference to what
// comes before it. So what did not change keeps its compressed bytes.
var (
	gzipHeader = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}
	lastBlock  = []byte{0x03, 0x00} // the empty block that ends the deflate stream
)

// gzipTrailer ends a member whose content has this checksum and length.
func gzipTrailer(crc uint32, length int) []byte {
	trailer := bytes.Clone(lastBlock)
	trailer = binary.LittleEndian.AppendUint32(trailer, crc)
	return binary.LittleEndian.AppendUint32(trailer, uint32(length))
}

// pressed is a text in pieces, with its compressed form.
type pressed struct {
	plain    [][]byte
	deflated []byte // deflate blocks, without an end
	crc      uint32 // of plain
	length   int    // of plain
}

// press compresses chunk by chunk.
type press struct {
	writer *flate.Writer
	out    bytes.Buffer
}

func newPress() (*press, error) {
	p := new(press)
	var err error
	p.writer, err = flate.NewWriter(&p.out, flate.BestSpeed)
	if err != nil {
		return nil, fmt.Errorf("preparing the compression of /metrics: %w", err)
	}
	return p, nil
}

// text compresses those chunks that are not compressed yet. In their compressed form all lie together: they are small, and a
// scrape is sent in one piece.
func (p *press) text(chunks iter.Seq[*chunk]) (pressed, error) {
	var whole pressed
	p.out.Reset()
	var list []*chunk
	var ends []int
	for c := range chunks {
		if c.deflated != nil {
			p.out.Write(c.deflated)
		} else if err := p.deflate(c.plain); err != nil {
			return pressed{}, err
		}
		list, ends = append(list, c), append(ends, p.out.Len())
		whole.plain = append(whole.plain, c.plain)
		whole.crc = crc32.Update(whole.crc, crc32.IEEETable, c.plain)
		whole.length += len(c.plain)
	}
	whole.deflated = bytes.Clone(p.out.Bytes())
	start := 0
	for i, c := range list {
		c.deflated, start = whole.deflated[start:ends[i]], ends[i]
	}
	return whole, nil
}

// deflate appends the compressed chunk to p.out.
func (p *press) deflate(chunk []byte) error {
	p.writer.Reset(&p.out)
	if _, err := p.writer.Write(chunk); err != nil {
		return fmt.Errorf("compressing /metrics: %w", err)
	}
	if err := p.writer.Flush(); err != nil {
		return fmt.Errorf("compressing /metrics: %w", err)
	}
	return nil
}
