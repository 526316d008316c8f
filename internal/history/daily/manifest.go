package daily

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/prometheus/prometheus/tsdb/fileutil"

	"kpiagent/internal/kpi"
)

const manifestName = "manifest.json"

// manifest says which blocks count and what has to be written again. Only what is in it is there.
type manifest struct {
	// Fingerprint is of the configuration, Ledger and Serial are of the ledger's changes, up to which Behind is complete.
	Fingerprint string `json:"fingerprint"`
	Ledger      string `json:"ledger"`
	Serial      int64  `json:"serial"`
	// Months are the blocks that count.
	Months map[month]entry `json:"months"`
	// Behind are the months to be written, for the first time or again.
	Behind map[month]bool `json:"behind"`
	// Dropped is the last month that was removed because of the size limit, and AtLimit that limit.
	Dropped month `json:"dropped,omitempty"`
	AtLimit int64 `json:"at_limit,omitempty"`
}

// entry is one month's block.
type entry struct {
	Block string         `json:"block"` // its folder
	First string         `json:"first"` // the days that it has, both included
	Last  string         `json:"last"`
	To    int64          `json:"to"` // the time of its last day's samples
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
	return &manifest{Months: map[month]entry{}, Behind: map[month]bool{}}
}

// clone gives one that can be changed without changing the other.
func (m *manifest) clone() *manifest {
	c := *m
	c.Months, c.Behind = maps.Clone(m.Months), maps.Clone(m.Behind)
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
	if m.Months == nil || m.Behind == nil {
		return nil, errors.New("it is not whole")
	}
	for month, e := range m.Months {
		first, last, err := e.days()
		if err != nil || first > last || monthOf(first) != month || monthOf(last) != month {
			return nil, fmt.Errorf("it has the days %q to %q in the block of %s", e.First, e.Last, month)
		}
		if e.Block == "" || filepath.Base(e.Block) != e.Block || e.Block == ".." || e.Block == "." {
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
	name := filepath.Join(folder, manifestName)
	if err := writeSynced(name+temporary, append(text, '\n')); err != nil {
		return errors.Join(err, removeIfThere(name+temporary))
	}
	return fileutil.Replace(name+temporary, name)
}

func removeIfThere(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// newest gives the last month that there is a block of.
func (m *manifest) newest() (newest month, any bool) {
	for month := range m.Months {
		if !any || month > newest {
			newest, any = month, true
		}
	}
	return newest, any
}

// oldest lists the months from the oldest on.
func (m *manifest) oldest() []month { return slices.Sorted(maps.Keys(m.Months)) }
