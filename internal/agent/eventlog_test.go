package agent

import (
	"database/sql"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/kpi"
)

// An event log has a row for each event of a dossier, and each row repeats the dossier. The layout is that of the receipt
// phase log of the CoSeLoG project (4TU.ResearchData, doi:10.4121/uuid:a07386a5-7be3-4367-9535-70bc9e77dbe6): where
// KPIAGENT_TEST_RECEIPT names that file, it is read too.
const eventLogSource = `
time_zone: Europe/Amsterdam
units: [{id: city, name: {vi: Thành phố, en: City}}]
procedures:
  - {unit: city, code: General}
  - {unit: city, code: Customer contact}
  - {unit: city, code: Experts}
sources:
  - unit: city
    id: receipt
    kind: KIND
    timeout: 5m
SYSTEM
    mapping:
      id: {column: "case:concept:name"}
      procedure: {column: "case:department"}
      channel:
        column: "case:channel"
        values:
          - {from: Internet, to: online}
          - {from: e-mail, to: online}
          - {from: Desk, to: counter}
          - {from: Intern, to: counter}
          - {from: Post, to: postal}
      received: {column: "case:startdate", layouts: [rfc3339]}
      due: {column: "case:deadline", layouts: [rfc3339]}
      finished: {column: "case:enddate", layouts: [rfc3339]}
      outcome: {constant: settled}
`

func eventLogConfig(kind, system string) string {
	return strings.NewReplacer("KIND", kind, "SYSTEM", indent(system)[2:]).Replace(eventLogSource)
}

// eventLogs gives the logs to read: one invented here, and the real one where it is at hand.
func eventLogs(t *testing.T) map[string]string {
	logs := map[string]string{"invented": inventEventLog(t)}
	if path := os.Getenv("KPIAGENT_TEST_RECEIPT"); path != "" {
		logs["real"] = path
	} else {
		t.Log("KPIAGENT_TEST_RECEIPT is not set: only an invented log is read")
	}
	return logs
}

var eventLogColumns = []string{"case:channel", "case:concept:name", "case:deadline", "case:department", "case:enddate", "case:startdate", "concept:name", "time:timestamp"}

