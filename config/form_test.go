package config

import (
	"testing"

	"kpiagent/internal/i18n"
)

// What a form's columns are reported as has a name in every language.
func TestFormMeasuresAreNamed(t *testing.T) {
	for _, column := range FormColumns() {
		for _, code := range i18n.Codes() {
			if column.Measure.ID != "" && column.Measure.Name[code] == "" {
				t.Errorf("column (%d), %s, has no name in %q", column.Number, column.Measure.ID, code)
			}
		}
	}
}
