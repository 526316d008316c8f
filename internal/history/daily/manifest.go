package daily

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"kpiagent/internal/durable"
	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
)

const manifestName = "manifest.json"

// manifest says which blocks count and what has to be written again. Only what is in it is there.
type manifest struct {
	// Fingerprint is of the configuration, Ledger and Serial are of the ledger's changes, up to which Behind is complete.
	Fingerprint string `json:"fingerprint"`
	Ledger      string `json:"ledger"`
	Serial      int64  `json:"serial"`
	// Blocks are those that count.
	Blocks map[piece]entry `json:"blocks"`
	// Behind are the pieces to be written, for the first time or again.
	Behind map[piece]bool `json:"behind"`
	// Dropped are the newest pieces that were removed because of the size limit, and AtLimit is that limit.
	Dropped map[piece]bool `json:"dropped"`
	AtLimit int64          `json:"at_limit"`
}

// entry is the block of one piece.
type entry struct {
	Block string         `json:"block"` // its folder; empty where there is nothing in these days
	First string         `json:"first"` // the days that it has, both included
	Last  string         `json:"last"`
	From  int64          `json:"from"` // the first moment of these days, in milliseconds since 1970
	To    int64          `json:"to"`   // the time of its last day's samples
	Files map[string]sum `json:"files"`
}

func (e *entry) bytes() (n int64) {
	for _, f := range e.Files {
		n += f.Bytes
	}
	return n
}

func (e *entry) days() (first, last kpi.Day, err error) {
	first, err = kpi.ParseDay(e.First)
	if err == nil {
		last, err = kpi.ParseDay(e.Last)
	}
	return first, last, err
}

func newManifest() *manifest {
	return &manifest{Blocks: map[piece]entry{}, Behind: map[piece]bool{}, Dropped: map[piece]bool{}}
}

// clone returns one that can be changed without changing the other.
func (m *manifest) clone() *manifest {
	c := *m
	c.Blocks, c.Behind, c.Dropped = maps.Clone(m.Blocks), maps.Clone(m.Behind), maps.Clone(m.Dropped)
	return &c
}

// readManifest reads it from a folder; the error is fs.ErrNotExist where there is none.
func readManifest(folder string) (*manifest, error) {
	text, err := os.ReadFile(filepath.Join(folder, manifestName))
	if err != nil {
		return nil, err
	}
	return parseManifest(text)
}

func parseManifest(text []byte) (*manifest, error) {
	m := newManifest()
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	if m.Blocks == nil || m.Behind == nil || m.Dropped == nil {
		return nil, errors.New("it is not whole")
	}
	for piece, e := range m.Blocks {
		if e.From == 0 || e.To < e.From { // an earlier version has not written down when a month begins
			delete(m.Blocks, piece)
			m.Behind[piece] = true
			continue
		}
		first, last, err := e.days()
		if err != nil || first > last || monthOf(first) != piece.month || monthOf(last) != piece.month {
			return nil, fmt.Errorf("it has the days %q to %q in the block of %s", e.First, e.Last, piece)
		}
		if e.Block != "" && (filepath.Base(e.Block) != e.Block || e.Block == ".." || e.Block == ".") {
			return nil, fmt.Errorf("it has %q as a block", e.Block)
		}
	}
	return m, nil
}

// write puts it in the place of the one before, in one step.
func (m *manifest) write(folder string) error {
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	return durable.Write(filepath.Join(folder, manifestName), append(text, '\n'), 0o640)
}

// held returns the times of the units that there are blocks of, apart from one another, oldest first.
func (m *manifest) held() (spans [][2]int64) {
	months := slices.SortedFunc(maps.Keys(m.Blocks), piece.before)
	slices.Reverse(months)
	for _, p := range months {
		e := m.Blocks[p]
		switch last := len(spans) - 1; {
		case p.part != exposition.OfUnits:
		case last >= 0 && spans[last][1]+1 >= e.From:
			spans[last][1] = e.To
		default:
			spans = append(spans, [2]int64{e.From, e.To})
		}
	}
	return spans
}

// newest returns the last month of a part that there is a block of.
func (m *manifest) newest(part exposition.Part) (newest piece, any bool) {
	for piece := range m.Blocks {
		if piece.part == part && (!any || piece.month > newest.month) {
			newest, any = piece, true
		}
	}
	return newest, any
}
