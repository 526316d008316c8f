package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"
)

// state is what is remembered between two reads: the files that were read and how they looked, or the report that came from an
// address. It is stored as JSON.
type state struct {
	Files   []seen   `json:"files,omitempty"`
	Fetched *fetched `json:"fetched,omitempty"`
}

// seen is how one file looked.
type seen struct {
	Path     string `json:"path"`
	Size     int64  `json:"size"`
	Modified int64  `json:"modified"` // nanoseconds since 1970
	Inode    uint64 `json:"inode,omitempty"`
	SHA256   string `json:"sha256"`
	// Settled says that the file had rested for a while when it was read: a later change shows in its time, however
	// coarse the file system's clock is.
	Settled bool `json:"settled"`
}

// rest is how long a file must not have changed for its time to be trusted.
const rest = 3 * time.Second

// stateOf reads a stored state; one that cannot be read is no state, and everything is read again.
func stateOf(text string) state {
	var s state
	if json.Unmarshal([]byte(text), &s) != nil {
		return state{}
	}
	return s
}

func (s state) String() string {
	text, err := json.Marshal(s)
	if err != nil { // strings and numbers always encode
		return ""
	}
	return string(text)
}

func (s state) of(path string) (seen, bool) {
	i := slices.IndexFunc(s.Files, func(f seen) bool { return f.Path == path })
	if i < 0 {
		return seen{}, false
	}
	return s.Files[i], true
}

// sameContent reports whether two states tell of the same files with the same content.
func (s state) sameContent(other state) bool {
	return slices.EqualFunc(s.Files, other.Files, func(a, b seen) bool {
		return a.Path == b.Path && a.Size == b.Size && a.SHA256 == b.SHA256
	})
}

// look notes how a file looks. Its content is only read where size, time and inode leave a doubt.
func look(ctx context.Context, path string, before state, now time.Time) (seen, error) {
	info, err := os.Stat(path)
	if err != nil {
		return seen{}, explain(path, err)
	}
	if info.IsDir() {
		return seen{}, folderError(path)
	}
	found := seen{Path: path, Size: info.Size(), Modified: info.ModTime().UnixNano(), Inode: inode(info), Settled: now.Sub(info.ModTime()) > rest}
	if old, ok := before.of(path); ok && old.Settled && old.looksLike(found) {
		return old, nil
	}
	if found.SHA256, err = hash(ctx, path); err != nil {
		return seen{}, explain(path, err)
	}
	return found, nil
}

func (f seen) looksLike(other seen) bool {
	return f.Size == other.Size && f.Modified == other.Modified && f.Inode == other.Inode
}

func (f seen) isStill(info fs.FileInfo) bool {
	return f.Size == info.Size() && f.Modified == info.ModTime().UnixNano() && f.Inode == inode(info)
}

func hash(ctx context.Context, path string) (string, error) {
	opened, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer opened.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, lasting{ctx, opened}); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
