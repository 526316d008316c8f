package pages

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kpiagent/internal/i18n"
	"kpiagent/internal/kpi"
)

// asked finds the keys that the code and the templates ask for.
var asked = regexp.MustCompile(`(?:say |Say\(|Count\(|missing\(|problem\{[a-zA-Z.]+, |key: |key, )"([a-z0-9._]+)"`)

// Every text that is asked for is there; of a key that is put together, at least its beginning.
func TestTextsAreThere(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	templates, err := filepath.Glob("templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	texts, found := i18n.Builtin().Default(), 0
	for _, file := range append(files, templates...) {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, match := range asked.FindAllStringSubmatch(string(content), -1) {
			found++
			if key := match[1]; !strings.HasSuffix(key, ".") && !texts.Has(key) {
				t.Errorf("%s asks for the text %q, which is not there", file, key)
			}
		}
	}
	if found < 150 {
		t.Errorf("only %d texts were found: the pattern misses most", found)
	}
}

// The texts whose keys are put together from values.
func TestTextsOfValues(t *testing.T) {
	var keys []string
	add := func(prefix string, values ...string) {
		for _, v := range values {
			keys = append(keys, prefix+v)
		}
	}
	for _, reason := range append(kpi.RejectReasons(), kpi.WarningReasons()...) {
		add("reason.", string(reason))
	}
	add("filter.", kpi.ChannelNames()...)
	add("filter.", kpi.OutcomeNames()...)
	add("filter.", kpi.TimelinessNames()...)
	add("filter.", kpi.ServiceLevels()...)
	add("record.", "dossier", "procedure", "observation")
	add("cut.", kpi.CutCalendar.String(), kpi.CutND09.String())
	add("nodata.", kpi.NoDataNone, kpi.NoDataZero, kpi.NoDataFull)
	for _, v := range kpi.Verdicts() {
		add("standing.", v.String())
		add("verdict.", v.String())
	}
	add("sources.", "missed", "risk", "met", "none")
	add("history.", "not_written", PastNotWritten, PastLags, "late", "damaged")
	add("form.", kpi.FormByUnit, kpi.FormByField, kpi.FormByProcedure)
	add("check.sum.", kpi.FormByField, kpi.FormByProcedure)
	add("column.", kpi.FormByUnit, kpi.FormByField, kpi.FormByProcedure)
	for _, c := range kpi.TallyColumns() {
		add("column.", c.Name)
		if c.Group != "" {
			add("group.", c.Group)
		}
	}
	add("part.", partLacking, partNumerator, partDenominator)
	add("online.", "full", "partial")
	add("weekday.", "0", "1", "2", "3", "4", "5", "6")
	add("half.", "1", "2")
	catalogue, err := kpi.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, def := range catalogue {
		for _, term := range append(def.Numerator, def.Denominator...) {
			add("term.", term.Count)
		}
	}
	add("term.", "open", "procedures", "observation", "handling", "handled")
	texts := i18n.Builtin().Default()
	for _, key := range keys {
		if !texts.Has(key) {
			t.Errorf("there is no text %q", key)
		}
	}
}

// localeOf writes in a language, in the time zone of Vietnam.
func localeOf(t *testing.T, code string) locale {
	t.Helper()
	language := i18n.Builtin().In(code)
	if language.Code != code {
		t.Fatalf("there is no language %q", code)
	}
	return locale{language, time.FixedZone("", 7*3600)}
}

func TestNumbersAndDates(t *testing.T) {
	vi, en := localeOf(t, "vi"), localeOf(t, "en")
	share := kpi.Definition{Kind: kpi.KindShare}
	moment := time.Date(2026, 1, 2, 17, 5, 0, 0, time.UTC)
	period := func(text string) kpi.Period {
		p, err := kpi.ParsePeriod(text, kpi.Date(2026, 3, 20), kpi.CutCalendar)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, test := range []struct{ got, want string }{
		{vi.Number(1234.5, 1), "1.234,5"}, {en.Number(1234.5, 1), "1,234.5"},
		{vi.Number(-0.04, 1), "0"}, {vi.Number(-1234.56, 1), "−1.234,6"}, {en.Number(100, 1), "100"}, {en.Number(999, 0), "999"}, {en.Whole(1234567), "1,234,567"},
		{vi.Percent(0.712, 1), "71,2\u00a0%"}, {en.Percent(0.712, 1), "71.2%"},
		{vi.value(share, 0.9497, 0.95), "94,97\u00a0%"}, // not 95 % where 95 % is missed
		{en.value(share, 0.95, 0.95), "95%"}, {en.value(share, 0.9499999, 0.95), "95%"},
		{en.value(kpi.Definition{Kind: kpi.KindMean}, 1.04), "1 working day"},
		{en.value(kpi.Definition{Kind: kpi.KindMean}, 1.06), "1.1 working days"},
		{vi.Count("dossiers", 1), "1 hồ sơ"}, {en.Count("dossiers", 1), "1 dossier"}, {en.Count("dossiers", 0), "0 dossiers"},
		{en.Count("dossiers", 1200), "1,200 dossiers"},
		{vi.day(kpi.Date(2026, 1, 2)), "02/01/2026"}, {en.day(kpi.Date(2026, 1, 2)), "2 Jan 2026"},
		{vi.moment(moment), "00:05 03/01/2026"}, {en.moment(moment), "3 Jan 2026, 00:05"}, {en.moment(time.Time{}), "never"},
		{vi.period(period("2026-03")), "tháng 3/2026"}, {en.period(period("2026-03")), "March 2026"},
		{vi.period(period("2026-Q4")), "quý IV/2026"}, {en.period(period("2026-Q4")), "Q4 2026"},
		{vi.period(period("2026-H1")), "6 tháng đầu năm 2026"}, {en.period(period("2026-H2")), "second half of 2026"},
		{vi.period(period("2026")), "năm 2026"}, {en.period(period("2026-03-02")), "2 Mar 2026"},
		{vi.period(period("2026-02-01..2026-03-02")), "01/02/2026 – 02/03/2026"},
		{en.span(40 * time.Millisecond), "under a second"}, {en.span(time.Second), "1 second"}, {vi.span(119 * time.Second), "119 giây"},
		{en.span(3 * time.Minute), "3 minutes"}, {en.span(47 * time.Hour), "47 hours"}, {vi.span(50 * time.Hour), "2 ngày"},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
}
