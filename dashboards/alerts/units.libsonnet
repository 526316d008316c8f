// Alerts on units: overdue dossiers that pile up, and data that no longer come.
local alertfigures = import '../lib/alertfigures.libsonnet';
local alerttext = import '../lib/alerttext.libsonnet';
local fill = import '../lib/fill.libsonnet';
local language = import '../lib/language.libsonnet';
local promql = import '../lib/promql.libsonnet';

{
  prometheusAlerts+:: {
    local config = $._config,
    local q = promql(config),
    local figures = alertfigures(config, q),
    local vi(engine) = alerttext(config, language('vi'), engine),
    local en(engine) = alerttext(config, language('en'), engine),
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
      local texts(engine) = {
        local values(text) = {
          unit: text.unit,
          count: text.value('printf "%.0f"'),
          before: text.ask(weekBefore, 'printf "%.0f"', '–'),
          page: text.page + '.' + text.staleNote,
        },
        summary_vi: fill('⟨unit⟩: hồ sơ quá hạn tăng lên ⟨count⟩', values(vi(engine))),
        summary_en: fill('⟨unit⟩: overdue dossiers have grown to ⟨count⟩', values(en(engine))),
        description_vi: fill(
          '⟨unit⟩ có ⟨count⟩ hồ sơ đang giải quyết đã quá hạn, một tuần trước là ⟨before⟩. '
          + 'Cần làm: xem đó là hồ sơ nào bằng: kpiagent dossiers --config TỆP --unit {{ $labels.unit }} --state overdue; xử lý hồ sơ cũ nhất trước. Xem: ⟨page⟩',
          values(vi(engine))
        ),
        description_en: fill(
          '⟨unit⟩ has ⟨count⟩ open dossiers past their due date; a week ago there were ⟨before⟩. '
          + 'What to do: see which with: kpiagent dossiers --config FILE --unit {{ $labels.unit }} --state overdue; deal with the oldest first. See: ⟨page⟩',
          values(en(engine))
        ),
      },
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
      local lastRead = figures.figure('last', function(more) q.series('egov_source_last_success_timestamp_seconds', more), ' > 0'),
      local texts(engine) = {
        local values(text, never) = {
          unit: text.unit,
          quality: text.quality,
          last: text.ask(lastRead, 'humanizeTimestamp', never),
        },
        summary_vi: fill('⟨unit⟩: không còn số liệu mới', values(vi(engine), '')),
        summary_en: fill('⟨unit⟩: no new data', values(en(engine), '')),
        description_vi: fill(
          'Không nguồn nào của ⟨unit⟩ được đọc trong thời hạn cho phép; lần đọc được gần nhất (UTC): ⟨last⟩. '
          + 'Số liệu đã có được giữ nguyên, nhưng không nói gì về những ngày này. '
          + 'Cần làm: hỏi đơn vị xem hệ thống có hoạt động không, và xem ⟨quality⟩.',
          values(vi(engine), 'chưa bao giờ')
        ),
        description_en: fill(
          'No source of ⟨unit⟩ was read within its time; the last successful read (UTC): ⟨last⟩. '
          + 'What is known stays, but says nothing about these days. '
          + 'What to do: ask the unit whether its system works, and look at ⟨quality⟩.',
          values(en(engine), 'never')
        ),
      },
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
