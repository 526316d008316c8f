package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// rowReader cuts text into rows and cells as RFC 4180 has them. A row that breaks the rules costs only its own first
// line: reading goes on at the next one, whatever a stray quote seems to open. It keeps at most one row in memory.
type rowReader struct {
	from      io.Reader
	separator []byte
	limit     int  // bytes of a row
	width     int  // cells that a row must have; 0 for any number
	loose     bool // missing cells at the end of a row are empty, and surplus empty ones are left out
	encoding  string
	plain     bool // a quote is a letter like any other

	buffer     []byte
	start, end int // what is read of buffer and not yet used
	eof        bool
	line       int64 // of buffer[start]
	cells      []string
	text       string // of the row given last
}

// rowError is a row that cannot be taken; the reader goes on behind it.
type rowError struct {
	text string
	err  error
}

func (e *rowError) Error() string { return e.err.Error() }
func (e *rowError) Unwrap() error { return e.err }

const firstBuffer = 64 << 10

func newRowReader(from io.Reader, separator string, limit int) *rowReader {
	return &rowReader{from: from, separator: []byte(separator), limit: limit, buffer: make([]byte, min(firstBuffer, limit+2)), line: 1}
}

// next returns the next row that holds something, with the line on which it begins. The cells are valid until the next
// call. The error is io.EOF at the end, a *rowError, or what the file gave.
func (r *rowReader) next() (line int64, cells []string, err error) {
	for {
		line = r.line
		length, err := r.firstLine()
		if err != nil {
			return line, nil, err
		}
		first := r.buffer[r.start : r.start+length]
		if len(bytes.TrimSpace(first)) == 0 {
			r.skip(length)
			continue
		}
		if err := r.parse(length); err != nil {
			return line, nil, err
		}
		if !blank(r.cells) {
			return line, r.cells, nil
		}
	}
}

