package testserver

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"
)

// Browser is a headless Chromium; each look is a process of its own with a profile of its own.
type Browser struct {
	path string
	// Dark asks pages for their dark colours.
	Dark bool
}

// Chromium finds the browser.
func Chromium(t testing.TB) *Browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		Refuse(t, &MissingError{Program: "chromium", Package: "chromium"})
	}
	return &Browser{path: path}
}

// lookTimeout bounds one look at a page; a loaded machine with two cores needs a while.
const lookTimeout = 3 * time.Minute

// console finds what a page, or the browser about a page, wrote to the console.
var console = regexp.MustCompile(`(?m)^\[[^\n]*CONSOLE[^\n]*\] (.*)$`)

// DOM opens a page in a window of that size, lets its scripts run for so long by the page's own clock, and gives the document
// as it is then, with every line of the console.
func (b *Browser) DOM(t testing.TB, url string, width, height int, scripts time.Duration) (document string, lines []string) {
	t.Helper()
	stdout, stderr := b.look(t, url, width, height, "--dump-dom", fmt.Sprintf("--virtual-time-budget=%d", scripts.Milliseconds()))
	for _, line := range console.FindAllSubmatch(stderr, -1) {
		lines = append(lines, string(line[1]))
	}
	return string(stdout), lines
}

// Screenshot stores a picture of a page in a window of that size; the file's name ends in png, jpeg or webp.
func (b *Browser) Screenshot(t testing.TB, url string, width, height int, file string) {
	t.Helper()
	_, stderr := b.look(t, url, width, height, "--screenshot="+file)
	if _, err := os.Stat(file); err != nil {
		t.Fatalf("Chromium made no picture of %s: %v\n%s", url, err, tail(stderr))
	}
}

// PDF prints a page as a browser does, on the paper that the page asks for.
func (b *Browser) PDF(t testing.TB, url string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.pdf")
	_, stderr := b.look(t, url, 1366, 768, "--no-pdf-header-footer", "--print-to-pdf="+file)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("Chromium did not print %s: %v\n%s", url, err, tail(stderr))
	}
	return content
}

func (b *Browser) look(t testing.TB, url string, width, height int, what ...string) (stdout, stderr []byte) {
	t.Helper()
	folder, err := os.MkdirTemp("", "kpiagent-test-") // a profile outlives its processes for a moment: testing's TempDir would complain
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	ctx, cancel := context.WithTimeout(t.Context(), lookTimeout)
	defer cancel()
	cmd := command{path: b.path, end: syscall.SIGKILL, args: append(b.arguments(folder, width, height, what...), url)}.build(ctx, folder)
	cmd.WaitDelay = 5 * time.Second
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("Chromium cannot look at %s: %v\n%s", url, err, tail(log.Bytes()))
	}
	return out.Bytes(), log.Bytes()
}
