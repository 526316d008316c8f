package testserver

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Prometheus starts a server with that configuration for this test alone and gives its address, for example
// http://127.0.0.1:41234. Paths in the configuration must be absolute. It takes remote writes, and POST /-/reload.
func Prometheus(t testing.TB, configYAML string) (baseURL string) {
	t.Helper()
	return PrometheusOn(t, configYAML, filepath.Join(t.TempDir(), "data"))
}

// PrometheusOn is Prometheus with a folder of data that may be there already, and with further arguments.
func PrometheusOn(t testing.TB, configYAML, data string, arguments ...string) (baseURL string) {
	t.Helper()
	return prometheus(t, configYAML, data, arguments).URL
}

// PrometheusStore is Prometheus for a test that stops it and starts it again.
func PrometheusStore(t testing.TB, configYAML string) *Store {
	t.Helper()
	return prometheus(t, configYAML, filepath.Join(t.TempDir(), "data"), nil)
}

func prometheus(t testing.TB, configYAML, data string, arguments []string) *Store {
	t.Helper()
	path, err := exec.LookPath("prometheus")
	if err != nil {
		Refuse(t, &MissingError{Program: "prometheus", Package: "prometheus"})
	}
	folder := t.TempDir()
	config := filepath.Join(folder, "prometheus.yml")
	if err := os.WriteFile(config, []byte(configYAML), 0o644); err != nil {
		t.Fatal(err)
	}
	return runStore(t, folder, "/-/ready", func(address string) command {
		return command{path: path, end: syscall.SIGKILL, args: append([]string{
			"--config.file=" + config, "--storage.tsdb.path=" + data, "--web.listen-address=" + address, "--web.enable-remote-write-receiver",
			"--web.enable-lifecycle",
		}, arguments...)}
	})
}

func answersOK(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	return nil
}

// Promtool gives the path of Prometheus' checking tool.
func Promtool(t testing.TB) (path string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		Refuse(t, &MissingError{Program: "promtool", Package: "prometheus"})
	}
	return path
}
