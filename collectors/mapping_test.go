package collectors

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

var vietnam = time.FixedZone("+07", 7*3600)

// noon is the present of the tests.
var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, vietnam)

func column(name string) *config.Field { return &config.Field{Column: name} }

// desk is the mapping of a one-stop desk.
func desk() config.Source {
	return config.Source{
		Unit: "so-tnmt", ID: "mot-cua", Record: "dossier",
		Mapping: config.Mapping{
			ID: column("ma"), Procedure: column("tthc"),
			Channel: &config.Field{Column: "kenh", Values: []config.ValueMap{
				{From: "1", To: "counter"}, {From: "2", To: "online"}, {From: "3", To: "postal"},
			}},
			Received: &config.Field{Column: "nhan", Layouts: []string{"yyyy-MM-dd HH:mm:ss", "dd/MM/yyyy"}},
			Due:      &config.Field{Column: "hen", Layouts: []string{"dd/MM/yyyy"}, Empty: []string{"31/12/9999", "-"}},
			Finished: &config.Field{Column: "xong", Layouts: []string{"yyyy-MM-dd HH:mm:ss", "dd/MM/yyyy"}},
			Outcome: &config.Field{Column: "tt", Values: []config.ValueMap{
				{From: "1", To: ""}, {From: "9", To: "settled"}, {From: "Từ chối", To: "refused"},
			}},
			Pauses:     &config.Field{Column: "dung", Layouts: []string{"dd/MM/yyyy"}},
			PaidOnline: column("tra"),
		},
	}
}

var deskColumns = []string{"ma", "tthc", "kenh", "nhan", "hen", "xong", "tt", "dung", "tra"}

// row makes the values of a row out of texts, and of typed values as they are.
func row(cells ...any) []Value {
	values := make([]Value, len(cells))
	for i, cell := range cells {
		switch c := cell.(type) {
		case string:
			values[i] = Value{Kind: Text, Text: c}
		case int:
			values[i] = Value{Kind: Int, Int: int64(c)}
		case float64:
			values[i] = Value{Kind: Float, Float: c}
		case bool:
			values[i] = Value{Kind: Bool}
			if c {
				values[i].Int = 1
			}
		case time.Time:
			values[i] = Value{Kind: Time, Time: c, Zoned: c.Location() != time.UTC}
		}
	}
	return values
}

// take maps one row.
func take(t *testing.T, source config.Source, columns []string, values []Value) *kpi.Batch {
	t.Helper()
	checks := Checks{
		Units:     []string{"so-tnmt", "so-gtvt"},
		Procedure: func(unit, code string) bool { return strings.HasPrefix(code, "1.") },
		Measure:   func(id string) bool { return id == "c_o_form_d" },
	}
	return takeWith(t, checks, source, columns, values)
}

