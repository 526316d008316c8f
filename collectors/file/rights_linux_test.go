package file

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"kpiagent/collectors"
	"kpiagent/config"
)

func TestAFileThatMayNotBeRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	write(t, path, report(1))
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	source, err := New(config.File{Path: path}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for dir := filepath.Dir(path); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	read := make(chan error)
	go func() {
		if os.Geteuid() == 0 { // root may read everything: this thread becomes somebody else, and ends with the goroutine
			runtime.LockOSThread()
			if err := syscall.Setfsuid(65534); err != nil {
				read <- err
				return
			}
		}
		_, err := collectors.Read(t.Context(), source, collectors.Request{Now: noon}, nil)
		read <- err
	}()
	err = <-read
	want := "file " + path + " may not be read; give the agent's user the right to read it: permission denied"
	if err == nil || err.Error() != want || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
