package ledger

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

func TestOpenALedgerThatMayNotBeRead(t *testing.T) {
	o := sampleOptions(t)
	closedSample(t, o)
	o.ReadOnly = true
	if err := os.Chmod(o.Path, 0); err != nil {
		t.Fatal(err)
	}
	for dir := filepath.Dir(o.Path); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	opened := make(chan error)
	go func() {
		if os.Geteuid() == 0 { // root may read everything: this thread becomes somebody else, and ends with the goroutine
			runtime.LockOSThread()
			if err := syscall.Setfsuid(65534); err != nil {
				opened <- err
				return
			}
		}
		l, err := Open(context.Background(), o)
		if err == nil {
			l.Close()
		}
		opened <- err
	}()
	err := <-opened
	const want = "ledger PATH: open: the file or its folder cannot be opened or written: check that it exists and who owns it: unable to open database file (14)"
	if err == nil || strings.ReplaceAll(err.Error(), o.Path, "PATH") != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
