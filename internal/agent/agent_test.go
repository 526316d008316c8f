package agent

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kpiagent/collectors"
	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
)

// Two units with a report each.
const twoReports = `
units:
  - {id: bo, name: {vi: Bộ, en: Ministry}}
  - {id: hoachat, parent: bo, name: {vi: Cục Hoá chất, en: Chemicals Agency}}
  - {id: dienluc, parent: bo, name: {vi: Cục Điện lực, en: Electricity Authority}}
procedures:
  - {unit: bo, code: "1.001", name: Cấp giấy phép}
targets:
  - {kpi: online_filing_share, year: 2026, value: 0.8}
sources:
  - unit: hoachat
    id: baocao
    kind: file
    schedule: "@every 1s"
    jitter: 0s
    file: {path: hoachat.csv}
    mapping: &mapping
      id: {column: ma}
      procedure: {column: thutuc}
      channel: {column: kenh, values: [{from: tt, to: online}, {from: tr, to: counter}]}
      received: {column: nhan, layouts: [yyyy-MM-dd]}
      due: {column: hen, layouts: [yyyy-MM-dd]}
      finished: {column: xong, layouts: [yyyy-MM-dd]}
      outcome: {constant: settled}
  - unit: dienluc
    id: baocao
    kind: file
    schedule: "@every 1s"
    jitter: 0s
    file: {path: dienluc.csv}
    mapping: *mapping
`

const header = "ma,thutuc,kenh,nhan,hen,xong\n"

const (
	hoachat = header + "H1,1.001,tt,2026-03-02,2026-03-09,2026-03-05\nH2,1.001,tr,2026-03-03,2026-03-10,\nH3,1.001,tt,2026-02-10,2026-03-12,\n"
	dienluc = header + "D1,1.001,tt,2026-03-02,2026-03-09,2026-03-16\n"
)

func TestReportsBecomeFigures(t *testing.T) {
	s := newSite(t)
	s.write("hoachat.csv", hoachat)
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports)

	// Before anything was read: every source has its series, no unit has a figure.
	wantSeries(t, a, map[string]float64{
		`egov_source_up{source="baocao",unit="hoachat"}`:                             0,
		`egov_source_last_success_timestamp_seconds{source="baocao",unit="hoachat"}`: 0,
		`egov_kpi_status{kpi="online_filing_share",unit="bo",period="month"}`:        0,
		`egov_ledger_imbalance{unit="bo"}`:                                           0,
	})
	collect(t, a, CollectOptions{})
	wantSeries(t, a, map[string]float64{
		`egov_source_up{source="baocao",unit="hoachat"}`:                                             1,
		`egov_source_last_success_timestamp_seconds{source="baocao",unit="hoachat"}`:                 float64(s.now.Unix()),
		`egov_dossiers_received{unit="bo",procedure="1.001",channel="online",period="month"}`:        2,
		`egov_dossiers_received{unit="bo",procedure="1.001",channel="counter",period="month"}`:       1,
		`egov_dossiers_carried_over{unit="bo",procedure="1.001",period="month"}`:                     1,
		`egov_dossiers_finished{unit="dienluc",procedure="1.001",timeliness="late",period="month"}`:  1,
		`egov_dossiers_finished{unit="hoachat",procedure="1.001",timeliness="early",period="month"}`: 1,
		`egov_dossiers_open{unit="hoachat",procedure="1.001",state="overdue"}`:                       2,
		`egov_kpi_numerator{kpi="online_filing_share",unit="bo",period="month"}`:                     2,
		`egov_kpi_denominator{kpi="online_filing_share",unit="bo",period="month"}`:                   3,
		`egov_kpi_status{kpi="online_filing_share",unit="bo",period="month"}`:                        1,
		`egov_kpi_status{kpi="online_filing_share",unit="dienluc",period="month"}`:                   3,
		`egov_ledger_imbalance{unit="bo"}`:                                                           0,
	})
}

// A broken source is visible, its figures stay, the others go on; when it is mended nothing is lost or doubled.
func TestTroubleOfOneSource(t *testing.T) {
	s := newSite(t)
	s.write("hoachat.csv", hoachat)
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports)
	collect(t, a, CollectOptions{})
	before := tally(t, a, "bo", "month")

	if err := os.Remove(filepath.Join(s.folder, "hoachat.csv")); err != nil {
		t.Fatal(err)
	}
	s.write("dienluc.csv", dienluc+"D2,1.001,tt,2026-03-19,2026-03-26,\n")
	s.now = s.now.Add(time.Hour)
	results, err := a.Collect(t.Context(), CollectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if results[0].Err == nil || !strings.Contains(results[0].Err.Error(), "put the report there") {
		t.Errorf("the error of the missing report is %v", results[0].Err)
	}
	if results[1].Err != nil {
		t.Errorf("the other source failed too: %v", results[1].Err)
	}
	wantSeries(t, a, map[string]float64{
		`egov_source_up{source="baocao",unit="hoachat"}`:                             0,
		`egov_source_up{source="baocao",unit="dienluc"}`:                             1,
		`egov_source_last_success_timestamp_seconds{source="baocao",unit="hoachat"}`: float64(s.now.Add(-time.Hour).Unix()),
		`egov_source_last_success_timestamp_seconds{source="baocao",unit="dienluc"}`: float64(s.now.Unix()),
	})
	broken := tally(t, a, "bo", "month")
	if broken.Total != before.Total+1 {
		t.Errorf("with one source broken the total is %d, want %d", broken.Total, before.Total+1)
	}

	s.write("hoachat.csv", hoachat)
	collect(t, a, CollectOptions{Full: true})
	if mended := tally(t, a, "bo", "month"); mended != broken {
		t.Errorf("mended: %+v, want %+v", mended, broken)
	}
}

