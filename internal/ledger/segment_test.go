package ledger

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/kpi"
)

var someDeltas = []kpi.Delta{
	{Book: 1, Measure: 0, Day: 700_000, N: 1},
	{Book: 1, Measure: 0, Day: 739_000, N: -2},
	{Book: 1, Measure: 3, Day: 738_000, N: 1 << 30},
	{Book: 1, Measure: 80_000, Day: 738_000, N: -1 << 31},
	{Book: 9, Measure: 0, Day: 1, N: 5},
	{Book: 1<<24 - 1, Measure: 34, Day: 1<<22 - 1, N: 1<<31 - 1},
}

func TestSegmentsKeepDeltas(t *testing.T) {
	for _, deltas := range [][]kpi.Delta{{}, someDeltas[:1], someDeltas} {
		got, err := decode(encode(deltas))
		if diff := cmp.Diff(deltas, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
}

func TestEveryFlippedBitIsFound(t *testing.T) {
	good := encode(someDeltas)
	for i := range 8 * len(good) {
		bad := append([]byte(nil), good...)
		bad[i/8] ^= 1 << (i % 8)
		if _, err := decode(bad); !errors.Is(err, errSegment) {
			t.Errorf("bit %d: %v", i, err)
		}
	}
	for n := range good {
		if _, err := decode(good[:n]); !errors.Is(err, errSegment) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
}

// FuzzSegment gives the content a right checksum, so that what lies behind it is reached too.
func FuzzSegment(f *testing.F) {
	for _, deltas := range [][]kpi.Delta{{}, someDeltas[:1], someDeltas} {
		data := encode(deltas)
		f.Add(data[:len(data)-4])
	}
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0x1f, 0, 2, 2})
	f.Fuzz(func(t *testing.T, body []byte) {
		_, _ = decode(body)
		deltas, err := decode(binary.LittleEndian.AppendUint32(body[:len(body):len(body)], crc32.ChecksumIEEE(body)))
		if err != nil {
			if !errors.Is(err, errSegment) || deltas != nil {
				t.Fatalf("%v with %d deltas", err, len(deltas))
			}
			return
		}
		for _, d := range deltas {
			if !d.Valid() {
				t.Fatalf("%+v", d)
			}
		}
		again, err := decode(encode(deltas))
		if diff := cmp.Diff(deltas, again); diff != "" || err != nil {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
	})
}