func blank(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// skipLine passes over one line, whatever it holds, and returns its text.
func (r *rowReader) skipLine() (text string, err error) {
	length, err := r.firstLine()
	var tooLong *rowError
	if errors.As(err, &tooLong) {
		return tooLong.text, nil
	}
	if err == nil {
		text = string(trimEnd(r.buffer[r.start : r.start+length]))
		r.skip(length)
	}
	return text, err
}

// firstLine brings a whole line into the buffer and returns its length with the line feed. A line beyond the limit is
// passed over and becomes a *rowError.
func (r *rowReader) firstLine() (length int, err error) {
	searched := 0
	for {
		if i := bytes.IndexByte(r.buffer[r.start+searched:r.end], '\n'); i >= 0 {
			if length = searched + i + 1; len(trimEnd(r.buffer[r.start:r.start+length])) > r.limit {
				return 0, r.tooLong()
			}
			return length, nil
		}
		if searched = r.end - r.start; searched > r.limit+1 {
			return 0, r.tooLong()
		}
		if r.eof {
			if searched == 0 {
				return 0, io.EOF
			}
			if searched > r.limit {
				return 0, r.tooLong()
			}
			return searched, nil
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
}

// tooLong passes over the rest of a line that is longer than the limit.
func (r *rowReader) tooLong() error {
	text := string(r.buffer[r.start:min(r.end, r.start+r.limit)])
	for {
		if i := bytes.IndexByte(r.buffer[r.start:r.end], '\n'); i >= 0 {
			r.start += i + 1
			break
		}
		if r.start = r.end; r.eof {
			break
		}
		if err := r.fill(); err != nil {
			return err
		}
	}
	r.line++
	return &rowError{text, fmt.Errorf("the row is longer than max_row_bytes, %d", r.limit)}
}

// fill reads more, and makes room for it by moving what is unused or by a larger buffer.
func (r *rowReader) fill() error {
	if r.start > 0 {
		copy(r.buffer, r.buffer[r.start:r.end])
		r.start, r.end = 0, r.end-r.start
	}
	if r.end == len(r.buffer) {
		larger := make([]byte, min(2*len(r.buffer), r.limit+firstBuffer))
		copy(larger, r.buffer[:r.end])
		r.buffer = larger
	}
	for range 100 {
		n, err := r.from.Read(r.buffer[r.end:])
		r.end += n
		if errors.Is(err, io.EOF) {
			r.eof = true
			return nil
		}
		if err != nil {
			return err
		}
		if n > 0 {
			return nil
		}
	}
	return io.ErrNoProgress
}

// skip passes over the first length bytes of the buffer.
func (r *rowReader) skip(length int) {
	r.line += int64(bytes.Count(r.buffer[r.start:r.start+length], []byte{'\n'}))
	r.start += length
}

// parse cuts the row that begins with the line in the buffer's first length bytes, and more lines where a quote goes on.
func (r *rowReader) parse(length int) error {
	used, err := length, error(nil)
	if line := r.buffer[r.start : r.start+length]; r.plain || bytes.IndexByte(line, '"') < 0 {
		r.split(trimEnd(line))
	} else {
		used, err = r.quoted()
	}
	if err == nil && r.loose && r.width > 0 {
		r.fit(used > 0 && r.buffer[r.start+used-1] == '\n')
	}
	if err == nil && r.width > 0 && len(r.cells) != r.width {
		err = fmt.Errorf("the row has %d cells, the header has %d", len(r.cells), r.width)
	}
	if err != nil {
		text := string(trimEnd(r.buffer[r.start : r.start+length]))
		r.skip(length)
		return &rowError{text, err}
	}
	row := r.buffer[r.start : r.start+used]
	err = r.checkText(row)
	r.skip(used)
	if err != nil {
		return &rowError{r.text, err}
	}
	return nil
}

// split cuts a row without quotes.
func (r *rowReader) split(row []byte) {
	r.text = string(row)
	r.cells = r.cells[:0]
	rest, separator := r.text, string(r.separator)
	for {
		i := strings.Index(rest, separator)
		if i < 0 {
			r.cells = append(r.cells, rest)
			return
		}
		r.cells = append(r.cells, rest[:i])
		rest = rest[i+len(separator):]
	}
}

var (
	errOpen = errors.New("the row is not complete")
	errBare = errors.New(`a quote stands inside a cell: a cell with a quote is written in quotes, and the quote doubled`)
)

// quoted cuts a row with quotes, reading on while a quote is open, and returns the number of bytes that it takes.
func (r *rowReader) quoted() (used int, err error) {
	for {
		used, err = r.cutQuoted(r.buffer[r.start:r.end])
		if !errors.Is(err, errOpen) {
			return used, err
		}
		if r.end-r.start > r.limit || r.eof {
			cell := len(r.cells) + 1
			if r.eof {
				return 0, fmt.Errorf("the quote that opens cell %d is never closed", cell)
			}
			return 0, fmt.Errorf("the quote that opens cell %d is not closed within max_row_bytes, %d", cell, r.limit)
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
}

// guarded reports whether a cell is ="000123", as exports write codes that a spreadsheet must leave alone.
func guarded(cell []byte) bool {
	inner, formula := bytes.CutPrefix(cell, []byte(`="`))
	inner, whole := bytes.CutSuffix(inner, []byte{'"'})
	return formula && whole && bytes.IndexByte(inner, '"') < 0
}

// cutQuoted cuts the row at the beginning of data; errOpen says that data ends inside it.
func (r *rowReader) cutQuoted(data []byte) (used int, err error) {
	r.cells = r.cells[:0]
	at := 0
	for {
		var end int
		if at < len(data) && data[at] == '"' {
			cell, length, err := r.cutCell(data[at:])
			if err != nil {
				return 0, err
			}
			r.cells = append(r.cells, cell)
			end = at + length
		} else {
			end = at + r.bareLength(data[at:])
			cell := data[at:end]
			if bytes.IndexByte(cell, '"') >= 0 && !guarded(trimReturn(cell, data[end:])) {
				return 0, errBare
			}
			r.cells = append(r.cells, string(trimReturn(cell, data[end:])))
		}
		switch rest := data[end:]; {
		case bytes.HasPrefix(rest, r.separator):
			at = end + len(r.separator)
		case len(rest) == 0 && !r.eof:
			return 0, errOpen
		default:
			used = end + lineEnd(rest)
			r.text = string(trimEnd(data[:used]))
			return used, nil
		}
	}
}

// bareLength returns the length of a cell without quotes.
func (r *rowReader) bareLength(data []byte) int {
	end := bytes.IndexByte(data, '\n')
	if end < 0 {
		end = len(data)
	}
	if i := bytes.Index(data[:end], r.separator); i >= 0 {
		return i
	}
	return end
}

// cutCell cuts a cell in quotes; length counts its quotes. Behind it must stand a separator or the end of the line.
func (r *rowReader) cutCell(data []byte) (cell string, length int, err error) {
	doubled := false
	for at := 1; ; at += 2 {
		i := bytes.IndexByte(data[at:], '"')
		if i < 0 {
			return "", 0, errOpen
		}
		at += i
		rest := data[at+1:]
		if len(rest) == 0 && !r.eof {
			return "", 0, errOpen
		}
		if len(rest) > 0 && rest[0] == '"' {
			doubled = true
			continue
		}
		if len(rest) == 1 && rest[0] == '\r' && !r.eof {
			return "", 0, errOpen
		}
		if !bytes.HasPrefix(rest, r.separator) && len(rest) > 0 && lineEnd(rest) == 0 {
			return "", 0, errBare
		}
		cell = string(data[1:at])
		if doubled {
			cell = strings.ReplaceAll(cell, `""`, `"`)
		}
		return strings.ReplaceAll(cell, "\r\n", "\n"), at + 1, nil
	}
}

// lineEnd returns the length of the end of line at the beginning of data, 0 where there is none.
func lineEnd(data []byte) int {
	switch {
	case bytes.HasPrefix(data, []byte{'\n'}):
		return 1
	case bytes.HasPrefix(data, []byte{'\r', '\n'}):
		return 2
	case len(data) == 1 && data[0] == '\r':
		return 1
	}
	return 0
}

// trimReturn cuts the carriage return off a cell that ends its line.
func trimReturn(cell, rest []byte) []byte {
	if len(rest) == 0 || rest[0] == '\n' {
		return bytes.TrimSuffix(cell, []byte{'\r'})
	}
	return cell
}

// trimEnd cuts the end of line off a row.
func trimEnd(row []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(row, []byte{'\n'}), []byte{'\r'})
}

var replacement = []byte("�")

// checkText refuses bytes that are no text in the file's encoding.
func (r *rowReader) checkText(row []byte) error {
	if at := bytes.IndexByte(row, 0); at >= 0 {
		return fmt.Errorf("a zero byte stands at position %d of the row, as in a file whose writing was broken off; have the report exported again", at+1)
	}
	if r.encoding != "utf-8" {
		if bytes.Contains(row, replacement) {
			return fmt.Errorf("the row holds a character that %s does not have; correct encoding", r.encoding)
		}
		return nil
	}
	if utf8.Valid(row) {
		return nil
	}
	for at := 0; at < len(row); {
		letter, size := utf8.DecodeRune(row[at:])
		if letter == utf8.RuneError && size == 1 {
			advice := "set encoding to what the file is written in: windows-1258, tcvn3 or vni"
			if name := recognised(row); name != "" {
				advice = "the row reads as Vietnamese in " + name + ": set encoding to that if all rows are written so, and have a file that mixes encodings exported as UTF-8"
			}
			return fmt.Errorf("byte 0x%02X at position %d of the row is not UTF-8; %s", row[at], at+1, advice)
		}
		at += size
	}
	return nil
}

// lasting is a reader that ends with its context.
type lasting struct {
	ctx  context.Context
	from io.Reader
}

func (l lasting) Read(into []byte) (int, error) {
	if l.ctx.Err() != nil {
		return 0, context.Cause(l.ctx)
	}
	return l.from.Read(into)
}
