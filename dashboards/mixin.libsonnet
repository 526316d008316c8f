// The monitoring mixin of kpiagent: boards, alert rules and recording rules. Import it, change _config with +:: and take
// grafanaDashboards, prometheusAlerts and prometheusRules, as with any mixin; grafanaAlerts are prometheusAlerts for a Grafana
// that evaluates them itself:
//
//   (import 'kpiagent/dashboards/mixin.libsonnet') + { _config+:: { selector: 'job="egov"', languages: ['en'] } }
//
// kpiagent boards render does the same with the units, KPIs and targets of a configuration.
(import 'config.libsonnet')
+ (import 'alerts/agent.libsonnet')
+ (import 'alerts/targets.libsonnet')
+ (import 'alerts/units.libsonnet')
+ (import 'alerts/grafana.libsonnet')
+ (import 'rules/freshness.libsonnet')
+ (import 'boards.libsonnet')
