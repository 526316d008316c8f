// Package dashboards is the monitoring mixin of kpiagent: Jsonnet files, and what renders them.
//
// Here live the alert rules on the agent's health and on its sources, their settings (config.libsonnet), and the rendering
// to a Prometheus rule file. The files are also a plain mixin: import mixin.libsonnet from outside. No figure is computed
// here (that is internal/kpi), and nothing here talks to a server.
package dashboards
