// Alerts on figures against their targets: missed, at risk, out of reach.
//
// Each KPI has rules of its own, because its texts, its numbers and what counts as a risk differ. Its targets may name a
// severity and a receiver, by unit; the groups of a KPI say which units share them.
local alertfigures = import '../lib/alertfigures.libsonnet';
local alerttext = import '../lib/alerttext.libsonnet';
local promql = import '../lib/promql.libsonnet';

{
  prometheusAlerts+:: {
    local config = $._config,
    // What differs between those who evaluate the rules.
    local prometheus = { q: promql(config), texts: alerttext(config, 'prometheus') },
    local grafana = { q: promql(config, config.managedHold), texts: alerttext(config, 'grafana') },

    // What the rules on one KPI for one group of units are made of. told has the texts of the KPI,
    // by language.
    local rulesOf(kpi, group, told, texts, q) = {
      local r = self,
      local figures = alertfigures(config, q),
      local units = if group.units != [] then [q.one('unit', group.units)]
      else if group.except != [] then ['unit!~"' + std.join('|', group.except) + '"'] else [],
      local of(metric) = q.kpi(metric, [q.is('kpi', kpi.id), q.inPeriod(config.targetPeriod)] + units),
      local value = of('value'),
      local status = of('status'),
      local need = of('required'),
      local up = kpi.direction == 'up',
      local share = kpi.kind == 'share',
      local volume = '\nand on (kpi, unit, period)\n' + of('denominator') + ' >= ' + config.minVolume,
      local enough = if kpi.kind == 'count' then '' else volume,

      // A rule that fires where enter holds for long enough, and goes on while stay does.
      // why, mark and todo are keys of texts: what makes it an alert, that in short, and what to do instead of looking at the
      // dossiers. A figure that reaches its target is not told without saying why it is told.
      local rule(alert, enter, stay, why='', mark='', todo='') = {
        alert: alert,
        expr:
          value + '\nand on (kpi, unit, period)\n(\n  ' + enter + '\n  or\n  (' + stay
          + '\n  and on (kpi, unit, period) ALERTS{alertname="' + alert
          + '", alertstate="firing", kpi="' + kpi.id + '"})\n)' + enough,
        'for': config.targetFor,
        keep_firing_for: config.targetKeepFiringFor,
        // The result says which KPI it is as well; here it keeps rules of the same name apart.
        labels: { severity: group.severity, kpi: kpi.id } + (if group.receiver == '' then {} else { receiver: group.receiver }),
        annotations: texts.annotations(function(text) told[text.id].alert(why, mark, todo)),
        local held(part) = '(' + part + ') and on (kpi, unit, period) ' + value + enough,
        local said = figures.ofTarget(kpi),
        managed:: figures.managed(value, held(enter), held(stay), [
          said[name]
          for name in std.objectFields(said)
          if std.member(['target', 'lacking', 'stale'], name) || texts.uses(why, name)
        ], self.annotations),
      },

      // The margin of the target is the band in which an alert that fires goes on.
      missed: rule('EgovTargetMissed', status + ' == 1', status + ' == 2'),

      // Without an outlook, as of handling times and of states, the margin of the target says what a risk is.
      local close = rule('EgovTargetAtRisk', status + ' == 2', status + ' == 2', 'rule.target.close', 'rule.target.at_risk'),
      // A share: the rest of the period has to be better than the past 30 days.
      local better = rule(
        'EgovTargetAtRisk',
        r.gap(config.riskMargin),
        r.gap(0),
        if up then 'rule.target.rest_up' else 'rule.target.rest_down',
        'rule.target.at_risk'
      ),
      gap(least):: (
        local recent = 'max by (kpi, unit) ('
                       + q.series('egov_kpi_value', [q.is('kpi', kpi.id), q.inPeriod('rolling_30d')] + units) + ')';
        '(' + need + ' - on (kpi, unit) group_left () ' + (if up then recent else '(1 - ' + recent + ')')
        + ' > ' + least + ' and ' + need + ' <= 1)'
      ),
      // A count: its required rate is how many times the recent pace is needed, or which part of it has to be avoided.
      local faster = rule(
        'EgovTargetAtRisk',
        r.pace(config.riskMargin),
        r.pace(0),
        if up then 'rule.target.pace_up' else 'rule.target.pace_down',
        'rule.target.at_risk'
      ),
      pace(least):: '(' + need + ' > ' + ((if up then 1 else 0) + least) + ' and ' + need + ' <= ' + r.limit + ')',
      atRisk: if !kpi.outlook then close else if share then better else faster,

      limit:: if up && !share then config.outOfReachPace else 1,
      outOfReach: rule(
        'EgovTargetOutOfReach',
        need + ' > ' + r.limit,
        need + ' > ' + (r.limit - config.riskMargin),
        if share then 'rule.target.perfect_rest' else if up then 'rule.target.too_fast' else 'rule.target.passed',
        'rule.target.out_of_reach',
        'rule.target.tell'
      ),

      // A count that adds up is below its target until the very end: there only the pace says something.
      list: (if kpi.kind == 'count' && up && kpi.outlook then [] else [r.missed])
            + [r.atRisk] + (if kpi.outlook then [r.outOfReach] else []),
    },

    groups+: [{
      name: config.prefix + '_targets',
      interval: config.interval,
      rules: std.flatMap(
        function(kpi) (
          local here = prometheus.texts.of(kpi), there = grafana.texts.of(kpi);
          std.flatMap(function(group) (
            local managed = rulesOf(kpi, group, there, grafana.texts, grafana.q).list;
            local rules = rulesOf(kpi, group, here, prometheus.texts, prometheus.q).list;
            std.mapWithIndex(function(i, rule) rule { grafana:: managed[i].managed }, rules)
          ), kpi.groups)
        ),
        [kpi for kpi in config.kpis if kpi.targeted]
      ),
    }],
  },
}
