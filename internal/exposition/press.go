package exposition

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"hash/maphash"

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

// pressed is a text with its compressed form.
type pressed struct {
	plain    []byte
	deflated []byte // deflate blocks, without an end
	crc      uint32 // of plain
}

// press compresses texts chunk by chunk and remembers the chunks of the last one.
type press struct {
	writer *flate.Writer
	out    bytes.Buffer
	seed   maphash.Seed
	known  map[uint64]pressed // by hash of plain; of the last text only
}

func newPress() (*press, error) {
	p := &press{seed: maphash.MakeSeed()}
	var err error
	p.writer, err = flate.NewWriter(&p.out, flate.BestSpeed)
	if err != nil {
		return nil, fmt.Errorf("preparing the compression of /metrics: %w", err)
	}
	return p, nil
}

// text compresses a text of that many bytes; the chunks are only read during the call.
func (p *press) text(size int, chunks func(yield func([]byte) bool)) (pressed, error) {
	whole := pressed{plain: make([]byte, 0, size)}
	var ends []int
	p.out.Reset()
	for chunk := range chunks {
		whole.plain = append(whole.plain, chunk...)
		if old, found := p.known[maphash.Bytes(p.seed, chunk)]; found && bytes.Equal(old.plain, chunk) {
			p.out.Write(old.deflated)
		} else if err := p.deflate(chunk); err != nil {
			return pressed{}, err
		}
		ends = append(ends, len(whole.plain), p.out.Len())
	}
	whole.deflated = bytes.Clone(p.out.Bytes())
	whole.crc = crc32.ChecksumIEEE(whole.plain)
	p.remember(whole, ends)
	return whole, nil
}

// remember keeps where each chunk of the text lies: pairs of ends in plain and deflated.
func (p *press) remember(whole pressed, ends []int) {
	p.known = make(map[uint64]pressed, len(ends)/2)
	plain, deflated := 0, 0
	for i := 0; i < len(ends); i += 2 {
		chunk := pressed{plain: whole.plain[plain:ends[i]], deflated: whole.deflated[deflated:ends[i+1]]}
		p.known[maphash.Bytes(p.seed, chunk.plain)] = chunk
		plain, deflated = ends[i], ends[i+1]
	}
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
