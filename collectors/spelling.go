package collectors

import (
	"hash/maphash"
	"strings"
	"unicode/utf8"
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

// other returns another id of this read that differs from this one only by case, by zeros before a number or by zeros
// behind its decimals; "" where there is none.
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
			id = strings.ToLower(id)
			break
		}
	}
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
		to = append(to, c)
	}
	return to
}

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
