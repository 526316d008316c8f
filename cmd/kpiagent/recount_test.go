package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

type recountUnit struct {
	ID     string `json:"id"`
	Parent string `json:"parent"`
	Clock  string `json:"clock"`
}

type recountDossier struct {
	Unit       string      `json:"unit"`
	Channel    string      `json:"channel"`
	Received   string      `json:"received"`
	Due        string      `json:"due"`
	Finished   string      `json:"finished"`
	Outcome    string      `json:"outcome"`
	Pauses     [][2]string `json:"pauses"`
	Fee        string      `json:"fee"`
	Paid       string      `json:"paid"`
	Digitised  string      `json:"digitised"`
	Electronic string      `json:"electronic"`
	Satisfied  string      `json:"satisfied"`
}

// recountHistory is what testdata/recount.py reads.
type recountHistory struct {
	Today      string           `json:"today"`
	CutOff     string           `json:"cut_off"`
	Timeliness string           `json:"timeliness"`
	DaysOff    []string         `json:"days_off"`
	Periods    []string         `json:"periods"`
	Units      []recountUnit    `json:"units"`
	Dossiers   []recountDossier `json:"dossiers"`
}

const recountMinute, recountDay = "2006-01-02T15:04", "2006-01-02"

var recountToday = time.Date(2032, 1, 20, 0, 0, 0, 0, time.UTC)

// newRecountHistory invents a year of dossiers. The days off of 2031 are all
// listed, so no table of the agent is needed.
func newRecountHistory(seed uint64) recountHistory {
	r := rand.New(rand.NewPCG(seed, 7))
	pick := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	h := recountHistory{
		Today: recountToday.Format(recountDay), CutOff: []string{"calendar", "nd09"}[seed/4%2],
		Timeliness: []string{"days", "hours"}[seed/2%2],
		DaysOff: []string{"2031-01-01", "2031-01-22", "2031-01-23", "2031-01-24", "2031-04-01", "2031-04-30", "2031-05-01",
			"2031-09-01", "2031-09-02", "2031-09-03", "2032-01-01"},
		Periods: []string{"2031-Q1", "2031-Q2", "2031-Q3", "2031-Q4", "2031", "2032-01"},
		Units: []recountUnit{{"bo", "", ""}, {"cuc_a", "bo", "as_given"}, {"cuc_b", "bo", "pause"}, {"phong_b1", "cuc_b", "shift"},
			{"phong_b2", "cuc_b", "restart"}},
	}
	for m := 1 + seed%3; m <= 12; m += 3 { // a third of them, the others with the next seeds
		h.Periods = append(h.Periods, fmt.Sprintf("2031-%02d", m))
	}
	for i := range 160 {
		d := recountDossier{Unit: h.Units[1+i%4].ID, Channel: pick("online", "counter", "postal")}
		minutes := func(days int) time.Duration { // at an hour that may be outside working hours
			return time.Duration(r.IntN(days*24*60+1)) * time.Minute
		}
		received := time.Date(2030, 12, 20, 0, 0, 0, 0, time.UTC).Add(minutes(380))
		d.Received = received.Format(recountMinute)
		due := received.Add(24*time.Hour + minutes(30))
		if n := r.IntN(10); n > 5 {
			d.Due = due.Format(recountDay)
		} else if n > 0 {
			d.Due = due.Format(recountMinute)
		}
		finished := due.Add(time.Duration(r.IntN(30)-15) * 24 * time.Hour)
		if r.IntN(4) == 0 {
			finished = due.Add(time.Duration(r.IntN(300)-150) * time.Minute)
		}
		if finished.Before(received) {
			finished = received.Add(minutes(2))
		}
		if now := recountToday.Add(9 * time.Hour); r.IntN(6) > 0 && finished.Before(now) {
			d.Finished, d.Outcome = finished.Format(recountMinute), pick("settled", "settled", "settled", "refused", "withdrawn", "stopped")
		}
		for range max(0, r.IntN(5)-2) {
			from := received.Add(minutes(35))
			to := from.Add(time.Hour + minutes(12))
			if to.Before(recountToday) && (d.Finished == "" || from.Before(finished)) { // any other is rejected
				d.Pauses = append(d.Pauses, [2]string{from.Format(recountMinute), to.Format(recountMinute)})
			}
		}
		d.Fee, d.Paid, d.Digitised = pick("yes", "no", ""), pick("yes", "no"), pick("yes", "no", "")
		d.Electronic, d.Satisfied = pick("yes", "no", ""), pick("yes", "no", "")
		h.Dossiers = append(h.Dossiers, d)
	}
	return h
}