func takeWith(t *testing.T, checks Checks, source config.Source, columns []string, values []Value) *kpi.Batch {
	t.Helper()
	mapping, err := NewMapping(source, checks, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	binding, err := mapping.Bind(columns, kpi.DayOf(noon))
	if err != nil {
		t.Fatal(err)
	}
	g := openBatch{batch: &kpi.Batch{}}
	binding.take(&g, Position{Number: 7, Changed: 42}, values)
	return g.batch
}

func at(text string) kpi.Stamp {
	t, err := time.Parse("2006-01-02 15:04:05", text)
	if err != nil {
		panic(err) // the test's own text
	}
	return kpi.StampOf(t)
}

func TestARowBecomesADossier(t *testing.T) {
	plain := kpi.Dossier{ID: "H1", Unit: "so-tnmt", Procedure: "1.001", Channel: kpi.Online, Received: at("2026-03-02 08:15:00")}
	with := func(change func(d *kpi.Dossier)) kpi.Dossier {
		d := plain
		change(&d)
		return d
	}
	for _, test := range []struct {
		name   string
		values []Value
		want   kpi.Dossier
	}{
		{"open", row("H1", "1.001", "2", "2026-03-02 08:15:00", "", "", "1", "", ""), plain},
		{"spaces around do not count", row(" H1\t", "\u00a01.001 ", " 2 ", " 2026-03-02 08:15:00 ", "  ", "", "1", "", ""), plain},
		{"typed values", row("H1", "1.001", 2, time.Date(2026, 3, 2, 8, 15, 0, 0, time.UTC), nil, nil, 1, nil, nil), plain},
		{"an instant becomes local", row("H1", "1.001", 2.0, time.Date(2026, 3, 2, 1, 15, 0, 0, time.UTC).In(time.FixedZone("Z", 3600)), nil, nil, 1, nil, nil), plain},
		{"settled, second layout", row("H1", "1.001", "2", "2026-03-02 08:15:00", "09/03/2026", "05/03/2026", "9", "", "yes"), with(func(d *kpi.Dossier) {
			d.Due, d.Finished, d.Outcome, d.PaidOnline = at("2026-03-09 00:00:00"), at("2026-03-05 00:00:00"), kpi.Settled, kpi.Yes
		})},
		{"stand-ins for no date", row("H1", "1.001", "2", "2026-03-02 08:15:00", "31/12/9999", "", "", "", "f"), with(func(d *kpi.Dossier) { d.PaidOnline = kpi.No })},
		{"a letter with a tone", row("H1", "1.001", "2", "2026-03-02 08:15:00.75", "", "05/03/2026", "Từ chối", "", true), with(func(d *kpi.Dossier) {
			d.Finished, d.Outcome, d.PaidOnline = at("2026-03-05 00:00:00"), kpi.Refused, kpi.Yes
		})},
		{"pauses", row("H1", "1.001", "2", "2026-03-02 08:15:00", "-", "", "1", "03/03/2026..04/03/2026; 06/03/2026..", ""), with(func(d *kpi.Dossier) {
			d.Pauses = []kpi.Pause{{From: at("2026-03-03 00:00:00"), To: at("2026-03-04 00:00:00")}, {From: at("2026-03-06 00:00:00")}}
		})},
	} {
		t.Run(test.name, func(t *testing.T) {
			batch := take(t, desk(), deskColumns, test.values)
			want := &kpi.Batch{Rows: 1, Records: []kpi.Record{{Dossier: &test.want, Row: 7, Changed: 42}}}
			if diff := cmp.Diff(want, batch); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestARowIsRejectedWithItsReason(t *testing.T) {
	good := func(change ...any) []Value {
		cells := []any{"H1", "1.001", "2", "02/03/2026", "", "", "", "", ""}
		for i := 0; i < len(change); i += 2 {
			cells[change[i].(int)] = change[i+1]
		}
		return row(cells...)
	}
	const id, procedure, channel, received, due, finished, outcome, pauses, paid = 0, 1, 2, 3, 4, 5, 6, 7, 8
	for _, test := range []struct {
		name   string
		values []Value
		want   string
	}{
		{"no id", good(id, " "), `missing_field: id: is empty (column "ma")`},
		{"long id", good(id, strings.Repeat("x", 201)), `too_long: id: has 201 bytes, at most 200 are kept`},
		{"unknown procedure", good(procedure, "2.9"), `unknown_procedure: procedure: the catalogue of unit so-tnmt has no "2.9"`},
		{"unknown channel", good(channel, 5), `unknown_channel: channel: "5" is not mapped; mapped are "1", "2", "3"`},
		{"no channel", good(channel, ""), `missing_field: channel: is empty (column "kenh")`},
		{"unknown outcome", good(outcome, "xong"), `unknown_outcome: outcome: "xong" is not mapped; mapped are "1", "9", "Từ chối"`},
		{"no receipt", good(received, nil), `missing_field: received: is empty (column "nhan")`},
		{"a day that does not exist", good(received, "30/02/2025"), `bad_date: received: "30/02/2025" does not exist`},
		{"a date of another form", good(received, "3/2/2026"), `bad_date: received: "3/2/2026" has none of the layouts yyyy-MM-dd HH:mm:ss, dd/MM/yyyy`},
		{"a slip of the keyboard", good(due, "09/03/0206"), `bad_date: due: "09/03/0206" is not in the years 1900 to 2199; name a stand-in for no date under empty`},
		{"a date that is yes or no", good(due, true), `bad_date: due: "true" is not a date`},
		{"due before received", good(due, "01/03/2026"), `due_before_received: due: 2026-03-01 00:00:00 is before the receipt, 2026-03-02 00:00:00`},
		{"end before receipt", good(finished, "01/03/2026", outcome, "9"), `end_before_received: finished: 2026-03-01 00:00:00 is before the receipt, 2026-03-02 00:00:00`},
		{"future end", good(finished, "11/03/2026", outcome, "9"), `end_in_future: finished: 2026-03-11 00:00:00 is after today, 2026-03-10`},
		{"future receipt", good(received, "11/03/2026"), `received_in_future: received: 2026-03-11 00:00:00 is after today, 2026-03-10`},
		{"ended without a date", good(outcome, "9"), `outcome_without_end: outcome: is "settled" but there is no end date`},
		{"a date but open", good(finished, "05/03/2026"), `end_without_outcome: finished: is 2026-03-05 00:00:00 but the status says that it is open`},
		{"no pause", good(pauses, "..03/03/2026"), `bad_pause: pauses: "..03/03/2026" is not a pause: write from..to;from..to; only the last may lack its end`},
		{"a pause in words", good(pauses, "tạm dừng"), `bad_date: pauses: "tạm dừng" has none of the layouts dd/MM/yyyy`},
		{"an open pause in the middle", good(pauses, "03/03/2026..;04/03/2026..05/03/2026"), `bad_pause: pauses: "03/03/2026.." is not a pause: write from..to;from..to; only the last may lack its end`},
		{"a pause before the receipt", good(pauses, "01/03/2026..04/03/2026"), `bad_pause: pauses: pause 1 begins "2026-03-01 00:00:00", before 2026-03-02 00:00:00`},
		{"neither yes nor no", good(paid, "rồi"), `bad_value: paid_online: "rồi" is not known; known are "yes", "no", "true", "false", "1", "0", "t", "f"; map other values under mapping.paid_online.values`},
	} {
		t.Run(test.name, func(t *testing.T) {
			batch := take(t, desk(), deskColumns, test.values)
			if len(batch.Rejects) != 1 || len(batch.Records) != 0 || batch.Rows != 1 {
				t.Fatalf("not one reject: %+v", batch)
			}
			reject := batch.Rejects[0]
			if diff := cmp.Diff(test.want, reject.Fault.Error()); diff != "" {
				t.Error(diff)
			}
			if reject.Row != 7 || !strings.HasPrefix(reject.Raw, `{"ma":"`) {
				t.Errorf("row %d, raw %s", reject.Row, reject.Raw)
			}
		})
	}
}

func TestAnEndBeforeTheStartOnTheSameDayIsKeptWithAWarning(t *testing.T) {
	batch := take(t, desk(), deskColumns, row("H1", "1.001", 2, "2026-03-02 08:15:00", "", "2026-03-02 07:00:00", 9, "", ""))
	want := []kpi.Warned{{Row: 7, ID: "H1", Reason: kpi.EndsBeforeStartSameDay,
		Detail: "finished 2026-03-02 07:00:00, received 2026-03-02 08:15:00: handling time is zero"}}
	if diff := cmp.Diff(want, batch.Warnings); diff != "" || len(batch.Records) != 1 {
		t.Error(diff)
	}
}

func TestAConstantOutcomeHoldsForRowsWithAnEnd(t *testing.T) {
	source := desk()
	source.Mapping.Outcome = &config.Field{Constant: "settled"}
	for text, want := range map[string]kpi.Outcome{"": kpi.Open, "05/03/2026": kpi.Settled} {
		batch := take(t, source, deskColumns, row("H1", "1.001", 2, "02/03/2026", "", text, "whatever", "", ""))
		if len(batch.Records) != 1 || batch.Records[0].Dossier.Outcome != want {
			t.Errorf("end %q: %+v", text, batch)
		}
	}
}

func TestTheFirstColumnThatIsNotEmptyCounts(t *testing.T) {
	source := desk()
	source.Mapping.Finished = &config.Field{Columns: []string{"xong", "hen"}, Layouts: []string{"dd/MM/yyyy"}}
	source.Mapping.Due = nil
	source.Mapping.Outcome = &config.Field{Constant: "settled"}
	batch := take(t, source, deskColumns, row("H1", "1.001", 2, "02/03/2026", "04/03/2026", "", "", "", ""))
	if len(batch.Records) != 1 || batch.Records[0].Dossier.Finished != at("2026-03-04 00:00:00") {
		t.Errorf("%+v", batch)
	}
}

func TestAPauseOfTwoColumns(t *testing.T) {
	source := desk()
	source.Mapping.Pauses = nil
	source.Mapping.PausedFrom = &config.Field{Column: "hen", Layouts: []string{"dd/MM/yyyy"}}
	source.Mapping.PausedTo = &config.Field{Column: "xong", Layouts: []string{"dd/MM/yyyy"}}
	source.Mapping.Due, source.Mapping.Finished, source.Mapping.Outcome = nil, nil, nil
	batch := take(t, source, deskColumns, row("H1", "1.001", 2, "02/03/2026", "04/03/2026", "", "", "", ""))
	want := []kpi.Pause{{From: at("2026-03-04 00:00:00")}}
	if len(batch.Records) != 1 || !cmp.Equal(batch.Records[0].Dossier.Pauses, want) {
		t.Errorf("%+v", batch)
	}
	batch = take(t, source, deskColumns, row("H1", "1.001", 2, "02/03/2026", "", "04/03/2026", "", "", ""))
	if len(batch.Rejects) != 1 || batch.Rejects[0].Fault.Error() != "bad_pause: paused_to: is 2026-03-04 00:00:00 but there is no paused_from" {
		t.Errorf("%+v", batch.Rejects)
	}
}

func TestTheUnitOfARow(t *testing.T) {
	source := desk()
	source.Mapping.Unit = &config.Field{Column: "don_vi", Values: []config.ValueMap{{From: "GTVT", To: "so-gtvt"}, {From: "YT", To: "so-yt"}}}
	columns := append([]string{"don_vi"}, deskColumns...)
	for unit, want := range map[string]string{
		"GTVT": "", "YT": `unknown_unit: unit: "so-yt" is not a configured unit`,
		"XX": `unknown_unit: unit: "XX" is not mapped; mapped are "GTVT", "YT"`, "": `missing_field: unit: is empty (column "don_vi")`,
	} {
		batch := take(t, source, columns, row(unit, "H1", "1.001", 2, "02/03/2026", "", "", "", "", ""))
		if want == "" {
			if len(batch.Records) != 1 || batch.Records[0].Dossier.Unit != "so-gtvt" {
				t.Errorf("%s: %+v", unit, batch)
			}
		} else if len(batch.Rejects) != 1 || batch.Rejects[0].Fault.Error() != want {
			t.Errorf("%s: %+v", unit, batch.Rejects)
		}
	}
}

func TestARowBecomesAProcedure(t *testing.T) {
	source := config.Source{Unit: "so-tnmt", ID: "tthc", Record: "procedure", Mapping: config.Mapping{
		Code: column("ma"), Name: column("ten"), FieldOfWork: column("linh_vuc"),
		Level:        &config.Field{Column: "muc", Values: []config.ValueMap{{From: "Mức 3", To: "3"}, {From: "Mức 4", To: "4"}, {From: "?", To: "2.5"}}},
		Online:       &config.Field{Column: "dvctt", Values: []config.ValueMap{{From: "Toàn trình", To: "full"}, {From: "Một phần", To: "partial"}}},
		StatutoryDay: column("ngay"), Fee: column("phi"), From: column("tu"), To: column("den"),
	}}
	columns := []string{"ma", "ten", "linh_vuc", "muc", "dvctt", "ngay", "phi", "tu", "den"}
	batch := take(t, source, columns, row("1.001", "Cấp giấy phép", "Đất đai", "Mức 4", "Toàn trình", 7.5, true, "2022-08-15", nil))
	want := &kpi.Procedure{Unit: "so-tnmt", Code: "1.001", Name: "Cấp giấy phép", Field: "Đất đai", Level: 4, Online: "full",
		StatutoryDay: 7.5, WorkingDays: true, Fee: kpi.Yes, From: kpi.Date(2022, 8, 15)}
	if len(batch.Records) != 1 || !cmp.Equal(want, batch.Records[0].Procedure) {
		t.Errorf("%+v", batch)
	}
	for name, test := range map[string]struct {
		values []Value
		want   string
	}{
		"level":      {row("1", "", "", "?", "", "", "", "", ""), `bad_value: level: "2.5" is not one of 1, 2, 3, 4`},
		"time":       {row("1", "", "", "", "", "7 ngày", "", "", ""), `bad_value: statutory_days: "7 ngày" is not a number such as 12.5`},
		"range":      {row("1", "", "", "", "", -1, "", "", ""), `bad_value: statutory_days: "-1" is not between 0 and 3650`},
		"long name":  {row("1", strings.Repeat("é", 1001), "", "", "", "", "", "", ""), `too_long: name: has 2002 bytes, at most 2000 are kept`},
		"backwards":  {row("1", "", "", "", "", "", "", "2026-01-02", "2026-01-01"), `bad_value: in_force_to: 2026-01-01 is before in_force_from, 2026-01-02`},
		"both ways":  {row("1", "", "", "", "phần", "", "", "", ""), `bad_value: online: "phần" is not mapped; mapped are "Toàn trình", "Một phần"`},
		"no code":    {row("", "", "", "", "", "", "", "", ""), `missing_field: code: is empty (column "ma")`},
		"not finite": {row("1", "", "", "", "", "NaN", "", "", ""), `bad_value: statutory_days: "NaN" is not a number such as 12.5`},
	} {
		batch := take(t, source, columns, test.values)
		if len(batch.Rejects) != 1 || batch.Rejects[0].Fault.Error() != test.want {
			t.Errorf("%s: %+v", name, batch)
		}
	}
}

func TestARowBecomesAnObservation(t *testing.T) {
	source := config.Source{Unit: "so-tnmt", ID: "bao-cao", Record: "observation", Mapping: config.Mapping{
		Measure: column("chi_tieu"), Day: &config.Field{Column: "ngay", Layouts: []string{"dd/MM/yyyy"}}, Value: column("so"),
	}}
	columns := []string{"chi_tieu", "ngay", "so"}
	batch := take(t, source, columns, row("c_o_form_d", "02/03/2026", "12.5"))
	want := &kpi.Observation{Unit: "so-tnmt", Measure: "c_o_form_d", Day: kpi.Date(2026, 3, 2), Value: 12.5}
	if len(batch.Records) != 1 || !cmp.Equal(want, batch.Records[0].Observation) {
		t.Errorf("%+v", batch)
	}
	for _, test := range []struct {
		values []Value
		want   string
	}{
		{row("x", "02/03/2026", 1), `unknown_measure: measure: "x" is not declared under measures`},
		{row("c_o_form_d", "11/03/2026", 1), `bad_date: day: 2026-03-11 is after today, 2026-03-10`},
		{row("c_o_form_d", "02/03/2026", ""), `missing_field: value: is empty (column "so")`},
	} {
		batch := take(t, source, columns, test.values)
		if len(batch.Rejects) != 1 || batch.Rejects[0].Fault.Error() != test.want {
			t.Errorf("%+v", batch)
		}
	}
}

func TestAMissingColumnFailsTheRead(t *testing.T) {
	mapping, err := NewMapping(desk(), Checks{}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	_, err = mapping.Bind([]string{"ma", "tthc", "kenh_tiep", "nhan", "Hen", "xong", "tt", "dung"}, 0)
	const want = `there is no column "kenh" for mapping.channel (did you mean "kenh_tiep"?); there is no column "hen" for mapping.due (did you mean "Hen"?); ` +
		`there is no column "tra" for mapping.paid_online; there are: ma, tthc, kenh_tiep, nhan, Hen, xong, tt, dung; ` +
		`correct the mapping or ask who changed the system`
	var missing *MissingColumnError
	if !errors.As(err, &missing) || err.Error() != want {
		t.Error(cmp.Diff(want, err.Error()))
	}
}

func TestTheRawRowIsJSONInTheOrderOfItsColumns(t *testing.T) {
	got := rawRow([]string{"b", "a", "c", "d", "e", "f"}, row("Hồ sơ \"<&>\"", nil, 3, 2.5, true, time.Date(2026, 3, 2, 8, 0, 0, 0, vietnam)))
	const want = `{"b":"Hồ sơ \"<&>\"","a":null,"c":3,"d":2.5,"e":true,"f":"2026-03-02 08:00:00+07:00"}`
	if got != want {
		t.Error(got)
	}
	long := rawRow([]string{"a"}, row(strings.Repeat("ệ", 2000)))
	if !strings.HasSuffix(long, `ệ… (6000 bytes)"}`) || len(long) > longestRaw+100 {
		t.Error(long[len(long)-60:])
	}
}
