package collectors

import (
	"hash/maphash"
	"strings"
)

// spellings remembers the ids of one read by what a person or a spreadsheet makes of them, so that two that are easily
// taken for each other are noticed. The zero value is empty.
type spellings struct {
	seed  maphash.Seed
	known map[uint64]string
}

// mostSpellings bounds how many ids are remembered; those behind are compared with the remembered ones only.
const mostSpellings = 100_000

// other returns another id of this read that differs from this one only by case, by zeros before a number or by zeros
// behind its decimals; "" where there is none.
func (s *spellings) other(id string) string {
	if s.known == nil {
		s.seed, s.known = maphash.MakeSeed(), map[uint64]string{}
	}
	key := maphash.String(s.seed, folded(id))
	known, found := s.known[key]
	switch {
	case !found:
		if len(s.known) < mostSpellings {
			s.known[key] = strings.Clone(id)
		}
		return ""
	case known == id || folded(known) != folded(id):
		return ""
	}
	return known
}

// folded returns an id without what is easily lost of it.
func folded(id string) string {
	id = strings.ToLower(id)
	if short := strings.TrimLeft(id, "0"); short != "" {
		id = short
	}
	if whole, decimals, found := strings.Cut(id, "."); found && isDigits(whole) && isDigits(decimals) {
		return strings.TrimSuffix(whole+"."+strings.TrimRight(decimals, "0"), ".")
	}
	return id
}

func isDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
