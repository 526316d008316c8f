package xlsx

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// mostText bounds the memory of the shared texts, however much a workbook may unpack to; entryCost is what a text takes
// besides its bytes.
const (
	mostText  = 128 << 20
	entryCost = 16
)

// sharedTexts reads the texts that the cells name by number. Formats within a text and readings above it are left out.
func (c *container) sharedTexts(part string) ([]string, error) {
	scan, err := c.openOptional(part)
	if scan == nil {
		return nil, err
	}
	var texts []string
	var text gathered
	size, most := 0, int(min(mostText, c.limit))
	for {
		token, err := scan.next()
		if errors.Is(err, io.EOF) {
			return texts, nil
		}
		if err != nil {
			return nil, err
		}
		if end, ok := token.(xml.EndElement); ok && end.Name.Local == "si" {
			texts = append(texts, unescape(string(text.bytes)))
			size += entryCost
			text.bytes = text.bytes[:0]
		}
		before := len(text.bytes)
		text.take(token)
		if size += len(text.bytes) - before; size > most {
			return nil, fmt.Errorf("%w: its texts take more than %d bytes; split the report", errLimit, most)
		}
	}
}

// gathered collects the characters of a text that may consist of several runs.
type gathered struct {
	bytes   []byte
	inText  bool
	reading bool // within a phonetic reading
}

func (g *gathered) take(token xml.Token) {
	switch token := token.(type) {
	case xml.StartElement:
		switch token.Name.Local {
		case "t":
			g.inText = !g.reading
		case "rPh":
			g.reading = true
		}
	case xml.EndElement:
		switch token.Name.Local {
		case "t":
			g.inText = false
		case "rPh":
			g.reading = false
		}
	case xml.CharData:
		if g.inText {
			g.bytes = append(g.bytes, token...)
		}
	}
}

// unescape returns the characters that the format cannot hold and writes as _xHHHH_.
func unescape(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	var plain strings.Builder
	for {
		i := strings.Index(text, "_x")
		if i < 0 || len(text) < i+7 {
			plain.WriteString(text)
			return plain.String()
		}
		code, err := strconv.ParseUint(text[i+2:i+6], 16, 16)
		if err != nil || text[i+6] != '_' {
			plain.WriteString(text[:i+2])
			text = text[i+2:]
			continue
		}
		plain.WriteString(text[:i])
		plain.WriteRune(rune(code))
		text = text[i+7:]
	}
}
