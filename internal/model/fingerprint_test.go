package model

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"go.yaml.in/yaml/v3"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// The ledgers of agents that run today have fingerprints of the whole as one YAML text: it has to stay the same text.
func TestFingerprintIsThatOfLedgersBefore(t *testing.T) {
	byCutOff := config.Source{Unit: "bo", ID: "ky", Kind: "file", Record: "observation", Mapping: config.Mapping{Day: &config.Field{Column: "ky", Period: "month"}}}
	plain := config.Source{Unit: "so", ID: "motcua", Kind: "sql", Record: "dossier", SQL: &config.SQL{Query: "select 1\n-- a: [b]\n"}}
	full := config.Config{TimeZone: "Asia/Ho_Chi_Minh", Periods: config.Periods{CutOff: "nd09"},
		Units:      []config.Unit{{ID: "bo"}, {ID: "so", Parent: "bo"}, {ID: "on", Parent: "bo"}},
		Procedures: []config.Procedure{{Unit: "bo", Code: "1.000001", Name: "Cấp phép: loại \"A\"", Field: "Xây dựng", WorkingDays: true}},
		Measures:   []config.Measure{{ID: "nhom", Name: kpi.Text{"vi": "Nhóm"}}, {ID: "yes"}}, Sources: []config.Source{plain, byCutOff}}
	bare := config.Config{TimeZone: "Asia/Ho_Chi_Minh", Units: full.Units[:1], Sources: full.Sources}
	for name, c := range map[string]config.Config{"full": full, "bare": bare} {
		m, err := New(&c)
		if err != nil {
			t.Fatal(err)
		}
		for _, source := range c.Sources {
			got, err := m.Fingerprint(source)
			if want := fingerprintBefore(t, m, source); err != nil || got != want {
				t.Errorf("%s, %s: %s, %v; before %s", name, source.ID, got, err, want)
			}
		}
	}
}

// fingerprintBefore marshals all at once. The sources of the test have none of the fields that are left out.
func fingerprintBefore(t *testing.T, m *Model, source config.Source) string {
	t.Helper()
	relevant := struct {
		TimeZone        string
		Source          config.Source
		Units, Measures []string
		Declared        []config.Procedure
		CutOff          string `yaml:",omitempty"`
	}{TimeZone: m.Config.TimeZone, Source: source, Declared: m.Config.Procedures}
	if source.ByCutOff() {
		relevant.CutOff = m.Config.Periods.CutOff
	}
	for _, u := range m.Config.Units {
		relevant.Units = append(relevant.Units, u.ID)
	}
	for _, measure := range m.Config.Measures {
		relevant.Measures = append(relevant.Measures, measure.ID)
	}
	text, err := yaml.Marshal(relevant)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}
