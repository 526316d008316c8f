package collectors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// longestRaw bounds, in bytes, what is kept of each value of a rejected row.
const longestRaw = 2 << 10

// rawRow returns a row as a JSON object in the order of its columns. Long values are cut, with a note of their length.
func rawRow(columns []string, values []Value) string {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, column := range columns[:min(len(columns), len(values))] {
		if i > 0 {
			out.WriteByte(',')
		}
		writeText(&out, column)
		out.WriteByte(':')
		writeValue(&out, &values[i])
	}
	out.WriteByte('}')
	return out.String()
}

// rawText returns a line of text as it is kept.
func rawText(text string) string {
	if len(text) <= longestRaw {
		return bytesToValid(text)
	}
	return bytesToValid(cut(text, longestRaw)) + cutNote(text)
}

func bytesToValid(text string) string { return string(bytes.ToValidUTF8([]byte(text), []byte("�"))) }

func cutNote(text string) string { return fmt.Sprintf("… (%d bytes)", len(text)) }

func writeValue(out *bytes.Buffer, value *Value) {
	switch value.Kind {
	case Null:
		out.WriteString("null")
	case Int:
		out.WriteString(strconv.FormatInt(value.Int, 10))
	case Bool:
		out.WriteString(strconv.FormatBool(value.Int != 0))
	case Float:
		if math.IsNaN(value.Float) || math.IsInf(value.Float, 0) {
			writeText(out, string(value.append(nil)))
			return
		}
		out.Write(value.append(nil))
	case Time:
		writeText(out, string(value.append(nil)))
	default:
		writeText(out, rawText(value.Text))
	}
}

// writeText writes a JSON string that people can read: letters of every language and <>& as they are.
func writeText(out *bytes.Buffer, text string) {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil { // a string always encodes
		out.WriteString(`""`)
		return
	}
	out.Truncate(out.Len() - 1) // Encode ends with a line feed
}
