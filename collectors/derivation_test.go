package collectors

import (
	"strings"
	"testing"
	"time"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// derivedRow maps one row of a list whose numbers, hours and zones lie in several columns.
func derivedRow(t *testing.T, change func(*config.Mapping), values ...Value) *kpi.Batch {
	t.Helper()
	m := config.Mapping{
		ID:        &config.Field{Columns: []string{"so", "nam"}, Join: "/"},
		Procedure: &config.Field{Constant: "1.001"},
		Channel: &config.Field{Column: "kenh", Values: []config.ValueMap{{From: "Trực tuyến", To: "online"},
			{Pattern: "trực tuyến.*", To: "online"}, {Pattern: "trực tiếp.*|tại quầy", To: "counter"}}},
		Received: &config.Field{Columns: []string{"ngay", "gio"}, Join: " ", Layouts: []string{"dd/MM/yyyy HH:mm", "dd/MM/yyyy"}},
	}
	if change != nil {
		change(&m)
	}
	source := config.Source{Unit: "xnk", ID: "motcua", Record: "dossier", Mapping: m}
	mapping, err := NewMapping(source, Checks{}, time.FixedZone("+07", 7*60*60))
	if err != nil {
		t.Fatal(err)
	}
	b, err := mapping.Bind([]string{"so", "nam", "kenh", "ngay", "gio"}, kpi.DayOf(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	to := openBatch{batch: &kpi.Batch{}}
	b.take(&to, Position{Number: 1}, values)
	return to.batch
}

func word(s string) Value { return Value{Kind: Text, Text: s} }

func TestValuesOfSeveralColumns(t *testing.T) {
	day := Value{Kind: Time, Time: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)}
	tests := []struct {
		name                     string
		number, year, date, hour Value
		id, received, rejected   string
	}{
		{"texts", word("15"), word("2026"), word("02/03/2026"), word("08:15"), "15/2026", "2026-03-02 08:15:00", ""},
		{"numbers", Value{Kind: Int, Int: 15}, Value{Kind: Int, Int: 2026}, word("02/03/2026"), word("08:15"), "15/2026", "2026-03-02 08:15:00", ""},
		{"no hour", word("15"), word("2026"), word("02/03/2026"), word(" "), "15/2026", "2026-03-02 00:00:00", ""},
		{"typed day, hour as a text", word("15"), word("2026"), day, word("8:15"), "15/2026", "2026-03-02 08:15:00", ""},
		{"typed day, hour as Excel has it", word("15"), word("2026"), day, Value{Kind: Float, Float: 0.34375}, "15/2026", "2026-03-02 08:15:00", ""},
		{"typed day, typed hour", word("15"), word("2026"), day, Value{Kind: Time, Time: time.Date(1899, 12, 31, 13, 20, 0, 0, time.UTC)}, "15/2026", "2026-03-02 13:20:00", ""},
		{"half an id", word("15"), word(""), word("02/03/2026"), word("08:15"), "", "", `missing_field: id: is empty (column "so", "nam")`},
		{"an hour without a day", word("15"), word("2026"), word(""), word("08:15"), "", "", "missing_field: received"},
		{"an hour that is none", word("15"), word("2026"), word("02/03/2026"), word("sáng"), "", "", "bad_date: received: \"02/03/2026 sáng\""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			batch := derivedRow(t, nil, test.number, test.year, word("Trực tuyến"), test.date, test.hour)
			if test.rejected != "" {
				if len(batch.Rejects) != 1 || !strings.HasPrefix(batch.Rejects[0].Fault.Error(), test.rejected) {
					t.Fatalf("%+v, want %s", batch.Rejects, test.rejected)
				}
				return
			}
			if len(batch.Records) != 1 {
				t.Fatalf("%+v", batch.Rejects)
			}
			if d := batch.Records[0].Dossier; d.ID != test.id || d.Received.String() != test.received {
				t.Errorf("%s, received %s", d.ID, d.Received)
			}
		})
	}
}

func TestPatternsOfAValueMap(t *testing.T) {
	for text, want := range map[string]string{
		"Trực tuyến": "online", "Trực tuyến (Cổng DVC quốc gia)": "online", "TRỰC TUYẾN - VNeID": "online",
		"Trực tiếp tại quầy 3": "counter", "Tại  quầy": "counter", "tại quầy 3": "unknown_channel", "Bưu chính": "unknown_channel",
	} {
		batch := derivedRow(t, nil, word("1"), word("2026"), word(text), word("02/03/2026"), word(""))
		got := ""
		if len(batch.Records) > 0 {
			got = batch.Records[0].Dossier.Channel.String()
		} else {
			got = string(batch.Rejects[0].Fault.Reason)
		}
		if got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestAPartOfAText(t *testing.T) {
	extract := func(m *config.Mapping) {
		m.ID = &config.Field{Column: "so", Extract: `(?i)hồ sơ số (\d+) năm (\d{4})`, Join: "/"}
	}
	batch := derivedRow(t, extract, word("Hồ sơ số 15 năm 2026 (bản sao)"), word(""), word("Trực tuyến"), word("02/03/2026"), word(""))
	if len(batch.Records) != 1 || batch.Records[0].Dossier.ID != "15/2026" {
		t.Errorf("%+v", batch)
	}
	batch = derivedRow(t, extract, word("Hồ sơ chưa có số"), word(""), word("Trực tuyến"), word("02/03/2026"), word(""))
	if len(batch.Rejects) != 1 || batch.Rejects[0].Fault.Reason != kpi.BadValue {
		t.Errorf("a text that does not match: %+v", batch)
	}
}

func TestDataOfAnotherZone(t *testing.T) {
	utc := func(m *config.Mapping) { m.TimeZone = "UTC" }
	for hour, want := range map[string]string{"18:30": "2026-03-03 01:30:00", "02:00": "2026-03-02 09:00:00", "": "2026-03-02 00:00:00"} {
		batch := derivedRow(t, utc, word("1"), word("2026"), word("Trực tuyến"), word("02/03/2026"), word(hour))
		if len(batch.Records) != 1 || batch.Records[0].Dossier.Received.String() != want {
			t.Errorf("%q: %+v, want %s", hour, batch.Records[0].Dossier.Received, want)
		}
	}
}

func TestHoursOutsideOfficeHoursAreDoubted(t *testing.T) {
	b := &Binding{Mapping: &Mapping{zones: zones{own: time.FixedZone("+07", 7*60*60)}}}
	doubt := func(hours map[int]int64) string {
		b.hours = [24]int64{}
		for hour, n := range hours {
			b.hours[hour] = n
		}
		to := openBatch{batch: &kpi.Batch{}}
		if b.doubtHours(&to); len(to.batch.Warnings) == 0 {
			return ""
		}
		return to.batch.Warnings[0].Detail
	}
	if got := doubt(map[int]int64{1: 30, 2: 30, 3: 20, 7: 10, 8: 10, 10: 2}); !strings.Contains(got, "7 hours later nearly all lie inside") {
		t.Errorf("UTC: %q", got)
	}
	for name, hours := range map[string]map[int]int64{
		"office hours": {8: 30, 9: 30, 14: 40}, "round the clock": {1: 10, 5: 10, 9: 10, 13: 10, 17: 10, 21: 10}, "few": {1: 5, 2: 5},
	} {
		if got := doubt(hours); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestDeletedRows(t *testing.T) {
	marked := func(m *config.Mapping) {
		m.Deleted = &config.Field{Column: "nam", Values: []config.ValueMap{{Pattern: ".+", To: "yes"}}}
		m.ID = &config.Field{Column: "so"}
	}
	batch := derivedRow(t, marked, word("H-1"), word("2026-03-02 08:00"), word("?"), word("?"), word(""))
	if len(batch.Deleted) != 1 || batch.Deleted[0].ID != "H-1" || batch.Skipped != 1 || batch.SkippedBy["mapping.deleted"] != 1 || len(batch.Rejects) > 0 {
		t.Errorf("deleted: %+v", batch)
	}
	batch = derivedRow(t, marked, word("H-1"), word(""), word("Trực tuyến"), word("02/03/2026"), word(""))
	if len(batch.Records) != 1 || len(batch.Deleted) != 0 {
		t.Errorf("not deleted: %+v", batch)
	}
}

// 09 is the state 9 where no state is called 09; of codes each digit counts.
func TestZerosInFrontOfANumber(t *testing.T) {
	states := newMeanings[string](2)
	states.add(config.ValueMap{From: "9"}, "nine")
	states.add(config.ValueMap{From: "010"}, "ten")
	if _, known := states.of("09"); known {
		t.Error("a code lost its zero")
	}
	states.numbers = true
	for text, want := range map[string]string{"9": "nine", "09": "nine", "0009": "nine", "010": "ten", "10": "", "0": "", "00": "", "0x9": ""} {
		if got, _ := states.of(text); got != want {
			t.Errorf("%s is %q, want %q", text, got, want)
		}
	}
}
