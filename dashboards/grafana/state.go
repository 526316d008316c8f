package grafana

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"kpiagent/internal/durable"
)

// ErrInUse is in the chain of the error where another process is putting things into Grafana with the same state.
var ErrInUse = errors.New("another kpiagent is at work on Grafana")

// state remembers what this agent has put into Grafana: without it, nothing that is there counts as this agent's. It is a file
// beside the ledger. Losing it does no harm: what is as it should be is taken over, all else is told of and kept.
type state struct {
	path string
	lock io.Closer // nil where the state is only looked at
	all  stateFile
	here map[string]sent // of this Grafana and prefix, by kind/id
}

type stateFile struct {
	About    string                     `json:"about"`
	Grafanas map[string]map[string]sent `json:"grafanas"`
}

// sent is one thing as it was left in Grafana.
type sent struct {
	// Wanted is the hash of what was wanted.
	Wanted string `json:"wanted"`
	// Left is how Grafana had it afterwards: while it is the same, it was not changed by others.
	Left string `json:"left"`
	// Title is for people.
	Title string `json:"title"`
}

// openState reads the state of a Grafana and, unless it is only looked at, keeps others from using it until close.
func openState(path, address, prefix string, readOnly bool) (*state, error) {
	s := &state{path: path}
	if !readOnly {
		if err := s.take(); err != nil {
			return nil, err
		}
	}
	if err := s.read(); err != nil {
		return nil, errors.Join(err, s.close())
	}
	key := strings.TrimRight(address, "/") + " " + prefix
	if s.here = s.all.Grafanas[key]; s.here == nil {
		s.here = map[string]sent{}
		s.all.Grafanas[key] = s.here
	}
	return s, nil
}

// take locks the state.
func (s *state) take() error {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o750); err != nil {
		return fmt.Errorf("grafana: the folder of the state: %w", err)
	}
	lock, err := durable.Acquire(s.path+".lock", fmt.Sprintf("kpiagent, process %d", os.Getpid()), "ledger.path")
	if errors.Is(err, durable.ErrInUse) {
		err = fmt.Errorf("%w; try again in a minute", ErrInUse)
	}
	if err != nil {
		return fmt.Errorf("grafana: the state %s: %w", s.path, err)
	}
	s.lock = lock
	if err := durable.RemoveLeftovers(s.path); err != nil {
		return errors.Join(fmt.Errorf("grafana: the folder of the state: %w", err), s.close())
	}
	return nil
}

func (s *state) read() error {
	text, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = []byte("{}"), nil
	}
	if err == nil {
		err = json.Unmarshal(text, &s.all)
	}
	if err != nil {
		return fmt.Errorf("grafana: the state cannot be read: %w; if it is damaged, move %s away: "+
			"the agent then looks at Grafana afresh", err, s.path)
	}
	if s.all.Grafanas == nil {
		s.all.Grafanas = map[string]map[string]sent{}
	}
	s.all.About = "What kpiagent has put into Grafana. Do not edit it."
	return nil
}

// remember notes how a thing was left, on disk before anything else is written to Grafana.
func (s *state) remember(id string, as sent) error {
	if s.here[id] == as {
		return nil
	}
	s.here[id] = as
	return s.write()
}

func (s *state) forget(id string) error {
	if _, known := s.here[id]; !known {
		return nil
	}
	delete(s.here, id)
	return s.write()
}

// write replaces the file whole.
func (s *state) write() (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("grafana: the state cannot be written: %w; until it can, Grafana is left alone", err)
		}
	}()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s.all); err != nil {
		return err
	}
	return durable.Write(s.path, text.Bytes(), 0o600)
}

// close releases the lock.
func (s *state) close() error {
	if s.lock == nil {
		return nil
	}
	return s.lock.Close()
}

// hash of what can be written as JSON; maps are written in the order of their keys.
func hash(value any) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}
