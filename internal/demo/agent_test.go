package demo_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"kpiagent/collectors"
	"kpiagent/internal/agent"
	"kpiagent/internal/demo"
	"kpiagent/internal/kpi"
)

// tally is what a system holds, in the words of form II.06a.
type tally struct{ Online, Counter, Postal, Open int64 }

// words says how a report or a store writes things: where they stand, and which channel each word is.
type words struct {
	id, channel, finished int
	channels              [3]string // online, counter, postal
}

func (w words) add(t *tally, row []string) {
	if strings.Contains(row[w.id], "-9") && len(row[w.id]) == len("G02.01-20260302-90001") && row[w.id][16] == '9' {
		return // wrong on purpose
	}
	for i, count := range []*int64{&t.Online, &t.Counter, &t.Postal} {
		if row[w.channel] == w.channels[i] {
			*count++
		}
	}
	if row[w.finished] == "" {
		t.Open++
	}
}

// recount counts the systems as anybody could who looks at the files, with none of the agent's code and none of the demo's.
func recount(t *testing.T, dir string) map[string]tally {
	t.Helper()
	found := map[string]tally{}
	count := func(unit string, rows [][]string, w words) {
		var sum tally
		for _, row := range rows {
			w.add(&sum, row)
		}
		found[unit] = sum
	}
	var database [][]string
	for line := range strings.Lines(rows(t, dir, "select ma_ho_so, kenh, coalesce(ngay_ket_thuc, '') from ho_so")) {
		database = append(database, append(strings.Fields(line), "", "")[:3])
	}
	count("xnk", database, words{0, 1, 2, [3]string{"2", "1", "3"}})
	count("hoachat", cells(t, dir, "hoachat.csv", ',', false), words{1, 4, 7, [3]string{"Trực tuyến", "Trực tiếp", "Bưu chính công ích"}})
	count("dienluc", cells(t, dir, "dienluc.csv", ';', true), words{0, 3, 6, [3]string{"Cổng DVC", "Một cửa", "Bưu điện"}})
	count("canhtranh", cells(t, dir, "canhtranh.csv", '\t', false), words{0, 3, 6, [3]string{"WEB", "DESK", "POST"}})
	book, err := excelize.OpenFile(filepath.Join(dir, "xuctien.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := book.GetRows("Danh sách")
	if err = errors.Join(err, book.Close()); err != nil {
		t.Fatal(err)
	}
	for i := range sheet {
		sheet[i] = append(sheet[i], make([]string, 11)...)
	}
	count("xttm", sheet[4:], words{0, 3, 6, [3]string{"Cổng dịch vụ công", "Bộ phận một cửa", "Dịch vụ bưu chính"}})
	for _, unit := range []string{"tmdt", "ktat", "trongnuoc"} {
		count(unit, latest(t, filepath.Join(dir, unit+".jsonl")), words{0, 1, 2, [3]string{"1", "2", "3"}})
	}
	return found
}

// cells reads a CSV report without its header.
func cells(t *testing.T, dir, name string, separator rune, windows bool) [][]string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	if windows {
		if text, err = charmap.Windows1258.NewDecoder().String(text); err != nil {
			t.Fatal(err)
		}
		text = norm.NFC.String(text)
	}
	in := csv.NewReader(strings.NewReader(text))
	in.Comma, in.FieldsPerRecord = separator, -1
	rows, err := in.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// latest reads a store: id, channel and end of the last line of each dossier.
func latest(t *testing.T, path string) [][]string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	last := map[string][]string{}
	for line := range strings.Lines(string(content)) {
		var row struct {
			ID, Finished string
			Channel      json.Number
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		last[row.ID] = []string{row.ID, row.Channel.String(), row.Finished}
	}
	var rows [][]string
	for row := range maps.Values(last) {
		rows = append(rows, row)
	}
	return rows
}

// newAgent makes the real agent, with its ledger, on the ministry.
func newAgent(t *testing.T, m *demo.Ministry, now func() time.Time) *agent.Agent {
	t.Helper()
	surroundings := around(someTime)
	surroundings.Now = now
	a, err := agent.New(t.Context(), modelOf(t, m), surroundings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// read collects every source and gives the errors by source.
func read(t *testing.T, a *agent.Agent) map[string]error {
	t.Helper()
	results, err := a.Collect(t.Context(), agent.CollectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	failed := map[string]error{}
	for _, r := range results {
		if r.Err != nil {
			failed[r.Source] = r.Err
		}
	}
	return failed
}

// shown is what the agent shows of each unit.
func shown(a *agent.Agent, now time.Time) map[string]tally {
	found := map[string]tally{}
	a.Ledger.Read(func(b *kpi.Books) {
		for _, u := range a.Model().Tree.Units()[1:] {
			sum := b.Daybook.Unit(u.ID).Tally(kpi.Period{From: kpi.DayOf(now) - 1000, To: kpi.DayOf(now)})
			found[u.ID] = tally{sum.Online, sum.Counter, sum.Postal, sum.InProgress}
		}
	})
	return found
}

// The agent's figures are what the systems hold, at first and while they move.
func TestAgentShowsWhatTheSystemsHold(t *testing.T) {
	t.Parallel()
	m := short(t, t.TempDir(), someTime)
	now := someTime
	a := newAgent(t, m, func() time.Time { return now })
	for round := range 2 {
		if failed := read(t, a); len(failed) > 0 {
			t.Fatal(failed)
		}
		if diff := cmp.Diff(recount(t, m.Dir), shown(a, now)); diff != "" {
			t.Errorf("round %d, systems (-) and agent (+):\n%s", round, diff)
		}
		now, _ = walk(t, m, now, 24)
	}
}

// certificates is what the gateway has counted, and what the agent shows of it.
func certificates(t *testing.T, m *demo.Ministry, a *agent.Agent) (counted, known map[string]float64) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(m.Dir, "asw.prom"))
	if err != nil {
		t.Fatal(err)
	}
	counted, known = map[string]float64{}, map[string]float64{}
	for _, found := range regexp.MustCompile(`direction="(\w+)"} (\d+)`).FindAllStringSubmatch(string(page), -1) {
		if counted["co_form_d_"+found[1]], err = strconv.ParseFloat(found[2], 64); err != nil {
			t.Fatal(err)
		}
	}
	a.Ledger.Read(func(b *kpi.Books) {
		for measure := range counted {
			known[measure], _ = b.Observed.Value("moit", measure, kpi.Period{From: kpi.DayOf(someTime) - 1000, To: kpi.DayOf(someTime) + 30})
		}
	})
	return counted, known
}

// The report of the past and the gateway's counters make one history, in which nothing is left out or counted twice: also
// over a night and a pause.
func TestCertificatesAreCountedOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := short(t, dir, someTime)
	now := someTime
	a := newAgent(t, m, func() time.Time { return now })
	check := func(when string) {
		if failed := read(t, a); len(failed) > 0 {
			t.Fatal(failed)
		}
		counted, known := certificates(t, m, a)
		if diff := cmp.Diff(counted, known); diff != "" || len(counted) != 3 {
			t.Errorf("%s: the gateway counted (-), the agent knows (+):\n%s", when, diff)
		}
	}
	check("at first")
	before, _ := certificates(t, m, a)
	now, _ = walk(t, m, now, 12)
	check("a minute later")
	if after, _ := certificates(t, m, a); after["co_form_d_sent"] <= before["co_form_d_sent"] {
		t.Errorf("nothing was sent: %v, %v", before, after)
	}
	now, _ = walk(t, m, now.AddDate(0, 0, 5), 4)
	check("five days later")
}

// Every system can be broken and mended: its source says so, the others do not mind, and no figure is lost.
func TestBreakAndMend(t *testing.T) {
	t.Parallel()
	m := short(t, t.TempDir(), someTime)
	a := newAgent(t, m, func() time.Time { return someTime })
	if failed := read(t, a); len(failed) > 0 {
		t.Fatal(failed)
	}
	before := shown(a, someTime)
	for _, group := range []map[string]string{
		{"motcua.db": "xnk/mot_cua", "hoachat.csv": "hoachat/bao_cao", "tmdt.jsonl": "tmdt/cong_dvc", "canhtranh.csv": "canhtranh/bao_cao",
			"danhmuc.csv": "moit/danh_muc", "thongke.html": "moit/trang_thong_ke"},
		{"dienluc.csv": "dienluc/bao_cao", "xuctien.xlsx": "xttm/bao_cao", "ktat.jsonl": "ktat/dong_bo", "trongnuoc.jsonl": "trongnuoc/cong_dvc",
			"vanphong.xlsx": "moit/van_phong", "co_mau_d.csv": "xnk/co_mau_d", "asw.prom": "xnk/asw"},
	} {
		want := map[string]bool{}
		for name, source := range group {
			want[source] = true
			if err := os.Rename(filepath.Join(m.Dir, name), filepath.Join(m.Dir, name+".away")); err != nil {
				t.Fatal(err)
			}
		}
		got := map[string]bool{}
		for source := range read(t, a) {
			got[source] = true
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("sources that failed (-want +got):\n%s", diff)
		}
		for name := range group {
			if err := os.Rename(filepath.Join(m.Dir, name+".away"), filepath.Join(m.Dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if failed := read(t, a); len(failed) > 0 {
		t.Errorf("mended, and yet: %v", failed)
	}
	if diff := cmp.Diff(before, shown(a, someTime)); diff != "" {
		t.Errorf("figures before (-) and after (+):\n%s", diff)
	}
}

// The portal wants its token.
func TestPortalWantsItsToken(t *testing.T) {
	t.Parallel()
	m := short(t, t.TempDir(), someTime)
	if err := os.WriteFile(filepath.Join(m.Dir, "tmdt.token"), []byte("wrong\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := newAgent(t, m, func() time.Time { return someTime })
	if failed := read(t, a); !errors.Is(failed["tmdt/cong_dvc"], collectors.ErrAuth) {
		t.Errorf("with a wrong token: %v", failed)
	}
	for path, want := range map[string]int{"/tmdt/api/ho-so": http.StatusUnauthorized, "/ktat/DongBoHoSoMC?trang=0": http.StatusBadRequest, "/": http.StatusOK, "/nothing": http.StatusNotFound} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+m.Address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, answer.Body)
		if err = errors.Join(err, answer.Body.Close()); err != nil || answer.StatusCode != want {
			t.Errorf("%s answers %s, %v; want %d", path, answer.Status, err, want)
		}
	}
}

// The unit that has stopped reporting stands still until somebody puts its system back; then it makes up for its days.
func TestSilentUnit(t *testing.T) {
	t.Parallel()
	m := short(t, t.TempDir(), someTime)
	unit, since, falls := m.Silence()
	if unit != "trongnuoc" || !falls || since.After(someTime.AddDate(0, 0, -2)) {
		t.Fatalf("silent: %s since %s, %v", unit, since, falls)
	}
	now := since
	a := newAgent(t, m, func() time.Time { return now })
	if _, err := a.Collect(t.Context(), agent.CollectOptions{Sources: []string{"moit/danh_muc", "trongnuoc/cong_dvc"}}); err != nil {
		t.Fatal(err)
	}
	known := shown(a, now)["trongnuoc"]
	if err := m.FallSilent(); err != nil {
		t.Fatal(err)
	}
	now, _ = walk(t, m, someTime, 12)
	if failed := read(t, a); failed["trongnuoc/cong_dvc"] == nil || len(failed) != 1 {
		t.Errorf("silent, and yet failed only: %v", failed)
	}
	if got := shown(a, now)["trongnuoc"]; got != known || known.Online == 0 {
		t.Errorf("known were %+v, now %+v", known, got)
	}
	path := filepath.Join(m.Dir, "trongnuoc.jsonl")
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	now, _ = walk(t, m, now, 3)
	if failed := read(t, a); len(failed) > 0 {
		t.Errorf("put back, and yet: %v", failed)
	}
	if got := shown(a, now)["trongnuoc"]; got.Online+got.Counter+got.Postal <= known.Online+known.Counter+known.Postal {
		t.Errorf("known were %+v, put back %+v", known, got)
	}
	if diff := cmp.Diff(recount(t, m.Dir), shown(a, now)); diff != "" {
		t.Errorf("systems (-) and agent (+):\n%s", diff)
	}
}
