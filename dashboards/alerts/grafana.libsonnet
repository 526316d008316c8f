// The same alerts for a Grafana that evaluates them itself. It has no function query in texts and no series ALERTS: what a text
// says is a query of the rule, and what keeps an alert firing is a state. See lib/alertfigures.libsonnet.
//
// Groups as those of Prometheus, but a rule has queries by name, of which value is what the alert is about, and, where it
// does not just fire for whatever value has, the query state. In texts a figure is $values.<name>.Value.
{
  local plain(rule) = {
    // Times one, so that no name of a metric becomes a label of the alert, as it would in Grafana alone.
    queries: { value: '(' + rule.expr + ') * 1' },
    annotations: {
      [name]: std.strReplace(rule.annotations[name], '$value', '$values.value.Value')
      for name in std.objectFields(rule.annotations)
    },
  },
  local managed(rule) = {
    [field]: rule[field]
    for field in std.objectFields(rule)
    if field != 'expr' && field != 'annotations'
  } + std.get(rule, 'grafana', plain(rule), inc_hidden=true),

  grafanaAlerts+:: {
    groups+: [group { rules: [managed(rule) for rule in group.rules] } for group in $.prometheusAlerts.groups],
  },
}
