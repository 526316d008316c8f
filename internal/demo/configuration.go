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
	year, _, _ := m.world.built.Civil()
	text, err := configurationOf(m.world.offices, m.Address, year)
	if err != nil {
		return err
	}
	return replace(m.Config, text)
}

// configurationOf gives the configuration of a ministry whose systems answer at an address, with targets for a year and
// the next.
func configurationOf(offices []*office, address string, year int) ([]byte, error) {
	form, err := template.New(configName).Funcs(template.FuncMap{"quote": strconv.Quote}).Parse(configurationText)
	if err != nil {
		return nil, fmt.Errorf("the configuration of the sample ministry: %w", err)
	}
	type unit struct{ ID, Vi, En, File, ShortVi, ShortEn, Phone string }
	units := map[string]unit{}
	var list []unit
	for _, o := range offices {
		u := unit{o.id, o.vi, o.en, o.file, o.shortVi, o.shortEn, o.phone}
		list, units[o.id] = append(list, u), u
	}
	var file bytes.Buffer
	err = form.Execute(&file, map[string]any{
		"Root": unit{ID: rootID, Vi: rootVi, En: rootEn, Phone: rootPhone}, "Units": list, "Unit": units, "Measures": measures, "Years": []int{year, year + 1},
		"Zone": zoneName, "Address": address, "Token": tokenName, "Exchanged": exchangedName, "Directions": directions, "Office": officeName, "Sheet": monthlySheet, "Columns": monthlyColumns, "Catalogue": catalogueName,
		"Commerce": commercePath, "Domestic": domesticPath, "Safety": safetyPath, "Competition": competitionPath,
		"Statistics": statisticsPath, "Gateway": gatewayPath,
	})
	if err != nil {
		return nil, fmt.Errorf("the configuration of the sample ministry: %w", err)
	}
	return file.Bytes(), nil
}
