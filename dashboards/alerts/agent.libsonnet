// Alerts on the agent's own health and on its sources. What the figures say is no subject here.
//
// _config comes from config.libsonnet. severity: critical wants somebody today, warning in the next days, info when there is
// time.
local alerttext = import '../lib/alerttext.libsonnet';
local fill = import '../lib/fill.libsonnet';

{
  prometheusAlerts+:: {
    local config = $._config,
    // The age of sources that were not read within their time.
    local stale = 'time() - egov_source_last_success_timestamp_seconds{' + config.selector + '} > '
                  + 'egov_source_stale_after_seconds{' + config.selector + '}',
    local filled(text) = fill(text, {
      selector: config.selector,
      rowsRejectedWindow: config.rowsRejectedWindow,
      calendarLeadDays: config.calendarLeadDays,
      stale: '(' + stale + ')',
    }),
    local values = {
      source: '{{ $labels.unit }}/{{ $labels.source }}',
      // A count as people write it: without this, a million would read 1e+06.
      count: '{{ printf "%.0f" $value }}',
      downFor: config.downFor,
      sourceFailingFor: config.sourceFailingFor,
      rowsRejectedWindow: config.rowsRejectedWindow,
    },
    local texts = alerttext(config),
    // The texts of an alert, and what follows them in a language.
    local told(alert, ending=function(text) '') = texts.annotations(function(text) {
      summary: text.fill('rule.' + alert + '.summary', values),
      description: text.fill('rule.' + alert + '.description', values) + ending(text),
    }),
    local page(text) = text.sourcePage,
    local after(text) = if text.sourcePage == '' then '' else '.' + text.sourcePage,

    groups+: [{
      name: config.prefix,
      interval: config.interval,
      rules: [
        {
          alert: 'KpiagentDown',
          // The second part is for a target that is no longer scraped at all.
          expr: 'up{' + config.selector + '} == 0 or absent(up{' + config.selector + '})',
          'for': config.downFor,
          keep_firing_for: config.downKeepFiringFor,
          labels: config.labels { severity: 'critical' },
          annotations: told(self.alert),
        },
        {
          alert: 'KpiagentSourceFailing',
          expr: 'egov_source_up{' + config.selector + '} == 0',
          'for': config.sourceFailingFor,
          keep_firing_for: config.sourceFailingKeepFiringFor,
          labels: config.labels { severity: 'warning' },
          annotations: told(self.alert, after),
        },
        {
          alert: 'KpiagentSourceSilent',
          expr: stale,
          'for': config.sourceSilentFor,
          labels: config.labels { severity: 'warning' },
          annotations: told(self.alert, page),
        },
        {
          alert: 'KpiagentRowsRejected',
          // increase() extrapolates, so only whether it is above zero means something. It knows nothing of the first rows of
          // a reason, because the series begins with them: that is the second part. The third: while a source is not read,
          // nobody knows whether its rows were mended.
          expr: filled(|||
            increase(egov_source_rejected_rows_total{⟨selector⟩}[⟨rowsRejectedWindow⟩]) > 0
            or
            (
              egov_source_rejected_rows_total{⟨selector⟩} > 0
              unless
              egov_source_rejected_rows_total{⟨selector⟩} offset ⟨rowsRejectedWindow⟩
            )
            or
            (
              egov_source_rejected_rows_total{⟨selector⟩} > 0
              and on (unit, source) ⟨stale⟩
              and on (unit, source, reason) ALERTS{alertname="KpiagentRowsRejected", alertstate="firing"}
            )
          |||),
          'for': '0m',
          labels: config.labels { severity: 'warning' },
          annotations: told(self.alert, page),
        },
        {
          alert: 'KpiagentDropHeldBack',
          expr: 'egov_source_held_rows{' + config.selector + '} > 0',
          'for': '0m',
          keep_firing_for: config.dropHeldBackKeepFiringFor,
          labels: config.labels { severity: 'warning' },
          annotations: told(self.alert, page),
        },
        {
          alert: 'KpiagentBooksOutOfBalance',
          expr: filled('egov_ledger_imbalance{⟨selector⟩} > 0 or egov_ledger_audit_differences{⟨selector⟩} > 0'),
          'for': '0m',
          keep_firing_for: config.booksOutOfBalanceKeepFiringFor,
          labels: config.labels { severity: 'critical' },
          annotations: told(self.alert),
        },
        {
          alert: 'KpiagentSeriesOverBudget',
          expr: 'egov_series_over_budget{' + config.selector + '} > 0',
          'for': config.seriesOverBudgetFor,
          labels: config.labels { severity: 'info' },
          annotations: told(self.alert),
        },
        {
          alert: 'KpiagentStoreBehind',
          expr: 'egov_remote_write_lag_seconds{' + config.selector + '} > ' + config.storeBehindSeconds,
          'for': config.storeBehindFor,
          keep_firing_for: config.storeBehindKeepFiringFor,
          labels: config.labels { severity: 'warning' },
          annotations: told(self.alert),
        },
        {
          alert: 'KpiagentConfigNotReloaded',
          expr: 'egov_config_last_reload_successful{' + config.selector + '} == 0',
          'for': config.configNotReloadedFor,
          labels: config.labels { severity: 'warning' },
          annotations: told(self.alert),
        },
        {
          alert: 'KpiagentCalendarYearUnknown',
          // The agent always names this year and the next. The next one is nobody's concern before its time:
          // count_values turns the number of a year into the label that it is joined on.
          expr: filled(|||
            egov_calendar_year_known{⟨selector⟩} == 0
            and on (year)
            (
              count_values("year", year(vector(time())))
              or
              count_values("year", year(vector(time() + ⟨calendarLeadDays⟩ * 86400)))
            )
          |||),
          'for': config.calendarYearUnknownFor,
          labels: config.labels { severity: 'warning' },
          annotations: told(self.alert),
        },
      ],
    }],
  },
}
