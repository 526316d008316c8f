package grafana

import (
	"fmt"

	"kpiagent/config"
	"kpiagent/dashboards"
	"kpiagent/internal/model"
)

// Site is all that one configuration wants in its Grafana. It does one thing at a time.
type Site struct {
	settings  config.Grafana
	prefix    string
	folder    string // its uid
	statePath string
	objects   []object // in the order in which they are made
}

// Render makes boards of settings; it is dashboards.Render, or what remembers its results.
type Render func(dashboards.Settings) (*dashboards.Rendered, error)

// NewSite renders the boards of a configuration that has grafana.url. Nothing is connected yet.
func NewSite(m *model.Model, render Render) (*Site, error) {
	c, settings := m.Config, dashboards.FromModel(m)
	rendered, err := render(settings)
	if err != nil {
		return nil, err
	}
	prefix := c.Boards.Prefix
	s := &Site{settings: c.Grafana, prefix: prefix, folder: prefix, statePath: c.Ledger.Path + ".grafana.json"}
	if own, is := dashboards.DataSourceOf(c); is {
		options := map[string]any{madeBy: prefix}
		for name, value := range own.JSONData {
			options[name] = value
		}
		s.objects = append(s.objects, &dataSource{uid: own.UID, name: own.Name, url: own.URL, options: options})
	}
	s.objects = append(s.objects, &folder{uid: s.folder, name: c.Boards.Folder})
	s.objects = append(s.objects, receivers(c)...)
	if c.Alerts.Engine == config.EngineGrafana {
		source, _ := settings["dataSource"].(string)
		rules, err := alertRules(rendered.Managed, prefix, s.folder, source)
		if err != nil {
			return nil, err
		}
		s.objects = append(s.objects, rules...)
	}
	titles := map[string]string{}
	for _, r := range rendered.Boards {
		b, err := newBoard(r.JSON, s.folder, prefix)
		if err != nil {
			return nil, err
		}
		if other, twice := titles[b.name]; twice {
			return nil, fmt.Errorf("grafana: the boards %s and %s have the same title %q, which one folder cannot hold; "+
				"rename the KPI or topic", other, b.uid, b.name)
		}
		titles[b.name] = b.uid
		s.objects = append(s.objects, b)
	}
	for _, team := range c.Grafana.Viewers {
		s.objects = append(s.objects, &viewers{folder: s.folder, team: team})
	}
	return s, nil
}
