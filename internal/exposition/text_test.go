package exposition_test

import (
	"bytes"
	"strconv"
	"testing"

	"kpiagent/internal/kpi"
)

func TestStrangeTextsDoNotSpoilThePage(t *testing.T) {
	names := []string{"", "quote\" backslash\\ line\nend", "not UTF-8: \xff\xfe", "NUL \x00 and tab \t", "Thủ tục hành chính", "{}=,", "\u2028\ufffd"}
	var procedures []kpi.Procedure
	for i, name := range names {
		procedures = append(procedures, kpi.Procedure{Unit: "bct", Code: strconv.Itoa(i) + name, Name: name, Field: name})
	}
	m := newMinistry(t, []kpi.Unit{{ID: "bct", Name: kpi.Text{"vi": names[1]}}}, procedures)
	for _, p := range procedures {
		m.take(kpi.Dossier{ID: p.Code, Unit: "bct", Procedure: p.Code, Channel: kpi.Online, Received: at(1, 8)})
	}
	content := text(t, publish(t, m.input()))
	if bytes.ContainsRune(content, 0) {
		t.Error("a NUL is on the page")
	}
	info := families(t, content)["egov_procedure_info"]
	if len(info.Metric) != len(names) {
		t.Fatalf("%d procedures are on the page, want %d", len(info.Metric), len(names))
	}
	want := []string{"", names[1], `not UTF-8: \xff\xfe`, `NUL \x00 and tab \x09`, names[4], names[5], names[6]}
	for i, metric := range info.Metric {
		if got := label(metric, "name"); got != want[i] {
			t.Errorf("name %q, want %q", got, want[i])
		}
	}
}
