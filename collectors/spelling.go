package collectors

import (
	"fmt"
	"hash/maphash"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// spellings remembers the ids of one read by what a person or a spreadsheet makes of them, so that two that are easily
// taken for each other are noticed. The zero value is empty.
type spellings struct {
	seed   maphash.Seed
	known  map[uint64]string
	folded []byte // of the present id
	rows   int
}

// mostSpellings bounds how many rows of a read are looked at: the first ones.
const mostSpellings = 100_000

// other returns another id of this read that differs from this one only by case, by zeros before a number or behind its decimals,
// by letters and dashes that look the same, or by a mark at its end; "" where there is none.
func (s *spellings) other(id string) string {
	if s.known == nil {
		s.seed, s.known = maphash.MakeSeed(), map[uint64]string{}
	}
	if s.rows++; s.rows > mostSpellings {
		return ""
	}
	s.folded = appendFolded(s.folded[:0], id)
	key := maphash.Bytes(s.seed, s.folded)
	known, found := s.known[key]
	switch {
	case !found:
		s.known[key] = strings.Clone(id)
		return ""
	case known == id || string(appendFolded(nil, known)) != string(s.folded):
		return ""
	}
	return known
}

// appendFolded appends an id without what is easily lost of it.
func appendFolded(to []byte, id string) []byte {
	for i := range len(id) {
		if id[i] >= utf8.RuneSelf {
			id = strings.Map(lookalike, strings.ToLower(norm.NFKC.String(id)))
			break
		}
	}
	id = strings.TrimRight(id, " .,;:-_")
	if short := strings.TrimLeft(id, "0"); short != "" {
		id = short
	}
	if whole, decimals, found := strings.Cut(id, "."); found && isDigits(whole) && isDigits(decimals) {
		decimals = strings.TrimRight(decimals, "0")
		if id = id[:len(whole)+1+len(decimals)]; decimals == "" {
			id = whole
		}
	}
	for i := range len(id) {
		c := id[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		switch c {
		case 'o':
			c = '0'
		case ' ', '_':
			c = '-'
		}
		to = append(to, c)
	}
	return to
}

// lookalike returns the Latin letter that one of another alphabet looks like, and the hyphen for any dash.
func lookalike(r rune) rune {
	const others, latin = "авекмнорстухіјѕԁԛԝӏαβεηικμνορτυχ", "abekmhopctyxijsdqwlabehikmnoptyx"
	if unicode.Is(unicode.Pd, r) || r == '\u2212' {
		return '-'
	}
	at := 0
	for _, other := range others {
		if other == r {
			return rune(latin[at])
		}
		at++
	}
	return r
}

// foreign says which letters of an id are of another alphabet or look like a hyphen and are none, for they cannot be seen.
func foreign(id string) string {
	for _, r := range id {
		if like := lookalike(unicode.ToLower(r)); like != unicode.ToLower(r) {
			return fmt.Sprintf(" (%c in %s is U+%04X, not the %c of a keyboard)", r, quote(id), r, like)
		}
	}
	return ""
}

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
