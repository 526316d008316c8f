package demo

import (
	"bytes"
	_ "embed"
	"fmt"
	"strconv"
	"text/template"
)

//go:embed kpiagent.yml.tmpl
var configurationText string

// configure writes the configuration.
func (m *Ministry) configure() error {
	form, err := template.New(configName).Funcs(template.FuncMap{"quote": strconv.Quote}).Parse(configurationText)
	if err != nil {
		return fmt.Errorf("the configuration of the sample ministry: %w", err)
	}
	year, _, _ := m.world.built.Civil()
	type entry struct {
		ID, Vi, En string
		Procedures []procedure
	}
	var units []entry
	for _, o := range offices {
		units = append(units, entry{o.id, o.vi, o.en, o.procedures})
	}
	var file bytes.Buffer
	err = form.Execute(&file, map[string]any{
		"Units": units, "Root": entry{ID: rootID, Vi: rootVi, En: rootEn}, "Years": []int{year, year + 1}, "Zone": zoneName,
		"Names": map[string]string{"sent": sentName, "received": receivedName, "answered": answeredName, "inTime": inTimeName, "groups": groupsName},
	})
	if err != nil {
		return fmt.Errorf("the configuration of the sample ministry: %w", err)
	}
	return replace(m.Config, file.Bytes())
}
