// What the texts of alerts say beside the value of the alert: each figure is declared once. Prometheus looks it up for one
// unit when it writes a text; Grafana looks nothing up, so there it is a query of the rule, for all units at once.
local language = import 'language.libsonnet';

function(config, q) {
  local figures = self,

  // of(more) is the series with further matchers, over what their greatest has to hold to count.
  figure(name, of, over=''):: { name: name, of: of, over: over },
  kpi(name, metric, kpi, period)::
    figures.figure(name, function(more) q.series('egov_kpi_' + metric, [q.is('kpi', kpi), q.inPeriod(period)] + more)),
  stale: figures.figure('stale', function(more) q.recorded('unit:egov_data_stale:max', more), ' == 1'),

  // What the rules on a KPI say.
  ofTarget(kpi):: {
    target: figures.kpi('target', 'target', kpi.id, config.targetPeriod),
    lacking: figures.kpi('lacking', 'lacking', kpi.id, config.targetPeriod),
    required: figures.kpi('required', 'required', kpi.id, config.targetPeriod),
    recent: figures.kpi('recent', 'value', kpi.id, 'rolling_30d'),
    stale: figures.stale,
  },

  // A rule as Grafana has it. base has one series for each unit that the rule watches, value is what the alert is about, and
  // enter and stay hold where it fires, and where it goes on firing: all have the labels of base.
  managed(base, enter, stay, list, annotations):: {
    // 2 where the rule fires, 1 where it goes on if it did, 0 where all is well. x ^ 0 is 1 for every number.
    state: '2 * (' + enter + ') ^ 0\nor\n' + (if stay == '' then '' else '(' + stay + ') ^ 0\nor\n') + '0 * (' + base + ') ^ 0',
    queries: { value: figures.named(base) } + { [f.name]: figures.beside(base, f) for f in list },
    annotations: annotations,
  },

  // The value with the names of its unit as labels. One name is enough where two agents have different ones for it.
  local labels = std.join(', ', std.sort([language(config, code).nameLabel for code in std.objectFields(config.texts)])),
  local names = 'topk by (unit) (1, max by (unit, ' + labels + ') (' + q.series('egov_unit_info') + '))',
  named(base):: '(' + base + ') * on (unit) group_left (' + labels + ') ' + names + '\nor on (unit)\n' + base,

  // A figure beside each series of base: a rule of which one query has no result at all counts as one without data. The label
  // known says that it is there.
  beside(base, f)::
    '0 * (' + base + ') + on (unit) group_left (known) ' + q.labelled('max by (unit) (' + f.of([]) + ')' + f.over, 'known', 'yes')
    + '\nor on (unit)\n0 * (' + base + ')',
}
