// Alerts on units: overdue dossiers that pile up, and data that no longer come.
local alertfigures = import '../lib/alertfigures.libsonnet';
local alerttext = import '../lib/alerttext.libsonnet';
local fill = import '../lib/fill.libsonnet';
local promql = import '../lib/promql.libsonnet';

{
  prometheusAlerts+:: {
    local config = $._config,
    local q = promql(config),
    local figures = alertfigures(config, q),
    local overdue(q, more) = q.series('egov_kpi_value', [q.is('kpi', 'overdue_open'), q.inPeriod('day')] + more),
    local now(q) = 'max by (unit) (' + overdue(q, []) + ')',
    // The last value that was seen before the moment, so that a gap of hours does no harm.
    local weekAgo(more) = 'last_over_time(' + overdue(q, more) + '[6h] offset 7d)',
    local before = 'max by (unit) (' + weekAgo([]) + ')',

    local growing = {
      alert: 'EgovOverdueGrowing',
      local grown(now) = fill(
        '⟨now⟩ - ⟨before⟩ >= ⟨least⟩ and ⟨now⟩ >= ⟨rate⟩ * ⟨before⟩',
        { now: now, before: before, least: config.overdueGrowth, rate: config.overdueGrowthRate }
      ),
      local more(now) = now + ' > ' + before,
      expr: fill(
        |||
          ⟨now⟩
          and on (unit)
          (
            (⟨grown⟩)
            or
            (⟨more⟩ and on (unit) ALERTS{alertname="EgovOverdueGrowing", alertstate="firing"})
          )
        |||, { now: now(q), grown: grown(now(q)), more: more(now(q)) }
      ),
      'for': config.overdueFor,
      keep_firing_for: config.overdueKeepFiringFor,
      labels: config.labels { severity: config.severity },
      local weekBefore = figures.figure('before', weekAgo),
      local texts(engine) = alerttext(config, engine).annotations(function(text) (
        local values = {
          unit: text.unit,
          count: text.value('printf "%.0f"'),
          before: text.ask(weekBefore, 'printf "%.0f"', '–'),
          page: text.page,
          note: text.staleNote,
        };
        {
          summary: text.fill('rule.EgovOverdueGrowing.summary', values),
          description: text.fill('rule.EgovOverdueGrowing.description', values),
        }
      )),
      annotations: texts('prometheus'),
      local held = now(promql(config, config.managedHold)),
      grafana:: figures.managed(held, grown(held), more(held), [weekBefore, figures.stale], texts('grafana')),
    },

    local silent = {
      alert: 'EgovUnitSilent',
      // All sources of the unit itself are stale; a single one is the concern of KpiagentSourceSilent.
      local stale = 'min by (unit) (' + q.recorded('source:egov_data_stale:max') + ')',
      expr: stale + ' == 1',
      'for': config.unitSilentFor,
      keep_firing_for: config.unitSilentKeepFiringFor,
      labels: config.labels { severity: config.severity },
      local lastRead = figures.figure(
        'last',
        function(more) q.series('egov_source_last_success_timestamp_seconds', more),
        ' > 0'
      ),
      local texts(engine) = alerttext(config, engine).annotations(function(text) (
        local values = {
          unit: text.unit,
          quality: text.quality,
          last: text.ask(lastRead, 'humanizeTimestamp', text.t('rule.never')),
        };
        {
          summary: text.fill('rule.EgovUnitSilent.summary', values),
          description: text.fill('rule.EgovUnitSilent.description', values),
        }
      )),
      annotations: texts('prometheus'),
      grafana:: figures.managed(stale, stale + ' == 1', '', [lastRead], texts('grafana')),
    },

    groups+: [{
      name: config.prefix + '_units',
      interval: config.interval,
      rules: [rule for rule in [growing] if std.length([k for k in config.kpis if k.id == 'overdue_open']) > 0] + [silent],
    }],
  },
}
