package collectors

import (
	"strings"

	"kpiagent/internal/kpi"
)

// arena allocates the memory of a read's records in few pieces: texts and dossiers lie in blocks, and a code that comes again
// is kept once.
type arena struct {
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

func newArena() arena { return arena{codes: map[string]map[string]code{}} }

// text copies a text out of the row's memory. A block is never written twice, so what was given out stays as it is.
func (a *arena) text(text string) string {
	if len(text) > blockBytes/8 {
		return strings.Clone(text)
	}
	if a.block.Cap()-a.block.Len() < len(text) {
		a.block = strings.Builder{}
		a.block.Grow(blockBytes)
	}
	begin := a.block.Len()
	a.block.WriteString(text)
	return a.block.String()[begin:]
}

// dossier returns an empty dossier; unless keep follows, the next call returns the same one again.
func (a *arena) dossier() *kpi.Dossier {
	if len(a.dossiers) == cap(a.dossiers) {
		a.dossiers = make([]kpi.Dossier, 0, blockDossiers)
	}
	d := &a.dossiers[:len(a.dossiers)+1][len(a.dossiers)]
	*d = kpi.Dossier{}
	return d
}

// keep commits the dossier returned last.
func (a *arena) keep() { a.dossiers = a.dossiers[:len(a.dossiers)+1] }

// code returns the kept copy of a code, and asks check only once for each.
func (a *arena) code(unit, text string, check func(unit, code string) bool) code {
	ofUnit := a.codes[unit]
	if found, ok := ofUnit[text]; ok {
		return found
	}
	made := code{text: strings.Clone(text)}
	made.known = check == nil || check(unit, made.text)
	if a.kept >= mostCodes {
		return made
	}
	if ofUnit == nil {
		ofUnit = map[string]code{}
		a.codes[unit] = ofUnit
	}
	ofUnit[made.text] = made
	a.kept++
	return made
}
