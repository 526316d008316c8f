package file

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// marks are the byte order marks that some programs begin a file with.
var marks = []struct {
	bytes    string
	encoding string
	order    unicode.Endianness
}{
	{"\xEF\xBB\xBF", "utf-8", unicode.BigEndian},
	{"\xFF\xFE", "utf-16", unicode.LittleEndian},
	{"\xFE\xFF", "utf-16", unicode.BigEndian},
}

// lookAhead is how much of a file is looked at to know what it is.
const lookAhead = 512

// noText says what a file is that is no CSV, whatever its name.
func noText(begin []byte) error {
	text := bytes.ToLower(bytes.TrimLeft(begin, "\xEF\xBB\xBF \t\r\n"))
	switch {
	case bytes.HasPrefix(begin, []byte("PK\x03")):
		return errors.New("the file is a zip archive, as Excel workbooks are; write format: xlsx, or save it as CSV")
	case bytes.HasPrefix(begin, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		return errors.New("the file is a workbook in the old format .xls, or one with a password; open it in Excel and save it as CSV or .xlsx")
	case bytes.HasPrefix(text, []byte("<!doctype")), bytes.HasPrefix(text, []byte("<html")), bytes.HasPrefix(text, []byte("<?xml")):
		return errors.New("the file is a web page or XML under the name of a CSV file; open it in Excel and save it as CSV")
	case bytes.HasPrefix(begin, []byte("%PDF-")):
		return errors.New("the file is a PDF; ask for the report as CSV or as a workbook")
	}
	return nil
}

// decode returns the text of a file in UTF-8, without a byte order mark, and the encoding that was found. Bytes that are
// no UTF-8 come through as they are; what another encoding lacks becomes U+FFFD.
func decode(from io.Reader, encoding string) (text io.Reader, found string, err error) {
	buffered := bufio.NewReaderSize(from, 4096)
	begin, err := buffered.Peek(lookAhead)
	if err != nil && err != io.EOF {
		return nil, "", err
	}
	if err := noText(begin); err != nil {
		return nil, "", err
	}
	begin = begin[:min(len(begin), 3)]
	order := unicode.LittleEndian
	if len(begin) >= 2 && begin[0] == 0 {
		order = unicode.BigEndian
	}
	found = encoding
	if encoding == "auto" || encoding == "" {
		found = "utf-8"
	}
	for _, mark := range marks {
		if len(begin) < len(mark.bytes) || string(begin[:len(mark.bytes)]) != mark.bytes {
			continue
		}
		if legacy(encoding) != nil || encoding != "auto" && encoding != "" && encoding != mark.encoding {
			return nil, "", fmt.Errorf("the file begins with the mark of %s, but encoding is %s; set it to auto", mark.encoding, encoding)
		}
		found, order = mark.encoding, mark.order
		if err := discardMarks(buffered, mark.bytes); err != nil {
			return nil, "", err
		}
		break
	}
	switch found {
	case "utf-8":
		if bytes.IndexByte(begin, 0) >= 0 {
			return nil, "", errors.New("the file begins with zero bytes, as UTF-16 without a mark does; set encoding to utf-16")
		}
		return buffered, found, nil
	case "utf-16":
		return transform.NewReader(buffered, unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder()), found, nil
	}
	if decoder := legacy(found); decoder != nil {
		return transform.NewReader(buffered, decoder), found, nil
	}
	return nil, "", fmt.Errorf("encoding is %q: allowed are auto, utf-8, utf-16, windows-1258, tcvn3 and vni", encoding)
}

// discardMarks passes over a mark, and over more of them, as programs write that put one before a text which has one.
func discardMarks(from *bufio.Reader, mark string) error {
	for {
		if _, err := from.Discard(len(mark)); err != nil {
			return err
		}
		if next, _ := from.Peek(len(mark)); string(next) != mark {
			return nil
		}
	}
}