func (h recountHistory) write(t *testing.T, folder string) {
	t.Helper()
	var c strings.Builder
	fmt.Fprintf(&c, "timeliness: %s\nperiods: {cut_off: %s}\ncalendar: {complete: [2030, 2031, 2032], days_off: [%s]}\nunits:\n",
		h.Timeliness, h.CutOff, strings.Join(h.DaysOff, ", "))
	for _, u := range h.Units {
		fmt.Fprintf(&c, "  - {id: %s, parent: %q, name: {vi: %[1]s, en: %[1]s}}\n", u.ID, u.Parent)
	}
	c.WriteString("procedures:\n")
	for _, u := range h.Units[1:] {
		fmt.Fprintf(&c, "  - {unit: %s, code: \"1.001\", name: Cấp phép, field: Xây dựng}\n", u.ID)
	}
	c.WriteString("sources:\n")
	files := map[string]*strings.Builder{}
	for _, u := range h.Units[1:] {
		fmt.Fprintf(&c, `  - unit: %s
    id: ho_so
    kind: file
    supplement_clock: %s
    file: {path: %[1]s.csv}
    mapping:
      id: {column: id}
      procedure: {constant: "1.001"}
      channel: {column: channel}
      received: {column: received, layouts: ["yyyy-MM-dd'T'HH:mm"]}
      due: {column: due, layouts: ["yyyy-MM-dd'T'HH:mm", yyyy-MM-dd]}
      finished: {column: finished, layouts: ["yyyy-MM-dd'T'HH:mm"]}
      outcome: {column: outcome}
      pauses: {column: pauses, layouts: ["yyyy-MM-dd'T'HH:mm"]}
      fee_due: {column: fee}
      paid_online: {column: paid}
      input_digitised: {column: digitised}
      result_electronic: {column: electronic}
      satisfied: {column: satisfied}
`, u.ID, u.Clock)
		files[u.ID] = &strings.Builder{}
		files[u.ID].WriteString("id,channel,received,due,finished,outcome,pauses,fee,paid,digitised,electronic,satisfied\n")
	}
	for i, d := range h.Dossiers {
		var pauses []string
		for _, p := range d.Pauses {
			pauses = append(pauses, p[0]+".."+p[1])
		}
		fmt.Fprintf(files[d.Unit], "D%d,%s\n", i, strings.Join([]string{d.Channel, d.Received, d.Due, d.Finished, d.Outcome,
			strings.Join(pauses, ";"), d.Fee, d.Paid, d.Digitised, d.Electronic, d.Satisfied}, ","))
	}
	files["kpiagent"] = &c
	for name, text := range files {
		ending := ".csv"
		if name == "kpiagent" {
			ending = ".yml"
		}
		if err := os.WriteFile(filepath.Join(folder, name+ending), []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// What the agent counts is what a second program counts that was written from docs/figures.md alone.
func TestFiguresAreThoseOfASecondCount(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil { // no server, and not needed by anything else: Debian has it on most machines
		t.Skip("NOT TESTED: python3 is missing, so no figure was counted a second time")
	}
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			countTwice(t, python, seed)
		})
	}
}

func countTwice(t *testing.T, python string, seed uint64) {
	t.Helper()
	h, folder := newRecountHistory(seed), t.TempDir()
	h.write(t, folder)
	asked, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	second := exec.CommandContext(t.Context(), python, filepath.Join("testdata", "recount.py"))
	second.Stdin, second.Stderr = bytes.NewReader(asked), os.Stderr
	answer, err := second.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]map[string]*float64
	if err := json.Unmarshal(answer, &want); err != nil {
		t.Fatal(err)
	}
	askAgent(t, folder, "collect", nil)
	compared := 0
	for _, period := range h.Periods {
		compared += compareCounts(t, seed, folder, period, want)
	}
	if compared < 500 {
		t.Errorf("only %d figures were counted twice", compared)
	}
}

// askAgent runs a command as of recountToday and reads what it prints.
func askAgent(t *testing.T, folder, line string, into any) {
	t.Helper()
	var out, errs bytes.Buffer
	p := process{out: &out, err: &errs, now: func() time.Time { return recountToday.Add(10 * time.Hour) }}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if code := p.execute(ctx, append(strings.Fields(line), "--config", filepath.Join(folder, "kpiagent.yml"))); code != 0 {
		t.Fatalf("%s: exit code %d\n%s%s", line, code, &out, &errs)
	}
	if into == nil {
		if strings.Contains(out.String(), "rejected:") {
			t.Fatalf("rows were rejected:\n%s", &out)
		}
	} else if err := json.Unmarshal(out.Bytes(), into); err != nil {
		t.Fatal(err)
	}
}

func compareCounts(t *testing.T, seed uint64, folder, period string, want map[string]map[string]*float64) (compared int) {
	t.Helper()
	var forms []map[string]any
	askAgent(t, folder, "tally --format json --period "+period, &forms)
	var kpis []struct {
		KPI, Unit string
		Value     *float64
	}
	askAgent(t, folder, "kpi --format json --period "+period, &kpis)
	compare := func(unit, figure string, got *float64) {
		line, ok := want[unit+" "+period]
		if !ok {
			t.Fatalf("no second count of %s in %s", unit, period)
		}
		expected, ok := line[figure]
		if !ok {
			return
		}
		compared++
		if (got == nil) != (expected == nil) || got != nil && math.Abs(*got-*expected) > 1e-9 {
			show := func(f *float64) string {
				if f == nil {
					return "no figure"
				}
				return fmt.Sprint(*f)
			}
			t.Errorf("seed %d, %s, %s: %s is %s, counted again %s", seed, unit, period, figure, show(got), show(expected))
		}
	}
	for _, line := range forms {
		for figure, value := range line {
			if got, ok := value.(float64); ok {
				compare(line["unit"].(string), figure, &got)
			}
		}
	}
	for _, k := range kpis {
		compare(k.Unit, k.KPI, k.Value)
	}
	return compared
}
