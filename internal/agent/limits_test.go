package agent

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"kpiagent/collectors"
)

// A report that has suddenly more rows than it may fails with a clear message, and what is known stays.
func TestMoreRowsThanTheSourceMayHave(t *testing.T) {
	s := newSite(t)
	s.write("hoachat.csv", hoachat)
	s.write("dienluc.csv", dienluc)
	a := s.agent(strings.Replace(twoReports, "    jitter: 0s\n", "    jitter: 0s\n    max_rows: 3\n", 1))
	collect(t, a, CollectOptions{})
	before := tally(t, a, "bo", "month")
	s.write("hoachat.csv", hoachat+"H4,1.001,tt,2026-03-04,,\n")
	results, err := a.Collect(t.Context(), CollectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	const want = "cannot read: there are more rows than max_rows 3: what was taken so far stays; ask for less, or raise max_rows if the system really has so many"
	if got := results[0].Err; !errors.As(got, new(*collectors.TooManyRowsError)) || got.Error() != want {
		t.Errorf("the error is %v", got)
	}
	if results[1].Err != nil || tally(t, a, "bo", "month") != before {
		t.Errorf("the other source: %v; the figures: %+v, want %+v", results[1].Err, tally(t, a, "bo", "month"), before)
	}
	tried, err := Try(t.Context(), a.Model(), nil, 0, s.surroundings())
	if err != nil || !errors.As(tried[0].Err, new(*collectors.TooManyRowsError)) {
		t.Errorf("a dry run: %v, %v", tried[0].Err, err)
	}
}

// A database that gives one value of 100 MB is read like any other, and the row counts.
func TestHugeRowOfADatabase(t *testing.T) {
	s := newSite(t)
	db, err := sql.Open("sqlite", filepath.Join(s.folder, "xnk.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`create table ho_so (ma text, thutuc text, kenh text, nhan text, hen text, xong text, ghi_chu blob, doi integer);
		insert into ho_so values ('H1', '1.001', 'tt', '2026-03-02', null, null, zeroblob(100000000), 1), ('H2', '1.001', 'tt', '2026-03-03', null, null, null, 2)`); err != nil {
		t.Fatal(err)
	}
	a := s.agent(strings.NewReplacer("LEDGER", "kpiagent.db", "CONCURRENCY", "1", "PARENT", "bo", "MORE", "", "DAYSOFF", "", "TARGET", "0.5").Replace(racing) + racingDatabase("xnk", ""))
	if got := collect(t, a, CollectOptions{})["xnk/motcua"]; got.Added != 2 {
		t.Errorf("%s", got.Summary)
	}
}

// A feed with 10,000 new procedure codes: every dossier counts, the unit is shown as one total, and a metric says so.
func TestTenThousandNewProcedureCodes(t *testing.T) {
	const codes = 10_000
	s := newSite(t)
	s.write("dienluc.csv", dienluc)
	s.write("hoachat.csv", hoachat)
	s.write("thutuc.csv", "ma,ten\n1.001,Cấp giấy phép\n")
	a := s.agent(twoReports + `
  - unit: bo
    id: thutuc
    kind: file
    record: procedure
    file: {path: thutuc.csv}
    mapping:
      code: {column: ma}
      name: {column: ten}
`)
	collect(t, a, CollectOptions{})
	const over = `egov_series_over_budget{unit="%s"}`
	wantSeries(t, a, map[string]float64{fmt.Sprintf(over, "hoachat"): 0, fmt.Sprintf(over, "bo"): 0})

	var procedures, dossiers strings.Builder
	procedures.WriteString("ma,ten\n1.001,Cấp giấy phép\n")
	dossiers.WriteString(hoachat)
	for i := range codes {
		fmt.Fprintf(&procedures, "9.%05d,Thủ tục số %d\n", i, i)
		fmt.Fprintf(&dossiers, "N%d,9.%05d,tt,2026-03-0%d,2026-03-09,\n", i, i, 2+i%5)
	}
	s.write("hoachat.csv", dossiers.String())
	results, err := a.Collect(t.Context(), CollectOptions{Sources: []string{"hoachat/baocao"}})
	if err != nil || results[0].Err != nil || results[0].Rejected != codes {
		t.Fatalf("with codes that nobody knows: %+v, %v", results, err)
	}
	if findings, err := a.Ledger.Findings(t.Context(), "hoachat/baocao", 2*codes); err != nil || len(findings) != codes {
		t.Errorf("%d rejected rows are kept, want %d (%v)", len(findings), codes, err)
	}

	s.write("thutuc.csv", procedures.String())
	if got := collect(t, a, CollectOptions{})["hoachat/baocao"]; got.Added != codes || got.Rejected != 0 {
		t.Fatalf("with the codes in the catalogue: %s", got.Summary)
	}
	wantSeries(t, a, map[string]float64{
		fmt.Sprintf(over, "hoachat"): 1, fmt.Sprintf(over, "bo"): 1, fmt.Sprintf(over, "dienluc"): 0,
		`egov_dossiers_received{unit="hoachat",procedure="",channel="online",period="month"}`:      1 + codes,
		`egov_dossiers_received{unit="dienluc",procedure="1.001",channel="online",period="month"}`: 1,
		`egov_kpi_denominator{kpi="online_filing_share",unit="bo",period="month"}`:                 3 + codes,
		`egov_ledger_imbalance{unit="bo"}`:                                                         0,
	})
	page := scrape(a)
	if len(page) > 1<<20 || strings.Contains(page, "9.00001") {
		t.Errorf("the page has %d bytes", len(page))
	}
	if got := tally(t, a, "hoachat", "month"); got.Online != 1+codes {
		t.Errorf("%+v", got)
	}
}
