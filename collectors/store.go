package collectors

import (
	"strings"

	"kpiagent/internal/kpi"
)

// store gives the records of a read their memory in few pieces: texts and dossiers lie in blocks, and a code that comes
// again is kept once.
type store struct {
	block    strings.Builder
	dossiers []kpi.Dossier
	codes    map[string]map[string]code // by unit
	kept     int
}

// code is a procedure's or measure's code and whether it is known.
type code struct {
	text  string
	known bool
}

const (
	blockBytes    = 16 << 10
	blockDossiers = 256
	mostCodes     = 100_000 // bounds what a wrong mapping, with an id for a code, can make the agent keep
)

func newStore() store { return store{codes: map[string]map[string]code{}} }

// text copies a text out of the row's memory. A block is never written twice, so what was given out stays as it is.
func (s *store) text(text string) string {
	if len(text) > blockBytes/8 {
		return strings.Clone(text)
	}
	if s.block.Cap()-s.block.Len() < len(text) {
		s.block = strings.Builder{}
		s.block.Grow(blockBytes)
	}
	begin := s.block.Len()
	s.block.WriteString(text)
	return s.block.String()[begin:]
}

// dossier gives an empty dossier; unless keep follows, the next call gives the same one again.
func (s *store) dossier() *kpi.Dossier {
	if len(s.dossiers) == cap(s.dossiers) {
		s.dossiers = make([]kpi.Dossier, 0, blockDossiers)
	}
	d := &s.dossiers[:len(s.dossiers)+1][len(s.dossiers)]
	*d = kpi.Dossier{}
	return d
}

// keep says that the dossier given last is used.
func (s *store) keep() { s.dossiers = s.dossiers[:len(s.dossiers)+1] }

// code gives the kept copy of a code, and asks check only once for each.
func (s *store) code(unit, text string, check func(unit, code string) bool) code {
	ofUnit := s.codes[unit]
	if found, ok := ofUnit[text]; ok {
		return found
	}
	made := code{text: strings.Clone(text)}
	made.known = check == nil || check(unit, made.text)
	if s.kept >= mostCodes {
		return made
	}
	if ofUnit == nil {
		ofUnit = map[string]code{}
		s.codes[unit] = ofUnit
	}
	ofUnit[made.text] = made
	s.kept++
	return made
}
