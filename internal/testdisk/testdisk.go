// Package testdisk gives tests a small disk that they can fill: a file system in memory of its own. It needs root; who is not,
// is told so. It is for tests only.
package testdisk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Disk is a mounted file system, which is gone at the end of the test.
type Disk struct {
	Folder string
	Filler string // the file that takes the room
}

// New mounts a disk of so many megabytes. Where that is not permitted the test is skipped, but fails where CI=true and root say
// that it should be.
func New(t testing.TB, megabytes int) *Disk {
	t.Helper()
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes)); err != nil {
		if os.Getenv("CI") == "true" && os.Geteuid() == 0 {
			t.Fatalf("a full disk is not tested: mounting is not permitted: %v", err)
		}
		t.Skipf("A FULL DISK IS NOT TESTED: mounting needs root and the right to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return &Disk{folder, filepath.Join(folder, "filler")}
}

// Fill takes all the room that there is.
func (d *Disk) Fill(t testing.TB) {
	t.Helper()
	f, err := os.Create(d.Filler)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 1<<20)
	for size := len(block); size > 0; {
		if _, err = f.Write(block[:size]); err != nil {
			size /= 2
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// Free gives the room back.
func (d *Disk) Free(t testing.TB) {
	t.Helper()
	if err := os.Remove(d.Filler); err != nil {
		t.Fatal(err)
	}
}