func inventEventLog(t *testing.T) string {
	random := rand.New(rand.NewPCG(11, 11))
	amsterdam, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "events.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := csv.NewWriter(f)
	const layout = "2006-01-02 15:04:05.000000-07:00"
	rows := [][]string{eventLogColumns}
	for i := range 300 {
		start := time.Date(2010, 10, 1, 8, 0, 0, 0, amsterdam).Add(time.Duration(random.IntN(440*24*3600)) * time.Second)
		due := start.AddDate(0, 0, 10+random.IntN(60))
		end := ""
		if random.IntN(12) > 0 {
			end = start.Add(time.Duration(random.IntN(70*24*3600)) * time.Second).Format(layout)
		}
		if i%60 == 7 { // ends a little before it begins, on the same day
			start = time.Date(2011, 5, 1+i/60, 12, 0, 0, 0, amsterdam)
			due, end = start.AddDate(0, 0, 20), start.Add(-50*time.Minute).Format(layout)
		}
		for event := range 1 + random.IntN(6) {
			rows = append(rows, []string{[]string{"Internet", "Desk", "Post", "e-mail", "Intern"}[i%5], fmt.Sprintf("case-%04d", i), due.Format(layout),
				[]string{"General", "Experts", "Customer contact"}[i%3], end, start.Format(layout), fmt.Sprintf("T%02d", event),
				start.Add(time.Duration(event) * time.Hour).Format(layout)})
		}
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return path
}

// plainCount counts the form of each month of 2011 in the plainest way: it keeps one line per case and asks each, for
// each month, what it was. It shares nothing with the agent.
func plainCount(t *testing.T, path string) map[string]kpi.Tally {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	amsterdam, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	cell := func(row []string, name string) string { return row[slices.Index(rows[0], name)] }
	date := func(text string) string { // yyyy-MM-dd on the clock of Amsterdam
		if text == "" {
			return ""
		}
		moment, err := time.Parse("2006-01-02 15:04:05.999999-07:00", text)
		if err != nil {
			t.Fatal(err)
		}
		return moment.In(amsterdam).Format("2006-01-02")
	}
	type dossier struct{ channel, received, due, end string }
	cases := map[string]dossier{}
	for _, row := range rows[1:] {
		cases[cell(row, "case:concept:name")] = dossier{cell(row, "case:channel"), date(cell(row, "case:startdate")),
			date(cell(row, "case:deadline")), date(cell(row, "case:enddate"))}
	}
	forms := map[string]kpi.Tally{}
	for month := time.January; month <= time.December; month++ {
		label := fmt.Sprintf("2011-%02d", month)
		before, last := label+"-00", label+"-31" // dates compare as texts
		var f kpi.Tally
		for _, d := range cases {
			if d.received > before && d.received <= last {
				switch d.channel {
				case "Internet", "e-mail":
					f.Online++
				case "Desk", "Intern":
					f.Counter++
				case "Post":
					f.Postal++
				}
			}
			if d.received < before && (d.end == "" || d.end > before) {
				f.CarriedOver++
			}
			if d.end > before && d.end <= last {
				f.Finished++
				switch {
				case d.due == "":
					f.Undated++
				case d.end < d.due:
					f.Early++
				case d.end == d.due:
					f.OnTime++
				default:
					f.Late++
				}
			}
			if d.received <= last && (d.end == "" || d.end > last) {
				f.InProgress++
				monthEnd := time.Date(2011, month+1, 0, 0, 0, 0, 0, time.UTC).Format("2006-01-02")
				if d.due != "" && d.due < monthEnd {
					f.Overdue++
				} else {
					f.InTime++
				}
			}
		}
		f.Total = f.Online + f.Counter + f.Postal + f.CarriedOver
		forms[label] = f
	}
	return forms
}

func wantForms(t *testing.T, a *Agent, want map[string]kpi.Tally) {
	t.Helper()
	for label, form := range want {
		got := tally(t, a, "city", label)
		got.OpenUndated = 0 // part of in time; the plain count does not tell it apart
		if diff := cmp.Diff(form, got); diff != "" {
			t.Errorf("%s (-plain count +agent):\n%s", label, diff)
		}
	}
}

func TestEventLogAsFile(t *testing.T) {
	for name, path := range eventLogs(t) {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			a := s.agent(eventLogConfig("file", fmt.Sprintf("  file: {path: %s, change_column: \"time:timestamp\"}", path)))
			got := collect(t, a, CollectOptions{})["city/receipt"]
			want := plainCount(t, path)
			wantForms(t, a, want)
			if got.Rejected != 0 {
				t.Errorf("%d rows rejected: %v", got.Rejected, got.ByReason)
			}
			findings, err := a.Ledger.Findings(t.Context(), "city/receipt", 100)
			if err != nil || len(findings) == 0 {
				t.Errorf("no warning of a dossier that ends before it begins: %v, %v", findings, err)
			}
			for _, f := range findings {
				if !f.Taken || f.Reason != string(kpi.EndsBeforeStartSameDay) {
					t.Errorf("finding %+v", f)
				}
			}
			if name == "real" {
				if got.Added != 1434 || len(findings) != 2 {
					t.Errorf("%d dossiers and %d warnings, want 1434 and 2", got.Added, len(findings))
				}
				a.Ledger.Read(func(b *kpi.Books) { logMonths(t, b, want) })
			}
		})
	}
}

// logMonths prints the table of the months, for people.
func logMonths(t *testing.T, b *kpi.Books, want map[string]kpi.Tally) {
	catalogue, err := kpi.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	t.Log("month    total online ctr+post carried finished early on_time late in_prog in_time overdue  online_share on_time_share")
	for month := range 12 {
		p := kpi.PeriodOf(kpi.PeriodMonth, kpi.Date(2011, time.Month(month+1), 1), kpi.CutCalendar)
		f := want[p.Label]
		online, _ := catalogue.Find("online_filing_share")
		onTime, _ := catalogue.Find("on_time_share")
		share, timely := b.Figure(online, "city", p), b.Figure(onTime, "city", p)
		t.Logf("%s %6d %6d %8d %7d %8d %5d %7d %4d %7d %7d %7d  %12.4f %13.4f", p.Label, f.Total, f.Online, f.Counter+f.Postal, f.CarriedOver, f.Finished,
			f.Early, f.OnTime, f.Late, f.InProgress, f.InTime, f.Overdue, share.Value, timely.Value)
		if received := f.Online + f.Counter + f.Postal; share.Value != float64(f.Online)/float64(received) ||
			timely.Value != float64(f.Early+f.OnTime)/float64(f.Early+f.OnTime+f.Late) {
			t.Errorf("%s: the shares are %v and %v, the plain count says otherwise", p.Label, share.Value, timely.Value)
		}
	}
}

