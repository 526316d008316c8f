package demo_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Somebody else may have taken the port since: the configuration then gets the new address, and keeps all else that its
// owner wrote into it.
func TestAnotherPort(t *testing.T) {
	dir := t.TempDir()
	m := short(t, dir, someTime)
	before := m.Address
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", before)
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	text, err := os.ReadFile(m.Config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(m.Config, append(text, "# mine\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	again := short(t, dir, someTime)
	if again.Address == before {
		t.Fatalf("two listen on %s", before)
	}
	after, err := os.ReadFile(m.Config)
	if want := strings.ReplaceAll(string(text), before, again.Address) + "# mine\n"; err != nil || string(after) != want {
		t.Errorf("the configuration is now, %v:\n%.500s", err, after)
	}
	compareCounts(t, again, collect(t, again, someTime))
}

// The same port is taken again where it is free, so that nothing changes.
func TestSamePort(t *testing.T) {
	dir := t.TempDir()
	m := short(t, dir, someTime)
	before := m.Address
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if again := short(t, dir, someTime); again.Address != before {
		t.Errorf("the systems moved from %s to %s", before, again.Address)
	}
}

// A system that is away when the ministry goes on is waited for.
func TestGoesOnWithoutASystem(t *testing.T) {
	dir := t.TempDir()
	m := short(t, dir, someTime)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "ktat.jsonl")
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	later := someTime.AddDate(0, 0, 7)
	again := short(t, dir, later)
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	now, _ := walk(t, again, later, 6)
	g := collect(t, again, now)
	compareCounts(t, again, g)
	missed := 0
	for _, d := range g.dossiers["ktat"] {
		if d.Received.Day().Time().After(someTime.Add(-7 * time.Hour)) {
			missed++
		}
	}
	if missed < 3 {
		t.Errorf("%d dossiers came in while the system was away", missed)
	}
}
