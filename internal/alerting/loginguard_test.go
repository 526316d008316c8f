package alerting

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"kpiagent/internal/outbound"
)

// attempts are what comes of one attempt after the other, the last for ever; each takes a second.
type attempts struct {
	mutex sync.Mutex
	come  []outbound.Outcome
	made  int
}

func (a *attempts) try() (outbound.Outcome, error) {
	a.mutex.Lock()
	what := a.come[min(a.made, len(a.come)-1)]
	a.made++
	a.mutex.Unlock()
	time.Sleep(time.Second)
	if what == (outbound.Outcome{}) {
		return what, nil
	}
	return what, errors.New("refused")
}

func (a *attempts) crowd(ctx context.Context, g *outbound.LoginGuard, number int) {
	var work sync.WaitGroup
	for range number {
		work.Go(func() { g.Pass(ctx, a.try) })
	}
	work.Wait()
}

// A password may end while the agent runs: then as well one login is tried, however many messages are there at once, and
// milder answers to those change nothing. The group's next turn, after as long as the default, is not lost.
func TestALoginThatIsGoodNoMoreIsTriedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const interval = 30 * time.Minute
		g, a := outbound.NewLoginGuard(), &attempts{come: []outbound.Outcome{{}, {Pause: refusedPause}, {Again: true, Pause: time.Second}, {}}}
		a.crowd(t.Context(), g, 1)
		turn := time.Now()
		a.crowd(t.Context(), g, 20)
		if a.made != 2 {
			t.Errorf("after a good login %d were tried", a.made-1)
		}
		time.Sleep(interval - time.Since(turn))
		a.crowd(t.Context(), g, 1)
		if a.made != 3 {
			t.Errorf("in the group's next turn %d were tried", a.made-2)
		}
	})
}

// What waits for the guard does not go on once its time has come to an end.
func TestWaitingForTheLoginGuardEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, a := outbound.NewLoginGuard(), &attempts{come: []outbound.Outcome{{}}}
		ctx, stop := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer stop()
		a.crowd(ctx, g, 20)
		if a.made != 3 {
			t.Errorf("%d messages were sent in the time for three", a.made)
		}
	})
}

// What is not sent because of a refused login is counted as not sent.
func TestMessagesHeldBackAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		metrics, a := NewMetrics(), &attempts{come: []outbound.Outcome{{Pause: refusedPause}}}
		s := &sender{kind: kindMail, timeout: time.Minute, guard: outbound.NewLoginGuard(), metrics: metrics, send: func(context.Context, []*alert.Alert) (outbound.Outcome, error) { return a.try() }}
		for range 3 {
			if _, err := s.Notify(t.Context()); err == nil {
				t.Error("there is no error")
			}
		}
		if diff := cmp.Diff(map[string]float64{"sent": 0, "failed": 3, "tried": 1}, map[string]float64{
			"sent": valueOf(t, metrics.sent.WithLabelValues(kindMail)), "failed": valueOf(t, metrics.failures.WithLabelValues(kindMail)), "tried": float64(a.made)}); diff != "" {
			t.Error(diff)
		}
	})
}

func valueOf(t *testing.T, metric prometheus.Metric) float64 {
	t.Helper()
	var read dto.Metric
	if err := metric.Write(&read); err != nil {
		t.Fatal(err)
	}
	return read.GetCounter().GetValue()
}