// A report that suddenly has next to nothing is held back until somebody says that it is right.
func TestDropIsHeldBack(t *testing.T) {
	s := newSite(t)
	s.write("hoachat.csv", hoachat)
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports)
	collect(t, a, CollectOptions{})
	before := tally(t, a, "hoachat", "month")

	s.write("hoachat.csv", header+"H1,1.001,tt,2026-03-02,2026-03-09,2026-03-05\n")
	if got := collect(t, a, CollectOptions{})["hoachat/baocao"]; got.Held != 2 || got.Removed != 0 {
		t.Fatalf("held %d, removed %d, want 2 and 0", got.Held, got.Removed)
	}
	wantSeries(t, a, map[string]float64{`egov_source_held_rows{source="baocao",unit="hoachat"}`: 2})
	if got := tally(t, a, "hoachat", "month"); got != before {
		t.Errorf("held back, yet the figures moved: %+v", got)
	}
	if got := collect(t, a, CollectOptions{Sources: []string{"hoachat/baocao"}, Full: true, AcceptDrop: true})["hoachat/baocao"]; got.Removed != 2 {
		t.Errorf("accepted: %d removed, want 2", got.Removed)
	}
	if got := tally(t, a, "hoachat", "month"); got.Total != 1 {
		t.Errorf("accepted: total %d, want 1", got.Total)
	}
}

// Rows of procedures that become known later are read again without being asked for.
func TestUnknownProcedureHealsItself(t *testing.T) {
	s := newSite(t)
	s.write("hoachat.csv", hoachat+"H4,2.002,tt,2026-03-04,,\n")
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports + `
  - unit: bo
    id: thutuc
    kind: file
    record: procedure
    file: {path: "thutuc*.csv"}
    mapping:
      code: {column: ma}
      name: {column: ten}
`)
	s.write("thutuc.csv", "ma,ten\n1.001,Cấp giấy phép\n")
	first := collect(t, a, CollectOptions{})["hoachat/baocao"]
	if first.ByReason[kpi.UnknownProcedure] != 1 {
		t.Fatalf("rejected %v, want one unknown procedure", first.ByReason)
	}
	s.write("thutuc.csv", "ma,ten\n1.001,Cấp giấy phép\n2.002,Gia hạn giấy phép\n")
	second := collect(t, a, CollectOptions{})["hoachat/baocao"] // the report itself has not changed
	if second.Added != 1 || second.Rejected != 0 {
		t.Errorf("after the procedure became known: %s", second.Summary)
	}
	findings, err := a.Ledger.Findings(t.Context(), "hoachat/baocao", 10)
	if err != nil || len(findings) != 0 {
		t.Errorf("findings left: %v, %v", findings, err)
	}
}

// panicking is a source with a defect.
type panicking struct{}

func (panicking) Read(context.Context, collectors.Request, collectors.Sink) (collectors.Result, error) {
	panic("index out of range")
}
func (panicking) Close() error { return nil }

func TestPanicIsContained(t *testing.T) {
	s := newSite(t)
	var log bytes.Buffer
	s.log = &log
	s.write("hoachat.csv", hoachat)
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports)
	a.readers[0].source = panicking{}
	results, err := a.Collect(t.Context(), CollectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if results[0].Err == nil || results[1].Err != nil {
		t.Fatalf("errors %v and %v, want one for the first source only", results[0].Err, results[1].Err)
	}
	wantSeries(t, a, map[string]float64{
		`egov_source_panics_total{source="baocao",unit="hoachat"}`: 1,
		`egov_source_up{source="baocao",unit="hoachat"}`:           0,
		`egov_source_up{source="baocao",unit="dienluc"}`:           1,
	})
	if !strings.Contains(log.String(), "index out of range") || !strings.Contains(log.String(), "agent_test.go") {
		t.Errorf("the log lacks the panic or its stack:\n%s", log.String())
	}
}

// lockedBuffer is a log that several goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestRunReadsOnScheduleAndStops(t *testing.T) {
	s := newSite(t)
	log := new(lockedBuffer)
	s.log = log
	s.write("hoachat.csv", hoachat)
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()

	await := func(what, series string, want float64) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			if got, ok := value(scrape(a), series); ok && got == want {
				return
			} else if time.Now().After(deadline) {
				t.Fatalf("%s: %s is %v, want %v; the log:\n%s", what, series, got, want, log)
			}
		}
	}
	received := `egov_dossiers_received{unit="dienluc",procedure="1.001",channel="online",period="month"}`
	await("read at the start", received, 1)
	s.write("dienluc.csv", dienluc+"D2,1.001,tt,2026-03-19,2026-03-26,\n")
	await("read on schedule", received, 2)
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("Run ended with %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("Run does not end")
	}
}

// What the agent says of itself is declared where the reference of metrics is made from.
func TestMetricsAreDeclared(t *testing.T) {
	declared := map[string]bool{}
	for _, f := range exposition.AgentFamilies() {
		declared[f.Name] = true
	}
	s := newSite(t)
	s.write("hoachat.csv", hoachat+"H9,9.999,tt,2026-03-02,,\n")
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports)
	collect(t, a, CollectOptions{})
	a.audit(t.Context())
	families, err := a.Metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, f := range families {
		there[f.GetName()] = true
		if strings.HasPrefix(f.GetName(), "egov_") && (!declared[f.GetName()] || f.GetHelp() == "") {
			t.Errorf("%s is not declared in internal/exposition, or has no help", f.GetName())
		}
	}
	for name := range declared {
		if !there[name] {
			t.Errorf("%s is declared, but the agent does not have it", name)
		}
	}
}
