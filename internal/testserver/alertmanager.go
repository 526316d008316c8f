package testserver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Alertmanager starts a server with that configuration for this test alone and gives its address, for example
// http://127.0.0.1:41234. It talks to no other Alertmanager.
func Alertmanager(t testing.TB, configYAML string) (baseURL string) {
	t.Helper()
	path, err := exec.LookPath("prometheus-alertmanager")
	if err != nil {
		Refuse(t, &MissingError{Program: "prometheus-alertmanager", Package: "prometheus-alertmanager"})
	}
	folder := t.TempDir()
	config := filepath.Join(folder, "alertmanager.yml")
	if err := os.WriteFile(config, []byte(configYAML), 0o644); err != nil {
		t.Fatal(err)
	}
	for range tries {
		if baseURL, err = runAlertmanager(t, path, folder, config); err == nil {
			return baseURL
		}
	}
	t.Fatalf("Alertmanager: %v", err)
	return ""
}

func runAlertmanager(t testing.TB, path, folder, config string) (baseURL string, err error) {
	port, err := freePort()
	if err != nil {
		return "", err
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	p, err := start(command{path: path, end: syscall.SIGKILL, args: []string{
		"--config.file=" + config, "--storage.path=" + filepath.Join(folder, "data"), "--web.listen-address=" + address,
		"--cluster.listen-address=",
	}}, folder)
	if err != nil {
		return "", err
	}
	baseURL = "http://" + address
	if err := p.await(func(ctx context.Context) error { return answersOK(ctx, baseURL+"/-/ready") }); err != nil {
		p.stop()
		return "", err
	}
	t.Cleanup(p.stop)
	return baseURL, nil
}

// Amtool gives the path of Alertmanager's checking tool.
func Amtool(t testing.TB) (path string) {
	t.Helper()
	path, err := exec.LookPath("amtool")
	if err != nil {
		Refuse(t, &MissingError{Program: "amtool", Package: "prometheus-alertmanager"})
	}
	return path
}
