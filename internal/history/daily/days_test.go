package daily

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/model/value"

	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
	"kpiagent/internal/testserver"
)

func TestDaysAreWhatIsWritten(t *testing.T) {
	m := filled(t, 40)
	got := map[string]map[int64]float64{}
	last := kpi.Day(0)
	for day, err := range Days(context.Background(), m.source(), exposition.Whole, 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if last != 0 && day.Day != last+1 {
			t.Errorf("%s comes after %s", day.Day, last)
		}
		last = day.Day
		n := 0
		for l, v := range day.Samples {
			if got[l.String()] == nil {
				got[l.String()] = map[int64]float64{}
			}
			if value.IsStaleNaN(v) {
				got[l.String()][day.At] = end
				continue
			}
			got[l.String()][day.At] = v
			n++
		}
		if n != day.Series {
			t.Errorf("%s has %d samples, and says %d", day.Day, n, day.Series)
		}
	}
	same(t, "days", m.anew(), got)

	ctx, cancel := context.WithCancelCause(context.Background())
	stopped := errors.New("stopped")
	defer cancel(nil)
	n := 0
	var end error
	for _, err := range Days(ctx, m.source(), exposition.Whole, start+5, start+20) {
		if n++; n == 3 {
			cancel(stopped)
		}
		end = err
	}
	if n != 4 || !errors.Is(end, stopped) {
		t.Errorf("%d days, then %v", n, end)
	}
}

func TestOpenMetricsIsWhatIsWritten(t *testing.T) {
	m := filled(t, 40)
	for _, extra := range []labels.Labels{m.moment.Labels, labels.EmptyLabels()} {
		m.moment.Labels = extra
		var text bytes.Buffer
		done, err := OpenMetrics(context.Background(), &text, m.source(), exposition.Whole, 0, 0, nil)
		if err != nil || done.Days != 40 || done.AllDays != 40 {
			t.Fatalf("%v, %+v", err, done)
		}
		got := map[string]map[int64]float64{}
		p := textparse.NewOpenMetricsParser(text.Bytes(), nil)
		samples := int64(0)
		for entry, err := p.Next(); ; entry, err = p.Next() {
			if err != nil {
				if !strings.Contains(err.Error(), "EOF") || entry != textparse.EntryInvalid {
					t.Fatal(err)
				}
				break
			}
			if entry != textparse.EntrySeries {
				continue
			}
			_, at, v := p.Series()
			var l labels.Labels
			p.Labels(&l)
			l = labels.NewBuilder(l).Labels() // an empty label is none
			if got[l.String()] == nil {
				got[l.String()] = map[int64]float64{}
			}
			got[l.String()][*at] = v
			samples++
		}
		if samples != done.Samples {
			t.Errorf("%d samples, want %d", samples, done.Samples)
		}
		want := m.anew()
		for _, samples := range want {
			maps.DeleteFunc(samples, func(_ int64, v float64) bool { return v == end }) // text has no ends
		}
		same(t, "text", want, got)
	}
}

// The real promtool makes blocks of the text, and a real Prometheus answers from them, and from a copy of our own blocks.
func TestAPrometheusTakesThePast(t *testing.T) {
	m := filled(t, 12)
	promtool := testserver.Promtool(t)
	text := filepath.Join(t.TempDir(), "past.txt")
	f, err := os.Create(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenMetrics(context.Background(), f, m.source(), exposition.Whole, 0, 0, nil); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	made := t.TempDir()
	if out, err := exec.Command(promtool, "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=744h", text, made).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	ours := t.TempDir()
	s := open(t, Options{Folder: ours})
	write(t, s, m.source())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	query := `egov_dossiers_received{unit="xnk",procedure="1.001",channel="online",period="year"}`
	want := map[string]string{}
	for name, samples := range m.anew() {
		if strings.Contains(name, `__name__="egov_dossiers_received", channel="online"`) && strings.Contains(name, `period="year", procedure="1.001", unit="xnk"`) {
			for at, v := range samples {
				want[strconv.FormatInt(at/1000, 10)] = strconv.FormatFloat(v, 'g', -1, 64)
			}
		}
	}
	if len(want) != 12 {
		t.Fatalf("%d days are expected", len(want))
	}
	for name, blocks := range map[string]string{"made by promtool": made, "copied": ours} {
		data := t.TempDir()
		if err := os.CopyFS(data, os.DirFS(blocks)); err != nil {
			t.Fatal(err)
		}
		base := testserver.PrometheusOn(t, "global: {scrape_interval: 1h}\n", data, "--storage.tsdb.retention.time=100y")
		end, _ := EndOf(m.moment.Today-1, m.moment.Zone)
		answer, err := http.Get(base + "/api/v1/query?" + url.Values{"query": {query + "[20d]"}, "time": {fmt.Sprint(end / 1000)}}.Encode())
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Data struct {
				Result []struct {
					Metric map[string]string
					Values [][2]any
				}
			}
		}
		err = json.NewDecoder(answer.Body).Decode(&got)
		if err := errors.Join(err, answer.Body.Close()); err != nil {
			t.Fatal(err)
		}
		if len(got.Data.Result) != 1 || got.Data.Result[0].Metric["job"] != "kpiagent" {
			t.Fatalf("%s: it answers %+v", name, got)
		}
		values := map[string]string{}
		for _, v := range got.Data.Result[0].Values {
			values[strconv.FormatFloat(v[0].(float64), 'f', -1, 64)] = v[1].(string)
		}
		if fmt.Sprint(values) != fmt.Sprint(want) {
			t.Errorf("%s: it answers %v, want %v", name, values, want)
		}
	}
}

func TestEndOfIsPlain(t *testing.T) {
	at, _ := EndOf(kpi.Date(2026, time.March, 31), location(t, "Asia/Ho_Chi_Minh"))
	if got := time.UnixMilli(at).UTC().Format(time.RFC3339Nano); got != "2026-03-31T16:59:59Z" {
		t.Errorf("the end of 31 March is %s", got)
	}
}
