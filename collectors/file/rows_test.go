package file

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// FuzzRows holds the row reader against encoding/csv wherever that one takes the whole text, and looks for crashes,
// endless loops and rows that are too long everywhere else.
func FuzzRows(f *testing.F) {
	for _, text := range []string{"a,b\n1,2\n", "a,b\r\n\"1\r\n\",\"\"\"\"\r\n", "\"a\n", "a\"b\nc\n", "a,\"b\"x\n", "\r\n\n,\n", "\"a\"\r", "a\r\r\n", strings.Repeat("x", 200)} {
		f.Add(text, 7)
	}
	f.Fuzz(func(t *testing.T, text string, piece int) {
		const limit = 100
		rows := newRowReader(&pieces{text: text, size: 1 + max(piece, 0)%20}, ",", limit)
		rows.encoding = "utf-8"
		var got [][]string
		clean := true
		last := int64(0)
		for {
			line, cells, err := rows.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if line <= last {
				t.Fatalf("line %d after line %d", line, last)
			}
			last = line
			if err != nil {
				var broken *rowError
				if !errors.As(err, &broken) {
					t.Fatal(err)
				}
				clean = false
				continue
			}
			if len(rows.buffer) > limit+firstBuffer {
				t.Fatalf("a buffer of %d bytes", len(rows.buffer))
			}
			got = append(got, slices.Clone(cells))
		}
		reference := csv.NewReader(strings.NewReader(text))
		reference.FieldsPerRecord = -1
		want, err := reference.ReadAll()
		if err != nil || !clean || strings.Contains(text, "\r\r") || strings.HasSuffix(text, "\r") {
			return
		}
		want = slices.DeleteFunc(want, blank)
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Fatalf("%q\ngot  %q\nwant %q", text, got, want)
		}
	})
}

// Whatever the bytes and the encoding, what comes is text, or an error.
func FuzzEncodings(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "\xFF\xFEa\x00,\x00b\x00\n\x00", "\xFE\xFF\x00a\x00\n", "\xEF\xBB\xBFa\x00b", "M\xe3 h\xd4\xcc\n", "<html>", "PK\x03"} {
		for _, encoding := range []string{"auto", "utf-8", "utf-16", "windows-1258"} {
			f.Add(seed, encoding)
		}
	}
	f.Fuzz(func(t *testing.T, content, encoding string) {
		text, found, err := decode(strings.NewReader(content), encoding)
		if err != nil {
			return
		}
		rows := newRowReader(text, ",", 1000)
		rows.encoding = found
		for {
			_, cells, err := rows.next()
			var broken *rowError
			if errors.As(err, &broken) {
				continue
			}
			if err != nil {
				if !errors.Is(err, io.EOF) {
					t.Fatal(err)
				}
				return
			}
			for _, cell := range cells {
				if !utf8.ValidString(cell) || strings.Contains(cell, "\x00") {
					t.Fatalf("%q (%s) gave the cell %q", content, encoding, cell)
				}
			}
		}
	})
}

// pieces is a reader that gives a few bytes at a time.
type pieces struct {
	text string
	size int
}

func (p *pieces) Read(into []byte) (int, error) {
	if p.text == "" {
		return 0, io.EOF
	}
	n := copy(into[:min(len(into), p.size)], p.text)
	p.text = p.text[n:]
	return n, nil
}

// BenchmarkCSV reads a report of a million dossiers from the disk through the mapping, as a run does.
func BenchmarkCSV(b *testing.B) {
	const rows = 1_000_000
	path := filepath.Join(b.TempDir(), "a.csv")
	opened, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	for i := range rows / 1000 {
		text := report(1000)
		if i > 0 {
			text = strings.TrimPrefix(text, header)
		}
		if _, err := opened.WriteString(text); err != nil {
			b.Fatal(err)
		}
	}
	if err := opened.Close(); err != nil {
		b.Fatal(err)
	}
	source, err := New(config.File{Path: path}, Options{})
	if err != nil {
		b.Fatal(err)
	}
	mapping := desk(b)
	b.ReportAllocs()
	var peak uint64
	for b.Loop() {
		_, summary, err := collectors.Collect(b.Context(), source, mapping, collectors.Request{Now: noon}, collectors.Options{}, func(*kpi.Batch) error {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse+m.StackInuse)
			return nil
		})
		if err != nil || summary.Records != rows {
			b.Fatal(summary, err)
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(peak)/(1<<20), "MB-in-use")
}
