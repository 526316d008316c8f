package durable

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// names returns what a folder has.
func names(t *testing.T, folder string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestWriteReplacesAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	for _, content := range []string{"first", "second, and longer", ""} {
		if err := Write(path, []byte(content), 0o604); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != content {
			t.Errorf("got %q, %v", got, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != 0o604 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
	if got := names(t, filepath.Dir(path)); len(got) != 1 {
		t.Error(got)
	}
}

// A content that cannot be had, or a file that cannot be replaced, leaves everything as it was.
func TestWriteFailsWithoutATrace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	if err := Write(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	gone := errors.New("the source is gone")
	err := WriteFrom(path, 0o600, func(w io.Writer) error { _, _ = io.WriteString(w, "ne"); return gone })
	if err != gone {
		t.Errorf("got %v", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "old" {
		t.Errorf("got %q, %v", got, err)
	}
	folder := filepath.Join(t.TempDir(), "folder")
	if err := os.MkdirAll(filepath.Join(folder, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Write(folder, nil, 0o600); err == nil {
		t.Error("a folder was replaced")
	}
	for _, parent := range []string{filepath.Dir(path), filepath.Dir(folder)} {
		if got := names(t, parent); len(got) != 1 {
			t.Error(got)
		}
	}
	if err := Write(filepath.Join(folder, "none", "state.json"), nil, 0o600); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// A process that is killed leaves a file behind, by a name that RemoveLeftovers knows.
func TestRemoveLeftovers(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "state")
	if err := WriteFrom(path, 0o600, func(w io.Writer) error { // the name is that of a file that is being written
		being := names(t, folder)
		return os.WriteFile(filepath.Join(folder, being[0]+"1"), []byte("ha"), 0o600)
	}); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{".state", ".state-7", "state7", ".statement1"} {
		if err := os.WriteFile(filepath.Join(folder, other), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := RemoveLeftovers(path); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(names(t, folder), " "); got != ".state .state-7 .statement1 state state7" {
		t.Error(got)
	}
}

func TestAcquire(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.lock")
	first, err := Acquire(path, "kpiagent, process 7", "ledger.path")
	if err != nil {
		t.Fatal(err)
	}
	const want = "is in use by kpiagent, process 7: stop it first, or give this agent a ledger.path of its own (resource temporarily unavailable)"
	if _, err := Acquire(path, "kpiagent, process 8", "ledger.path"); !errors.Is(err, ErrInUse) || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := Acquire(path, "kpiagent, process 8", "ledger.path")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "kpiagent, process 8\n" {
		t.Errorf("got %q, %v", got, err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Acquire(filepath.Join(path, "below"), "", "history.path"); err == nil || !strings.Contains(err.Error(), "history.path") {
		t.Errorf("got %v", err)
	}
}
