// Package dashboards is the monitoring mixin of kpiagent: Jsonnet files, and what renders them.
//
// Here live the Grafana boards (boards, lib), the alert rules (alerts), the recording rules (rules), their settings
// (config.libsonnet), and the rendering of all that with the units, KPIs and targets of a configuration, to files for
// Grafana, Prometheus and Alertmanager. The files are also a plain mixin: import mixin.libsonnet from outside. No figure is
// computed here (that is internal/kpi), and nothing here talks to a server or writes to a disk.
package dashboards
