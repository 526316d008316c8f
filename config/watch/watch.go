// Package watch notices when a configuration file has changed. What is done then is the business of its caller.
package watch

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"kpiagent/config/document"
)

// Watch notices when the content of a configuration file has changed, by whatever means: written in place, replaced by
// renaming, or because a symbolic link on the way to it leads elsewhere now, as Kubernetes swaps its volumes.
type Watch struct {
	file string
	seen [sha256.Size]byte // what the file held when it was looked at last
	// settle is how long the file has to be left alone before it is read; look is how often it is read although nothing was
	// heard, because some file systems tell nothing.
	settle, look time.Duration
}

const (
	watchSettle = 500 * time.Millisecond
	watchLook   = 30 * time.Second
)

// New begins with the file's content of this moment.
func New(file string) *Watch {
	w := &Watch{file: file, settle: watchSettle, look: watchLook}
	w.changed()
	return w
}

// Run calls changed each time the content has changed and the file has been left alone for half a second, until ctx ends. A
// file that is gone or cannot be read has not changed. Where the system tells nothing of changes, which the error given to
// problem says, the file is looked at every half minute instead.
func (w *Watch) Run(ctx context.Context, changed func(), problem func(error)) {
	var events <-chan fsnotify.Event
	var errs <-chan error
	watcher, err := fsnotify.NewWatcher()
	if err == nil {
		defer watcher.Close()
		events, errs = watcher.Events, watcher.Errors
	} else {
		problem(fmt.Errorf("watching %s: %w", w.file, err))
	}
	stops, err := w.follow(watcher)
	if err != nil {
		problem(err)
	}
	quiet := time.NewTimer(w.settle)
	defer quiet.Stop()
	look := time.NewTicker(w.look)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-events:
			if slices.Contains(stops, filepath.Clean(e.Name)) {
				quiet.Reset(w.settle)
			}
			continue
		case err := <-errs:
			problem(fmt.Errorf("watching %s: %w", w.file, err))
		case <-look.C:
		case <-quiet.C:
		}
		if now, err := w.follow(watcher); err == nil { // while the way is broken, its former stops are watched on
			stops = now
		}
		if w.changed() {
			changed()
		}
	}
}

// follow watches the folders of all stops on the way to the file, and returns the stops.
func (w *Watch) follow(watcher *fsnotify.Watcher) ([]string, error) {
	stops, err := wayTo(w.file)
	if err != nil || watcher == nil {
		return stops, err
	}
	var folders []string
	for _, stop := range stops {
		folders = append(folders, filepath.Dir(stop))
	}
	var errs []error
	for _, folder := range folders {
		if !slices.Contains(watcher.WatchList(), folder) {
			errs = append(errs, watcher.Add(folder))
		}
	}
	for _, folder := range watcher.WatchList() {
		if !slices.Contains(folders, folder) {
			_ = watcher.Remove(folder) // it may be gone already
		}
	}
	if err := errors.Join(errs...); err != nil {
		return stops, fmt.Errorf("watching %s: %w", w.file, err)
	}
	return stops, nil
}

// mostLinks bounds the way to a file, as systems do.
const mostLinks = 40

// wayTo lists the symbolic links that lead to a file, also those among its folders, and the file itself: each has to be
// watched in its folder, because replacing any of them changes what is read.
func wayTo(file string) (stops []string, err error) {
	rest, err := filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("watching %s: %w", file, err)
	}
	done := filepath.VolumeName(rest) + string(filepath.Separator)
	rest = strings.TrimPrefix(rest, done)
	for rest != "" {
		name, after, _ := strings.Cut(rest, string(filepath.Separator))
		here := filepath.Join(done, name)
		target, err := os.Readlink(here)
		if err != nil { // no link
			done, rest = here, after
			continue
		}
		if stops = append(stops, here); len(stops) > mostLinks {
			return nil, fmt.Errorf("watching %s: its links lead in a circle", file)
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(done, target)
		}
		done = filepath.VolumeName(target) + string(filepath.Separator)
		rest = filepath.Join(strings.TrimPrefix(target, done), after)
	}
	return append(stops, done), nil
}

// changed reports whether the file holds something else than when it was looked at last.
func (w *Watch) changed() bool {
	text, wrong := document.Read(w.file)
	if wrong != "" {
		return false
	}
	now := sha256.Sum256(text)
	was := w.seen
	w.seen = now
	return was != now
}
