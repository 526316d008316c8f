package alerting

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"kpiagent/internal/durable"
)

// The files of the state.
const (
	silenceFile = "silences"
	logFile     = "notified"
	alertFile   = "alerts.json"
)

// stateFolder is where the state is kept.
type stateFolder struct {
	path string
	log  *slog.Logger
}

func openStateFolder(path string, log *slog.Logger) (stateFolder, error) {
	f := stateFolder{path, log}
	if err := f.make(); err != nil {
		return f, err
	}
	// What a killed agent was writing does no harm, so neither does an error.
	var err error
	for _, name := range []string{silenceFile, logFile, alertFile} {
		err = errors.Join(err, durable.RemoveLeftovers(f.file(name)))
	}
	if err != nil {
		log.Warn("what was half written of the alerts' state is not removed", "err", err)
	}
	return f, nil
}

func (f stateFolder) make() error {
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return fmt.Errorf("alerts: the folder of their state: %w; let the agent's user make it", err)
	}
	return nil
}

func (f stateFolder) file(name string) string { return filepath.Join(f.path, name) }

// load hands a file to a reader of it. A file that it cannot make sense of is set aside, with a message, and load is as if
// there was none: then alerts may be told once more, which is better than an agent that does not start.
func (f stateFolder) load(name string, read func(content []byte) error) error {
	content, err := os.ReadFile(f.file(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("alerts: their state: %w; let the agent's user read it", err)
	}
	broken := read(content)
	if broken == nil {
		return nil
	}
	aside := fmt.Sprintf("%s.broken-%s", f.file(name), time.Now().UTC().Format("20060102T150405Z"))
	if err := os.Rename(f.file(name), aside); err != nil {
		return fmt.Errorf("alerts: their state %s is broken (%w) and cannot be set aside: %w", name, broken, err)
	}
	f.log.Error("a file of the alerts' state is broken and was set aside; alerts may be told once more", "file", f.file(name),
		"aside", aside, "err", broken)
	return nil
}

// save replaces a file in one step, and it is on the disk when save returns.
func (f stateFolder) save(name string, content []byte) error {
	if err := f.make(); err != nil {
		return err
	}
	if err := durable.Write(f.file(name), content, 0o600); err != nil {
		return fmt.Errorf("alerts: saving their state: %w", err)
	}
	return nil
}
