package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"kpiagent/internal/kpi"
)

// segments is how much of the daybook is stored as base and how much as changes since.
type segments struct {
	baseBytes, changeBytes int64
	changes                int
}

// segmentDeltas is how many counts one base segment holds.
const segmentDeltas = 1 << 16

// encode packs deltas that are in the order of book, measure and day: each is stored as its step from the one before,
// about five bytes a count, with a checksum at the end.
func encode(deltas []kpi.Delta) []byte {
	out := binary.AppendUvarint(make([]byte, 0, 8+5*len(deltas)), uint64(len(deltas)))
	var last kpi.Delta
	for _, d := range deltas {
		if d.Book != last.Book {
			last.Measure = 0
		}
		sameSeries := d.Book == last.Book && d.Measure == last.Measure
		out = binary.AppendUvarint(out, uint64(d.Book-last.Book))
		out = binary.AppendUvarint(out, uint64(d.Measure-last.Measure))
		if !sameSeries {
			last.Day = kpi.DayFromUnix(0)
		}
		out = binary.AppendVarint(out, int64(d.Day-last.Day))
		out = binary.AppendVarint(out, int64(d.N))
		last = d
	}
	return binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
}

var errSegment = errors.New("a segment of the daybook does not match its checksum")

// decode is the inverse of encode. Whatever it is given, it neither panics nor takes more memory than the input warrants.
func decode(data []byte) ([]kpi.Delta, error) {
	if len(data) < 5 {
		return nil, errSegment
	}
	body, sum := data[:len(data)-4], binary.LittleEndian.Uint32(data[len(data)-4:])
	if crc32.ChecksumIEEE(body) != sum {
		return nil, errSegment
	}
	r := bytes.NewReader(body)
	count, err := binary.ReadUvarint(r)
	if err != nil || count > uint64(len(body)/4) { // a count takes four bytes or more
		return nil, fmt.Errorf("%w: its length", errSegment)
	}
	deltas := make([]kpi.Delta, 0, count)
	var last kpi.Delta
	for range count {
		book, e1 := binary.ReadUvarint(r)
		measure, e2 := binary.ReadUvarint(r)
		day, e3 := binary.ReadVarint(r)
		n, e4 := binary.ReadVarint(r)
		if err := errors.Join(e1, e2, e3, e4); err != nil {
			return nil, fmt.Errorf("%w: %w", errSegment, err)
		}
		if book != 0 {
			last.Measure = 0
		}
		if book != 0 || measure != 0 {
			last.Day = kpi.DayFromUnix(0)
		}
		next := kpi.Delta{Book: last.Book + kpi.BookID(book), Measure: last.Measure + kpi.Measure(measure), Day: last.Day + kpi.Day(day), N: int32(n)}
		fits := book <= math.MaxInt32 && measure <= math.MaxInt32 && day >= math.MinInt32 && day <= math.MaxInt32 && int64(next.N) == n
		if !fits || !next.Valid() || len(deltas) > 0 && !before(last, next) {
			return nil, fmt.Errorf("%w: a count out of range", errSegment)
		}
		deltas = append(deltas, next)
		last = next
	}
	if r.Len() > 0 {
		return nil, fmt.Errorf("%w: more than it should hold", errSegment)
	}
	return deltas, nil
}

// loadSegments adds up all segments in a daybook.
func (l *Ledger) loadSegments(ctx context.Context, to *kpi.Daybook) error {
	return each(ctx, l.reader, func(scan func(...any) error) error {
		var id int64
		var base bool
		var data sql.RawBytes
		if err := scan(&id, &base, &data); err != nil {
			return err
		}
		deltas, err := decode(data)
		if err != nil {
			return l.corrupt(fmt.Sprintf("segment %d", id), err)
		}
		if unknown := to.Apply(deltas); unknown > 0 {
			return l.corrupt(fmt.Sprintf("segment %d", id), fmt.Errorf("it has %d counts of books that are not there", unknown))
		}
		l.grow(base, len(data))
		return nil
	}, "select id, base, counts from segment order by id")
}

func (s *segments) grow(base bool, size int) {
	if base {
		s.baseBytes += int64(size)
		return
	}
	s.changeBytes += int64(size)
	s.changes++
}

// foldLimits are how many bytes of changes are left alone however small the base is, and how many changes at most.
type foldLimits struct {
	bytes   int64
	changes int
}

var usualFoldLimits = foldLimits{bytes: 256 << 10, changes: 2000}

// due says whether the changes have grown to the size of the base: folding them then costs each change a constant.
func (s *segments) due(limits foldLimits) bool {
	return s.changes > 0 && s.changeBytes > max(s.baseBytes, limits.bytes) || s.changes > limits.changes
}

func insertSegment(ctx context.Context, tx *sql.Tx, base bool, data []byte) error {
	_, err := tx.ExecContext(ctx, "insert into segment (base, counts) values (?, ?)", base, data)
	return err
}

// fold replaces all segments by base segments with the counts of a daybook, in the transaction given.
func fold(ctx context.Context, tx *sql.Tx, daybook *kpi.Daybook) (segments, error) {
	var s segments
	if _, err := tx.ExecContext(ctx, "delete from segment"); err != nil {
		return s, err
	}
	chunk := make([]kpi.Delta, 0, segmentDeltas)
	flush := func() error {
		data := encode(chunk)
		chunk = chunk[:0]
		s.grow(true, len(data))
		return insertSegment(ctx, tx, true, data)
	}
	var err error
	daybook.Walk(func(d kpi.Delta) bool {
		if chunk = append(chunk, d); len(chunk) == cap(chunk) {
			err = flush()
		}
		return err == nil
	})
	if err == nil && len(chunk) > 0 {
		err = flush()
	}
	return s, err
}
