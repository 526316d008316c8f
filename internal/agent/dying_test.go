package agent

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Sources that drip, hang, break off, flood or crash at the same time: each fails by itself, and the one that is well is read
// again and again meanwhile.
func TestDyingSourcesDoNotStopTheOthers(t *testing.T) {
	s := newSite(t)
	log := new(lockedBuffer)
	s.log = log
	drips := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, " "); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	}
	floods := func(w http.ResponseWriter, r *http.Request) {
		row := []byte(strings.Repeat(`{"ma":"H1","nhan":"2026-03-02"},`, 1000))
		if _, err := io.WriteString(w, "["); err != nil {
			return
		}
		for r.Context().Err() == nil {
			if _, err := w.Write(row); err != nil {
				return
			}
		}
	}
	hangs := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	text := threeUnits + "agent: {concurrency: 2}\nsources:"
	for _, dying := range []struct {
		id   string
		does http.HandlerFunc
	}{{"drips", drips}, {"hangs", hangs}, {"floods", floods}, {"cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }}, {"crashes", hangs}} {
		server := httptest.NewServer(dying.does)
		t.Cleanup(server.Close)
		text += strings.NewReplacer(`"0 0 1 1 *"`, `"@every 1s"`, "rest: {", "rest: {retries: 0, ").Replace(
			portal("hoachat", dying.id, server.URL, "timeout: 1s\n    retries: 1\n    retry_wait: 10ms\n    rest_after: 0\n    max_rows: 20000"))
	}
	well := newSystem(t, nil)
	text += strings.Replace(portal("xnk", "khoe", well.URL, ""), `"0 0 1 1 *"`, `"@every 1s"`, 1)
	a := s.agent(text)
	for _, r := range a.readers {
		if r.config.ID == "crashes" {
			r.source = panicking{}
		}
	}
	runs(t, a)
	eventually(t, "several reads of the source that is well, and a failure of each of the others", func() bool {
		return well.asked.Load() >= 4 && strings.Count(log.String(), `level=ERROR msg="reading failed; what is known stays"`) >= 8
	})
	for _, state := range a.Sources() {
		if state.Up != (state.ID == "khoe") {
			t.Errorf("%+v", state)
		}
	}
	for id, says := range map[string]string{
		"drips": "took longer than timeout 1s", "hangs": "took longer than timeout 1s", "cut": "EOF", "crashes": "the collector failed inside: index out of range",
		"floods": "", // the timeout, max_bytes or max_rows, whichever comes first
	} {
		list, err := a.Ledger.Runs(t.Context(), "hoachat/"+id, 50)
		if err != nil {
			t.Fatal(err)
		}
		told := false
		for _, run := range list {
			told = told || !run.OK && strings.Contains(run.Error, says) && run.Error != ""
		}
		if !told {
			t.Errorf("%s: the run log does not say %q: %+v", id, says, list)
		}
	}
	wantEventually(t, a, `egov_dossiers_received{unit="xnk",procedure="1.001",channel="online",period="month"}`, 2)
}
