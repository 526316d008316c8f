// Alerts on units: overdue dossiers that pile up, and data that no longer come.
local alerttext = import '../lib/alerttext.libsonnet';
local fill = import '../lib/fill.libsonnet';
local language = import '../lib/language.libsonnet';
local promql = import '../lib/promql.libsonnet';

{
  prometheusAlerts+:: {
    local config = $._config,
    local q = promql(config),
    local vi = alerttext(config, language('vi')),
    local en = alerttext(config, language('en')),
    local overdue(more) = q.series('egov_kpi_value', [q.is('kpi', 'overdue_open'), q.inPeriod('day')] + more),
    local now = 'max by (unit) (' + overdue([]) + ')',
    // The last value that was seen before the moment, so that a gap of hours does no harm.
    local weekAgo(more) = 'last_over_time(' + overdue(more) + '[6h] offset 7d)',
    local before = 'max by (unit) (' + weekAgo([]) + ')',

    local growing = {
      alert: 'EgovOverdueGrowing',
      expr: fill(
        |||
          ⟨now⟩
          and on (unit)
          (
            (⟨now⟩ - ⟨before⟩ >= ⟨least⟩ and ⟨now⟩ >= ⟨rate⟩ * ⟨before⟩)
            or
            (⟨now⟩ > ⟨before⟩ and on (unit) ALERTS{alertname="EgovOverdueGrowing", alertstate="firing"})
          )
        |||, { now: now, before: before, least: config.overdueGrowth, rate: config.overdueGrowthRate }
      ),
      'for': config.overdueFor,
      keep_firing_for: config.overdueKeepFiringFor,
      labels: config.labels { severity: config.severity },
      local values(text) = {
        unit: text.unit,
        count: '{{ printf "%.0f" $value }}',
        before: text.ask('max(' + weekAgo([text.this]) + ')', 'value | printf "%.0f"', '–'),
        page: text.page + '.' + text.staleNote,
      },
      annotations: {
        summary_vi: fill('⟨unit⟩: hồ sơ quá hạn tăng lên ⟨count⟩', values(vi)),
        summary_en: fill('⟨unit⟩: overdue dossiers have grown to ⟨count⟩', values(en)),
        description_vi: fill(
          '⟨unit⟩ có ⟨count⟩ hồ sơ đang giải quyết đã quá hạn, một tuần trước là ⟨before⟩. '
          + 'Cần làm: xem đó là hồ sơ nào bằng: kpiagent dossiers --config TỆP --unit {{ $labels.unit }} --state overdue; xử lý hồ sơ cũ nhất trước. Xem: ⟨page⟩',
          values(vi)
        ),
        description_en: fill(
          '⟨unit⟩ has ⟨count⟩ open dossiers past their due date; a week ago there were ⟨before⟩. '
          + 'What to do: see which with: kpiagent dossiers --config FILE --unit {{ $labels.unit }} --state overdue; deal with the oldest first. See: ⟨page⟩',
          values(en)
        ),
      },
    },

    local silent = {
      alert: 'EgovUnitSilent',
      // All sources of the unit itself are stale; a single one is the concern of KpiagentSourceSilent.
      expr: 'min by (unit) (' + q.recorded('source:egov_data_stale:max') + ') == 1',
      'for': config.unitSilentFor,
      keep_firing_for: config.unitSilentKeepFiringFor,
      labels: config.labels { severity: config.severity },
      local values(text, never) = {
        unit: text.unit,
        last: text.ask('max(' + q.series('egov_source_last_success_timestamp_seconds', [text.this]) + ') > 0', 'value | humanizeTimestamp', never),
      },
      annotations: {
        summary_vi: fill('⟨unit⟩: không còn số liệu mới', values(vi, '')),
        summary_en: fill('⟨unit⟩: no new data', values(en, '')),
        description_vi: fill(
          'Không nguồn nào của ⟨unit⟩ được đọc trong thời hạn cho phép; lần đọc được gần nhất (UTC): ⟨last⟩. '
          + 'Số liệu đã có được giữ nguyên, nhưng không nói gì về những ngày này. '
          + 'Cần làm: hỏi đơn vị xem hệ thống có hoạt động không, và xem bảng «Chất lượng dữ liệu».',
          values(vi, 'chưa bao giờ')
        ),
        description_en: fill(
          'No source of ⟨unit⟩ was read within its time; the last successful read (UTC): ⟨last⟩. '
          + 'What is known stays, but says nothing about these days. '
          + 'What to do: ask the unit whether its system works, and look at the board "Data quality".',
          values(en, 'never')
        ),
      },
    },

    groups+: [{
      name: config.prefix + '_units',
      interval: config.interval,
      rules: [rule for rule in [growing] if std.length([k for k in config.kpis if k.id == 'overdue_open']) > 0] + [silent],
    }],
  },
}
