// The monitoring mixin of kpiagent. Import it, change _config with +:: and take prometheusAlerts:
//
//   (import 'kpiagent/dashboards/mixin.libsonnet') + { _config+:: { selector: 'job="egov"' } }
(import 'config.libsonnet')
+ (import 'alerts/agent.libsonnet')
