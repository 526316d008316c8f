package xlsx

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// longestToken bounds one tag or text. A cell of Excel holds at most 32,767 characters.
const longestToken = 1 << 20

// scanner returns the tags and texts of a part, each bounded, without keeping what was before: neither depth nor length of
// a part costs memory.
type scanner struct {
	decoder *xml.Decoder
	from    *measured
}

func newScanner(from io.Reader) *scanner {
	m := &measured{from: bufio.NewReaderSize(from, 64<<10)}
	return &scanner{decoder: xml.NewDecoder(m), from: m}
}

func (c *container) open(part string) (*scanner, error) {
	from, err := c.unpack(part)
	if err != nil {
		return nil, err
	}
	return newScanner(from), nil
}

// next returns the next token, valid until the following call. The error is io.EOF at the end of the part.
func (s *scanner) next() (xml.Token, error) {
	s.from.left = longestToken
	token, err := s.decoder.RawToken()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, damaged(err)
	}
	return token, err
}

// each calls start for every beginning tag of the part, until its end.
func (s *scanner) each(start func(xml.StartElement) error) error {
	for {
		token, err := s.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if tag, ok := token.(xml.StartElement); ok {
			if err := start(tag); err != nil {
				return err
			}
		}
	}
}

// measured returns at most left bytes, so that no token grows beyond all bounds.
type measured struct {
	from *bufio.Reader
	left int
}

var errToken = fmt.Errorf("a text or tag is longer than %d bytes, which no spreadsheet program writes", longestToken)

func (m *measured) ReadByte() (byte, error) {
	if m.left--; m.left < 0 {
		return 0, errToken
	}
	return m.from.ReadByte()
}

func (m *measured) Read(into []byte) (int, error) { return m.from.Read(into) }

// attribute returns the value of an attribute without a name space, "" where it is absent.
func attribute(tag xml.StartElement, name string) string {
	for i := range tag.Attr {
		if tag.Attr[i].Name.Local == name && tag.Attr[i].Name.Space == "" {
			return tag.Attr[i].Value
		}
	}
	return ""
}

// isTrue reads a truth value as XML has it.
func isTrue(text string) bool {
	yes, err := strconv.ParseBool(text)
	return err == nil && yes
}
