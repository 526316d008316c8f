package daily

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"

	"kpiagent/internal/testdisk"
)

// Where the disk becomes full while months are written, those that were there stay, the others follow when there is room.
func TestADiskThatIsReallyFull(t *testing.T) {
	m := filled(t, 100)
	disk := testdisk.New(t, 64)
	folder := filepath.Join(disk.Folder, "past")
	s := open(t, Options{Folder: folder})
	write(t, s, m.source())
	before := dump(t, s)

	disk.Fill(t)
	m.correct(start + 10)
	for range 2 {
		if _, err := s.Write(t.Context(), m.source(), 0, 0, nil); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("on a full disk: %v", err)
		}
		same(t, "on a full disk", before, dump(t, s))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, Options{Folder: folder}) // as after a restart
	same(t, "opened on a full disk", before, dump(t, s))
	disk.Free(t)
	write(t, s, m.source())
	same(t, "with room again", m.anew(), dump(t, s))
}
