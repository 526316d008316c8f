package watch

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// folder is one in which configuration files are changed in all the ways that people and tools have.
type folder struct {
	t    *testing.T
	path string
}

func (f folder) at(name string) string { return filepath.Join(f.path, name) }

func (f folder) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f folder) write(name, text string) {
	f.t.Helper()
	f.must(os.MkdirAll(filepath.Dir(f.at(name)), 0o700))
	f.must(os.WriteFile(f.at(name), []byte(text), 0o600))
}

func (f folder) link(target, name string) {
	f.t.Helper()
	f.must(os.Symlink(target, f.at(name)))
}

func (f folder) rename(from, to string) {
	f.t.Helper()
	f.must(os.Rename(f.at(from), f.at(to)))
}

func TestWatchNoticesChanges(t *testing.T) {
	plain := func(f folder) { f.write("kpiagent.yml", "one") }
	// As Kubernetes mounts a ConfigMap: the file is a link through ..data, which is swapped as a whole.
	mounted := func(f folder) {
		f.write("..2026_03_20/kpiagent.yml", "one")
		f.link("..2026_03_20", "..data")
		f.link("..data/kpiagent.yml", "kpiagent.yml")
	}
	for _, test := range []struct {
		name         string
		make, change func(f folder)
		noticed      bool
	}{
		{"written in place", plain, func(f folder) { f.write("kpiagent.yml", "two") }, true},
		{"written in pieces", plain, func(f folder) { f.write("kpiagent.yml", ""); f.write("kpiagent.yml", "two") }, true},
		{"replaced by renaming", plain, func(f folder) { f.write("kpiagent.yml~", "two"); f.rename("kpiagent.yml~", "kpiagent.yml") }, true},
		{"moved away and written anew", plain, func(f folder) { f.rename("kpiagent.yml", "kpiagent.bak"); f.write("kpiagent.yml", "two") }, true},
		{"same content", plain, func(f folder) { f.write("kpiagent.yml", "one") }, false},
		{"gone", plain, func(f folder) { f.must(os.Remove(f.at("kpiagent.yml"))) }, false},
		{"another file in the folder", plain, func(f folder) { f.write("kpiagent.db-wal", "two") }, false},
		{"volume of Kubernetes swapped", mounted, func(f folder) {
			f.write("..2026_03_21/kpiagent.yml", "two")
			f.link("..2026_03_21", "..data_tmp")
			f.rename("..data_tmp", "..data")
			f.must(os.RemoveAll(f.at("..2026_03_20")))
		}, true},
		{"target of a link in another folder", func(f folder) {
			f.write("elsewhere/real.yml", "one")
			f.link("elsewhere/real.yml", "kpiagent.yml")
		}, func(f folder) { f.write("elsewhere/real.yml", "two") }, true},
		{"link led elsewhere", func(f folder) {
			f.write("a/k.yml", "one")
			f.write("b/k.yml", "two")
			f.link(f.at("a/k.yml"), "kpiagent.yml")
		}, func(f folder) { f.link(f.at("b/k.yml"), "next"); f.rename("next", "kpiagent.yml") }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := folder{t, t.TempDir()}
			test.make(f)
			w := New(f.at("kpiagent.yml"))
			w.settle, w.look = 20*time.Millisecond, time.Hour
			noticed := make(chan struct{}, 10)
			stop := watching(t, w, noticed)
			time.Sleep(100 * time.Millisecond) // the first look has to see the old content
			test.change(f)
			wait := 5 * time.Second
			if !test.noticed {
				wait = 200 * time.Millisecond
			}
			select {
			case <-noticed:
				if !test.noticed {
					t.Error("noticed, although nothing has changed")
				}
			case <-time.After(wait):
				if test.noticed {
					t.Error("not noticed")
				}
			}
			if test.noticed { // and the next one too
				f.must(os.WriteFile(f.at("kpiagent.yml"), []byte("three"), 0o600))
				select {
				case <-noticed:
				case <-time.After(wait):
					t.Error("the next change was not noticed")
				}
			}
			stop()
		})
	}
}

// A change between the start and the first event, and one that no event tells of, are seen by looking.
func TestWatchLooks(t *testing.T) {
	f := folder{t, t.TempDir()}
	f.write("kpiagent.yml", "one")
	w := New(f.at("kpiagent.yml"))
	w.settle, w.look = time.Hour, 10*time.Millisecond
	f.write("kpiagent.yml", "two")
	noticed := make(chan struct{}, 10)
	defer watching(t, w, noticed)()
	select {
	case <-noticed:
	case <-time.After(5 * time.Second):
		t.Error("not noticed")
	}
}

// watching runs a watch until stop is called.
func watching(t *testing.T, w *Watch, noticed chan<- struct{}) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.Run(ctx, func() { noticed <- struct{}{} }, func(err error) { t.Error(err) })
	}()
	return func() {
		cancel()
		<-ended
	}
}

func TestWayToAFile(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	f := folder{t, root}
	f.write("releases/2/etc/k.yml", "")
	f.link("releases/2", "current")
	f.link(f.at("current/etc"), "etc")
	f.link("circle", "circle")
	for _, test := range []struct {
		file string
		want []string
	}{
		{"releases/2/etc/k.yml", []string{"releases/2/etc/k.yml"}},
		{"etc/k.yml", []string{"etc", "current", "releases/2/etc/k.yml"}},
		{"etc/not-there.yml", []string{"etc", "current", "releases/2/etc/not-there.yml"}},
	} {
		got, err := wayTo(f.at(test.file))
		if err != nil {
			t.Error(err)
		}
		for i := range got {
			got[i], _ = filepath.Rel(root, got[i])
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.file, diff)
		}
	}
	if stops, err := wayTo(f.at("circle/k.yml")); err == nil || slices.Contains(stops, "") {
		t.Errorf("a circle of links: %v, %v", stops, err)
	}
}