// The same log in two databases, its events coming in while it is read, ends in the same figures.
func TestEventLogInDatabases(t *testing.T) {
	for name, path := range eventLogs(t) {
		for _, server := range []struct{ driver, name, moment, quote string }{{"pgx", "postgres", "timestamptz", `"`}, {"mysql", "mysql", "datetime(6)", "`"}} {
			t.Run(name+" in "+server.name, func(t *testing.T) {
				s := newSite(t)
				if server.name == "postgres" {
					s.env["DSN"] = servers.PostgreSQL(t)
				} else {
					s.env["DSN"] = servers.MariaDB(t)
				}
				db, err := sql.Open(server.driver, s.env["DSN"])
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				load := newEventTable(t, db, server.moment, server.quote, path)
				a := s.agent(eventLogConfig("sql", fmt.Sprintf(`  sql:
    driver: %s
    dsn_env: DSN
    query: select * from events where changed >= :since
    incremental: {column: changed, overlap: 1h}`, server.name)))
				load(0, 40)
				var coming sync.WaitGroup
				coming.Go(func() { load(40, 100) })
				for range 3 {
					collect(t, a, CollectOptions{})
				}
				coming.Wait()
				collect(t, a, CollectOptions{})
				wantForms(t, a, plainCount(t, path))
			})
		}
	}
}

// newEventTable makes the table; load puts the events from one to the other percentage into it, in the order of their time.
func newEventTable(t *testing.T, db *sql.DB, moment, quote, path string) (load func(from, to int)) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	moments := []string{"case:deadline", "case:enddate", "case:startdate", "time:timestamp"}
	var columns, names []string
	for _, column := range eventLogColumns {
		kind := "varchar(60)"
		if slices.Contains(moments, column) {
			kind = moment
		}
		columns, names = append(columns, quote+column+quote+" "+kind), append(names, quote+column+quote)
	}
	names = append(names, "changed")
	if _, err := db.ExecContext(t.Context(), "create table events ("+strings.Join(columns, ", ")+", changed "+moment+")"); err != nil {
		t.Fatal(err)
	}
	at := func(name string) int { return slices.Index(rows[0], name) }
	events := rows[1:]
	slices.SortStableFunc(events, func(a, b []string) int {
		return strings.Compare(utc(a[at("time:timestamp")]), utc(b[at("time:timestamp")]))
	})
	return func(from, to int) {
		const chunk = 200
		for part := range slices.Chunk(events[len(events)*from/100:len(events)*to/100], chunk) {
			var values []string
			for _, row := range part {
				var cells []string
				for _, column := range append(eventLogColumns, "time:timestamp") {
					cells = append(cells, literal(row[at(column)], slices.Contains(moments, column), moment))
				}
				values = append(values, "("+strings.Join(cells, ",")+")")
			}
			if _, err := db.ExecContext(t.Context(), "insert into events ("+strings.Join(names, ",")+") values "+strings.Join(values, ",")); err != nil {
				t.Error(err)
				return
			}
		}
	}
}

func utc(text string) string {
	moment, err := time.Parse("2006-01-02 15:04:05.999999-07:00", text)
	if err != nil {
		return ""
	}
	return moment.UTC().Format("2006-01-02 15:04:05.000000")
}

// literal writes a value of the log for SQL. A column that knows zones keeps the instant, another one the wall time.
func literal(text string, isMoment bool, kind string) string {
	switch {
	case text == "":
		return "null"
	case isMoment && kind == "timestamptz":
		return "'" + utc(text) + "+00'"
	case isMoment:
		moment, err := time.Parse("2006-01-02 15:04:05.999999-07:00", text)
		if err != nil {
			return "null"
		}
		amsterdam, err := time.LoadLocation("Europe/Amsterdam")
		if err != nil {
			return "null"
		}
		return "'" + moment.In(amsterdam).Format("2006-01-02 15:04:05.000000") + "'"
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}
