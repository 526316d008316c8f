package file

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// looked is how much of a text is looked at to know how its lines end.
const looked = 8 << 10

// openRows opens the rows of a CSV file: its encoding, the ends of its lines, and the separator that it names itself.
func (s *Source) openRows(ctx context.Context, from io.Reader) (*rowReader, error) {
	text, encoding, err := decode(lasting{ctx, from}, s.config.Encoding)
	if err != nil {
		return nil, err
	}
	buffered := bufio.NewReaderSize(text, looked)
	begin, err := buffered.Peek(looked)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	lines := io.Reader(buffered)
	if returns(begin) {
		lines = returning{buffered}
	}
	rows := newRowReader(lines, s.config.Separator, s.config.MaxRow)
	rows.encoding, rows.loose, rows.plain = encoding, s.config.RowWidth == "loose", s.config.Quotes == "none"
	if separator, named := namedSeparator(begin); named {
		rows.separator = []byte(separator)
		if _, err := rows.skipLine(); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// returns reports whether a text ends its lines with a carriage return alone, as programs of old Macs do.
func returns(begin []byte) bool {
	return len(begin) > 1 && bytes.IndexByte(begin, '\n') < 0 && bytes.IndexByte(begin[:len(begin)-1], '\r') >= 0
}

// returning reads such a text with line feeds.
type returning struct{ from io.Reader }

func (r returning) Read(into []byte) (int, error) {
	n, err := r.from.Read(into)
	for i, b := range into[:n] {
		if b == '\r' {
			into[i] = '\n'
		}
	}
	return n, err
}

// namedSeparator reads the line sep=; by which some programs tell Excel what separates the cells.
func namedSeparator(begin []byte) (separator string, named bool) {
	line := begin
	if end := bytes.IndexAny(begin, "\r\n"); end >= 0 {
		line = begin[:end]
	}
	text := strings.Trim(string(line), `"`)
	separator, named = strings.CutPrefix(text, "sep=")
	return separator, named && utf8.RuneCountInString(separator) == 1
}

// otherSeparators are what may stand between cells, and how the configuration writes it.
var otherSeparators = []struct{ sign, named, written string }{
	{";", "semicolons", `";"`}, {"\t", "tabs", `"\t"`}, {",", "commas", `","`}, {"|", "signs |", `"|"`},
}

// notSeparated is the error of a header that is one cell, and would be several at another separator.
func notSeparated(names []string, line int64) error {
	if len(names) != 1 {
		return nil
	}
	for _, other := range otherSeparators {
		if n := strings.Count(names[0], other.sign); n > 1 {
			return fmt.Errorf("line %d, which has to hold the column names, is one cell with %d %s in it: write separator: %s",
				line, n, other.named, other.written)
		}
	}
	return nil
}

// fit gives a row as many cells as it must have, where no text is lost by it. A last row that has not ended may be a piece of one, from
// a file that was cut off: it is not filled up.
func (r *rowReader) fit(ended bool) {
	for len(r.cells) > r.width && strings.TrimSpace(r.cells[len(r.cells)-1]) == "" {
		r.cells = r.cells[:len(r.cells)-1]
	}
	for ended && len(r.cells) < r.width {
		r.cells = append(r.cells, "")
	}
}
