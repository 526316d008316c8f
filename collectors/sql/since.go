package sql

import (
	"strconv"
	"strings"
)

// statement is a query with the driver's placeholders where :since stood.
type statement struct {
	text  string
	marks int // how many placeholders
}

const sinceMark = ":since"

// dialect is how a driver's SQL quotes and counts.
type dialect struct {
	mark       string // before the number of a placeholder: $1, @p1, :1; "" for ? without one
	backslash  bool   // a backslash escapes in every string
	dollar     bool   // $tag$ … $tag$ is a string
	nested     bool   // comments nest
	hash       bool   // # begins a comment
	spaceDash  bool   // -- begins a comment only before a space
	backtick   bool
	brackets   bool // [name]
	escapeMark bool // E'…' has backslashes
	ownQuote   bool // q'[ … ]'
}

// dialects by driver.
var dialects = map[string]dialect{
	"postgres":  {mark: "$", dollar: true, nested: true, escapeMark: true},
	"mysql":     {backslash: true, hash: true, spaceDash: true, backtick: true},
	"sqlserver": {mark: "@p", nested: true, brackets: true},
	"oracle":    {mark: ":", ownQuote: true},
	"sqlite":    {backtick: true, brackets: true},
}

// place puts placeholders where :since stands: not in strings, names in quotes, comments, casts (x::since) or longer words.
func place(query string, d dialect) statement {
	var out strings.Builder
	s := statement{}
	for at := 0; at < len(query); {
		if length := d.opaque(query, at); length > 0 {
			out.WriteString(query[at : at+length])
			at += length
			continue
		}
		if !isSince(query, at) {
			out.WriteByte(query[at])
			at++
			continue
		}
		s.marks++
		if d.mark != "" {
			out.WriteString(d.mark + strconv.Itoa(s.marks))
		} else {
			out.WriteByte('?')
		}
		at += len(sinceMark)
	}
	s.text = out.String()
	return s
}

func isSince(query string, at int) bool {
	if !strings.HasPrefix(query[at:], sinceMark) {
		return false
	}
	if at > 0 && (query[at-1] == ':' || isWord(query[at-1])) {
		return false
	}
	end := at + len(sinceMark)
	return end == len(query) || !isWord(query[end])
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// opaque returns the length of the string, name in quotes or comment that begins at a place; 0 where none does. What is
// never closed reaches to the end.
func (d dialect) opaque(query string, at int) int {
	rest := query[at:]
	switch c := rest[0]; {
	case (c == 'q' || c == 'Q') && d.ownQuote && len(rest) > 2 && rest[1] == '\'' && (at == 0 || !isWord(query[at-1]) || national(query, at)):
		return 2 + upTo(rest[2:], string(closing(rest[2]))+"'", 1)
	case c == '\'':
		return quoted(rest, '\'', d.backslash || d.escapeMark && escaped(query, at))
	case c == '"':
		return quoted(rest, '"', d.backslash)
	case c == '`' && d.backtick:
		return quoted(rest, '`', false)
	case c == '[' && d.brackets:
		return upTo(rest, "]", 1)
	case strings.HasPrefix(rest, "--") && (!d.spaceDash || len(rest) == 2 || rest[2] <= ' '), c == '#' && d.hash:
		return upTo(rest, "\n", 1)
	case strings.HasPrefix(rest, "/*"):
		return comment(rest, d.nested)
	case c == '$' && d.dollar && (at == 0 || !isWord(query[at-1])):
		return dollarQuoted(rest)
	}
	return 0
}

// escaped reports whether the quote at a place belongs to E'…'.
func escaped(query string, at int) bool {
	return at > 0 && (query[at-1] == 'E' || query[at-1] == 'e') && (at == 1 || !isWord(query[at-2]))
}

// national reports whether the letter before a place is the N of Oracle's nq'[ … ]'.
func national(query string, at int) bool {
	return (query[at-1] == 'n' || query[at-1] == 'N') && (at == 1 || !isWord(query[at-2]))
}

// closing returns what ends Oracle's q'[ … ]' that begins so.
func closing(open byte) byte {
	switch open {
	case '[':
		return ']'
	case '(':
		return ')'
	case '{':
		return '}'
	case '<':
		return '>'
	}
	return open
}

// quoted returns the length of a text in quotes; a doubled quote does not end it.
func quoted(text string, mark byte, backslash bool) int {
	for at := 1; at < len(text); at++ {
		switch {
		case text[at] == '\\' && backslash:
			at++
		case text[at] == mark && at+1 < len(text) && text[at+1] == mark:
			at++
		case text[at] == mark:
			return at + 1
		}
	}
	return len(text)
}

func upTo(text, end string, from int) int {
	if i := strings.Index(text[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(text)
}

func comment(text string, nested bool) int {
	if !nested {
		return upTo(text, "*/", 2)
	}
	depth := 0
	for at := 0; at < len(text)-1; at++ {
		switch text[at : at+2] {
		case "/*":
			depth++
			at++
		case "*/":
			depth--
			at++
		}
		if depth == 0 {
			return at + 1
		}
	}
	return len(text)
}

// dollarQuoted returns the length of $tag$ … $tag$; 0 where no tag stands, as in $1.
func dollarQuoted(text string) int {
	for at := 1; at < len(text); at++ {
		c := text[at]
		if c == '$' {
			return upTo(text, text[:at+1], at+1)
		}
		if !isWord(c) || at == 1 && c >= '0' && c <= '9' {
			return 0
		}
	}
	return 0
}
