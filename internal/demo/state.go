package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"kpiagent/internal/kpi"
)

// state is what is kept beside the systems, so that a ministry goes on after a pause.
type state struct {
	About    string                        `json:"about"`
	Version  int                           `json:"version"`
	Complete bool                          `json:"complete"` // everything was made
	Seed     uint64                        `json:"seed"`
	Built    string                        `json:"built"`
	Clock    string                        `json:"clock"` // local time of the last step
	Steps    int                           `json:"steps"`
	Address  string                        `json:"address"`    // of the systems that answer over HTTP, as the configuration has it
	Lived    map[string]string             `json:"lived"`      // local time up to which each unit's system has gone on
	Silent   bool                          `json:"silent"`     // the unit that stops reporting has stopped
	Grown    map[string]map[string]int     `json:"grown"`      // by day and measure: what steps added to the totals
	Usual    map[string]int                `json:"usual_open"` // open dossiers of each unit when it was made
	Rejects  map[string]map[kpi.Reason]int `json:"rejects"`
}

const (
	stateName    = "demo.json"
	stateVersion = 2
	stateAbout   = "State of kpiagent's sample ministry. All its data are invented. Remove the whole folder to begin anew."
)

func (s *state) clock() kpi.Stamp { return stamp(time.DateTime, s.Clock) }

// readState gives the zero state where there is none.
func readState(dir string) (state, error) {
	path := filepath.Join(dir, stateName)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return state{}, nil
	}
	if err != nil {
		return state{}, fmt.Errorf("the state of the sample ministry: %w", err)
	}
	var s state
	if err := json.Unmarshal(content, &s); err != nil {
		return state{}, fmt.Errorf("the state of the sample ministry, %s, cannot be read; remove the folder to begin anew: %w", path, err)
	}
	if s.Version != stateVersion || s.clock() == 0 {
		return state{}, fmt.Errorf("the sample ministry in %s was made by another version of kpiagent; name another folder, or remove this one", dir)
	}
	return s, nil
}

func (s *state) save(dir string) error {
	s.About = stateAbout
	content, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("the state of the sample ministry: %w", err)
	}
	return replace(filepath.Join(dir, stateName), append(content, '\n'))
}
