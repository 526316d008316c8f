package testserver

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Store is a running server that keeps time series.
type Store struct {
	// URL is its address, for example http://127.0.0.1:41234.
	URL     string
	command command
	folder  string
	health  string
	process *process
}

// VictoriaMetrics starts a server for this test alone. It ends in good order: killed, it would lose what it took in the last
// seconds. It takes remote writes at /api/v1/write, and shows what it took at once.
func VictoriaMetrics(t testing.TB, flags ...string) *Store {
	t.Helper()
	path, err := exec.LookPath("victoria-metrics")
	if err != nil {
		Refuse(t, &MissingError{Program: "victoria-metrics", Package: "victoria-metrics"})
	}
	folder := t.TempDir()
	return runStore(t, folder, "/health", func(address string) command {
		return command{path: path, end: syscall.SIGINT, args: append([]string{
			"-storageDataPath=" + filepath.Join(folder, "data"), "-httpListenAddr=" + address, "-retentionPeriod=100y",
			"-search.latencyOffset=0s", "-search.disableCache", "-memory.allowedBytes=64MB",
		}, flags...)}
	})
}

func runStore(t testing.TB, folder, health string, with func(address string) command) *Store {
	t.Helper()
	var err error
	for range tries {
		var port int
		if port, err = freePort(); err != nil {
			break
		}
		address := fmt.Sprintf("127.0.0.1:%d", port)
		s := &Store{URL: "http://" + address, command: with(address), folder: folder, health: health}
		if err = s.Start(); err == nil {
			t.Cleanup(s.Stop)
			return s
		}
	}
	t.Fatal(err)
	return nil
}

// Start starts the server again after Stop, at the same address with the same data, and waits until it answers.
func (s *Store) Start() (err error) {
	if s.process, err = start(s.command, s.folder); err != nil {
		return err
	}
	if err := s.process.await(func(ctx context.Context) error { return answersOK(ctx, s.URL+s.health) }); err != nil {
		s.Stop()
		return err
	}
	return nil
}

// Stop ends the server; what it took stays.
func (s *Store) Stop() {
	if s.process != nil {
		s.process.stop()
		s.process = nil
	}
}
