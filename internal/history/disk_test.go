package history_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kpiagent/internal/history"
	"kpiagent/internal/testdisk"
)

// On a disk that is really full history is not written, the agent goes on and says so; when there is room again history goes
// on, and what was written before is still there.
func TestADiskThatIsReallyFull(t *testing.T) {
	disk := testdisk.New(t, 180)
	s := newSite(t)
	s.dir = filepath.Join(disk.Folder, "history")
	s.open(func(o *history.Options) { o.FreeBytes = nil })
	minute := 0
	write := func(n int) {
		t.Helper()
		for range n {
			s.record(time.Duration(minute)*time.Minute, true, map[string]float64{value: float64(minute)})
			minute++
		}
	}
	write(10)
	disk.Fill(t)
	write(10)
	if why := s.Problem(); !strings.Contains(why, "is full") {
		t.Errorf("the problem is %q", why)
	}
	if got := s.values(9*time.Minute, value); !strings.Contains(fmt.Sprint(got), ":9") {
		t.Errorf("while the disk is full: %v", got)
	}
	disk.Free(t)
	write(10)
	if why := s.Problem(); why != "" {
		t.Errorf("with room again the problem is %q", why)
	}
	if got := s.samples(30*time.Minute, value, "31m"); !strings.Contains(fmt.Sprint(got), ":20") {
		t.Errorf("samples: %v", got)
	}
	// Full before it is opened: it opens, and says so with the first page.
	check(t, s.Close())
	disk.Fill(t)
	s.now = noon.Add(40 * time.Minute)
	s.open(func(o *history.Options) { o.FreeBytes = nil })
	minute = 40
	write(1)
	if why := s.Problem(); !strings.Contains(why, "is full") {
		t.Errorf("opened on a full disk, the problem is %q", why)
	}
	if got := s.samples(30*time.Minute, value, "31m"); !strings.Contains(fmt.Sprint(got), ":20") {
		t.Errorf("opened on a full disk: %v", got)
	}
	check(t, os.Remove(disk.Filler))
}
