package outbound

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A login that was refused is not tried before the pause is over, a server that is busy is waited for, and only messages over
// the same login wait for one another.
func TestLoginGuard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		guards, refused := LoginGuards{}, errors.New("535 wrong password")
		guard := guards.Of("smtp.example.vn", "kpi")
		if guards.Of("smtp.example.vn", "kpi") != guard || guards.Of("other.example.vn", "kpi") == guard {
			t.Error("a guard is of one login")
		}
		if first, second := guards.Of("smtp.example.vn", ""), guards.Of("smtp.example.vn", ""); first == second {
			t.Error("without an account nothing is shared")
		}
		tries := 0
		try := func(what Outcome, err error) func() (Outcome, error) {
			return func() (Outcome, error) { tries++; return what, err }
		}
		if again, err := guard.Pass(t.Context(), try(Outcome{Pause: 48 * time.Hour}, refused)); again || err != refused {
			t.Errorf("got %t, %v", again, err)
		}
		time.Sleep(LongestPause - time.Second)
		if again, err := guard.Pass(t.Context(), try(Outcome{}, nil)); again || !errors.Is(err, refused) || !strings.Contains(err.Error(), "not tried before") {
			t.Errorf("got %t, %v", again, err)
		}
		time.Sleep(time.Second)
		busy := Outcome{Again: true, Pause: time.Minute}
		if again, err := guard.Pass(t.Context(), try(busy, errors.New("421 busy"))); !again || err == nil {
			t.Errorf("got %t, %v", again, err)
		}
		began := time.Now()
		if again, err := guard.Pass(t.Context(), try(Outcome{}, nil)); again || err != nil || time.Since(began) != time.Minute {
			t.Errorf("got %t, %v after %s", again, err, time.Since(began))
		}
		if tries != 3 {
			t.Errorf("%d tries", tries)
		}
		gone, stop := context.WithCancel(t.Context())
		stop()
		if again, err := guard.Pass(gone, try(Outcome{}, nil)); !again || !errors.Is(err, context.Canceled) {
			t.Errorf("got %t, %v", again, err)
		}
	})
}
