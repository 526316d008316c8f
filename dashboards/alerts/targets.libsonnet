// Alerts on figures against their targets: missed, at risk, out of reach.
//
// Each KPI has rules of its own, because its texts, its numbers and what counts as a risk differ. Its targets may name a
// severity and a receiver, by unit; the groups of a KPI say which units share them.
local alertfigures = import '../lib/alertfigures.libsonnet';
local alerttext = import '../lib/alerttext.libsonnet';
local language = import '../lib/language.libsonnet';
local promql = import '../lib/promql.libsonnet';

{
  prometheusAlerts+:: {
    local config = $._config,
    local texts(engine) = { vi: alerttext(config, language('vi'), engine), en: alerttext(config, language('en'), engine) },

    // What differs between those who evaluate the rules.
    local prometheus = { q: promql(config), texts: texts('prometheus') },
    local grafana = { q: promql(config, config.managedHold), texts: texts('grafana') },

    // What the rules on one KPI for one group of units are made of. told has the texts of the KPI.
    local rulesOf(kpi, group, told, q) = {
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
      local enough = if kpi.kind == 'count' then '' else '\nand on (kpi, unit, period)\n' + of('denominator') + ' >= ' + config.minVolume,

      // A rule that fires where enter holds for long enough, and goes on while stay does.
      local rule(alert, enter, stay, why, mark={ vi: '', en: '' }, advice={ vi: '', en: '' }) = {
        alert: alert,
        expr:
          value + '\nand on (kpi, unit, period)\n(\n  ' + enter + '\n  or\n  (' + stay
          + '\n  and on (kpi, unit, period) ALERTS{alertname="' + alert + '", alertstate="firing", kpi="' + kpi.id + '"})\n)' + enough,
        'for': config.targetFor,
        keep_firing_for: config.targetKeepFiringFor,
        // The result says which KPI it is as well; here it keeps rules of the same name apart.
        labels: { severity: group.severity, kpi: kpi.id } + (if group.receiver == '' then {} else { receiver: group.receiver }),
        annotations: told.vi.annotations(why.vi, mark.vi, advice.vi) + told.en.annotations(why.en, mark.en, advice.en),
        local held(part) = '(' + part + ') and on (kpi, unit, period) ' + value + enough,
        local said = figures.ofTarget(kpi),
        managed:: figures.managed(value, held(enter), held(stay), [
          said[name]
          for name in std.objectFields(said)
          if std.member(['target', 'lacking', 'stale'], name) || std.length(std.findSubstr('$values.' + name + '.', why.vi)) > 0
        ], self.annotations),
      },

      // The margin of the target is the band in which an alert that fires goes on.
      missed: rule('EgovTargetMissed', status + ' == 1', status + ' == 2', { vi: '', en: '' }),

      // A figure that reaches its target is not told without saying why it is told.
      local risk = { vi: ', có nguy cơ không đạt', en: ', at risk' },

      // Without an outlook, as of handling times and of states, the margin of the target says what a risk is.
      local close = rule('EgovTargetAtRisk', status + ' == 2', status + ' == 2', {
        vi: 'Chỉ tiêu còn đạt, nhưng sát hơn mức an toàn đã đặt. ',
        en: 'The target is reached, but by less than the margin that was set. ',
      }, risk),
      // A share: the rest of the period has to be better than the past 30 days.
      local better = rule('EgovTargetAtRisk', r.gap(config.riskMargin), r.gap(0), {
        vi: 'Để đạt cuối kỳ, ' + (if up then 'phần còn lại phải đạt ' + told.vi.required else told.vi.required + ' phần còn lại phải nằm ngoài tỷ lệ này')
            + ', mà 30 ngày qua là ' + told.vi.recent + '. ',
        en: 'To get there by the end, ' + (if up then 'the rest has to reach ' + told.en.required else told.en.required + ' of the rest have to stay out of it')
            + ', while the past 30 days had ' + told.en.recent + '. ',
      }, risk),
      gap(least):: (
        local recent = 'max by (kpi, unit) (' + q.series('egov_kpi_value', [q.is('kpi', kpi.id), q.inPeriod('rolling_30d')] + units) + ')';
        '(' + need + ' - on (kpi, unit) group_left () ' + (if up then recent else '(1 - ' + recent + ')') + ' > ' + least + ' and ' + need + ' <= 1)'
      ),
      // A count: its required rate is how many times the recent pace is needed, or which part of it has to be avoided.
      local faster = rule('EgovTargetAtRisk', r.pace(config.riskMargin), r.pace(0), {
        vi: if up then 'Để đạt cuối kỳ, phải nhanh gấp ' + told.vi.required + ' lần gần đây. ' else 'Với nhịp gần đây, đến cuối kỳ sẽ vượt chỉ tiêu. ',
        en: if up then 'To get there by the end, ' + told.en.required + ' times the recent pace is needed. ' else 'At the recent pace the target will be passed by the end. ',
      }, risk),
      pace(least):: '(' + need + ' > ' + ((if up then 1 else 0) + least) + ' and ' + need + ' <= ' + r.limit + ')',
      atRisk: if !kpi.outlook then close else if share then better else faster,

      limit:: if up && !share then config.outOfReachPace else 1,
      outOfReach: rule('EgovTargetOutOfReach', need + ' > ' + r.limit, need + ' > ' + (r.limit - config.riskMargin), {
        vi: if share then 'Phần còn lại của kỳ dù đạt trọn vẹn cũng không đủ, với lượng hồ sơ như gần đây. '
        else if up then 'Phải nhanh hơn ' + config.outOfReachPace + ' lần gần đây mới đạt. ' else 'Chỉ tiêu đã bị vượt. ',
        en: if share then 'Not even a perfect rest of the period is enough, at the recent volume. '
        else if up then 'More than ' + config.outOfReachPace + ' times the recent pace would be needed. ' else 'The target is passed already. ',
      }, { vi: ', khó còn đạt được', en: ', hardly within reach' }, {
        vi: 'báo ngay người giao chỉ tiêu, kèm biện pháp và mức còn có thể đạt.',
        en: 'tell whoever set the target now, with measures and with what can still be reached.',
      }),

      // A count that adds up is below its target until the very end: there only the pace says something.
      list: (if kpi.kind == 'count' && up && kpi.outlook then [] else [r.missed]) + [r.atRisk] + (if kpi.outlook then [r.outOfReach] else []),
    },

    groups+: [{
      name: config.prefix + '_targets',
      interval: config.interval,
      rules: std.flatMap(
        function(kpi) (
          local told(engine) = { vi: engine.texts.vi.of(kpi), en: engine.texts.en.of(kpi) };
          local here = told(prometheus), there = told(grafana);
          std.flatMap(function(group) (
            local managed = rulesOf(kpi, group, there, grafana.q).list;
            std.mapWithIndex(function(i, rule) rule { grafana:: managed[i].managed }, rulesOf(kpi, group, here, prometheus.q).list)
          ), kpi.groups)
        ),
        [kpi for kpi in config.kpis if kpi.targeted]
      ),
    }],
  },
}
