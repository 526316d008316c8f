// Chất lượng dữ liệu: for those who run the agent and the sources.
local palette = import '../lib/palette.libsonnet';

function(figures)
  local config = figures.config, l = figures.language, t = l.t;
  local b = figures.board, p = figures.panel, q = figures.promql;
  local bySource(metric, more=[]) = 'max by (unit, source) (' + q.series(metric, more) + ')';
  local words(good, bad, color) = [{
    type: 'value',
    options: { '1': { text: good, color: palette.good, index: 0 }, '0': { text: bad, color: color, index: 1 } },
  }];
  local yes(good, bad) = words(good, bad, palette.bad);
  local colored = { 'custom.displayMode': 'color-background-solid', 'custom.align': 'center' };
  local unitCell = p.label('unit', { displayName: t('grafana.word.unit'), mappings: figures.unitNames, 'custom.width': 200 });
  local state(title, description, query, good, bad, legend='') = p.stat(
    title, description, [p.instant(query, legend)], { unit: 'none', decimals: 0 }, mappings=yes(good, bad), size='value'
  ) + {
    fieldConfig+: {
      defaults+: {
        color: { mode: 'thresholds' },
        noValue: t('grafana.word.not_known'),
        thresholds: { mode: 'absolute', steps: [{ color: palette.bad, value: null }, { color: palette.good, value: 1 }] },
      },
    },
  };
  local units = [p.field(u.id, { displayName: l.name(u.name) }) for u in config.units];
  local days(title, description, query, mappings, interval) =
    p.timeline(title, description, [p.range(query, '{{unit}}')], mappings, units, interval=interval, daily=true);
  b.board(
    'quality',
    [
      b.section('', [
        [
          state(
            t('grafana.quality.answers'),
            t('grafana.quality.answers.about'),
            'min(up{' + config.selector + '})',
            t('grafana.word.yes'),
            t('grafana.word.no')
          ),
          4,
          5,
        ],
        [
          state(
            t('grafana.quality.books'),
            t('grafana.quality.books.about'),
            'max(' + q.series('egov_ledger_imbalance') + ') == bool 0',
            t('grafana.quality.books.balanced'),
            t('grafana.quality.books.off')
          ),
          4,
          5,
        ],
        [
          state(
            t('grafana.quality.configuration'),
            t('grafana.quality.configuration.about'),
            'min(' + q.series('egov_config_last_reload_successful') + ')',
            t('grafana.quality.configuration.loaded'),
            t('grafana.quality.configuration.failed')
          ),
          4,
          5,
        ],
        [
          p.stat(
            t('grafana.quality.calendar'),
            t('grafana.quality.calendar.about'),
            [p.instant('min by (year) (' + q.series('egov_calendar_year_known') + ')', '{{year}}')],
            { unit: 'none', decimals: 0 },
            mappings=words(t('grafana.quality.calendar.listed'), t('grafana.quality.calendar.not_listed'), palette.warn),
          ),
          6,
          5,
        ],
        [
          p.stat(
            t('grafana.quality.version'),
            t('grafana.quality.version.about'),
            [p.instant('max by (version) (' + q.series('egov_build_info') + ')', '{{version}}')],
            size='name',
          ),
          6,
          5,
        ],
      ]),
      b.section(t('grafana.quality.sources'), [
        [
          p.table(
            t('grafana.quality.sources'),
            t('grafana.quality.sources.about'),
            [p.instant(q.parts('part', [
              ['up', bySource('egov_source_up')],
              [
                'fresh',
                'time() - ' + bySource('egov_source_last_success_timestamp_seconds')
                + ' < bool ' + bySource('egov_source_stale_after_seconds'),
              ],
              ['last', '(' + bySource('egov_source_last_success_timestamp_seconds') + ' > 0) * 1000'],
              ['took', bySource('egov_source_fetch_duration_seconds')],
              ['rows', bySource('egov_source_rows_total')],
              ['rejected', 'sum by (unit, source) (' + q.series('egov_source_rejected_rows_total') + ')'],
              ['held', bySource('egov_source_held_rows')],
            ]))],
            { unit: 'locale', decimals: 0 },
            [
              unitCell,
              p.label('source', { displayName: t('grafana.quality.source'), 'custom.width': 150 }),
              p.field('up', colored {
                displayName: t('grafana.quality.readable'),
                mappings: yes(t('grafana.word.yes'), t('grafana.word.no')) + [p.missing],
              }),
              p.field('fresh', colored {
                displayName: t('grafana.freshness.fresh'),
                mappings: yes(t('grafana.quality.fresh'), t('grafana.quality.stale')) + [p.missing],
              }),
              p.field('last', {
                displayName: t('grafana.quality.read_at'),
                unit: t('grafana.format.moment'),
                noValue: t('grafana.quality.never'),
                'custom.width': 150,
              }),
              p.field('took', { displayName: t('grafana.quality.took'), unit: 's', decimals: 1 }),
              p.field('rows', { displayName: t('grafana.quality.rows_read') }),
              p.field('rejected', { displayName: t('grafana.quality.rejected') }),
              p.field('held', { displayName: t('grafana.quality.held_back') }),
            ],
            transformations=p.rows(['unit', 'source'], ['up', 'fresh', 'last', 'took', 'rows', 'rejected', 'held']),
          ),
          24,
          12,
        ],
      ]),
      b.section(t('grafana.quality.completeness'), [
        [
          days(
            t('grafana.quality.day'),
            t('grafana.quality.day.about'),
            'min by (unit) (time() - ' + q.series('egov_source_last_success_timestamp_seconds') + ' < bool 86400)',
            yes(t('grafana.quality.day.read'), t('grafana.quality.day.not_read')),
            '1d'
          ),
          24,
          9,
        ],
        [
          p.timeSeries(
            t('grafana.quality.received'),
            t('grafana.quality.received.about'),
            [p.range('sum by (unit) (' + q.series('egov_dossiers_received', [q.inPeriod('day')]) + ')', '{{unit}}')],
            { unit: 'locale', decimals: 0, min: 0 },
            units,
          ),
          24,
          8,
        ],
      ]),
      b.section(t('grafana.quality.rejected_rows'), [
        [
          p.table(
            t('grafana.quality.rejected_rows_by_reason'),
            t('grafana.quality.rejected_rows_by_reason.about'),
            [p.table_('topk(500, sum by (unit, source, reason) (' + q.series('egov_source_rejected_rows_total') + ') > 0)')],
            { unit: 'locale', decimals: 0 },
            [
              unitCell,
              p.label('source', { displayName: t('grafana.quality.source') }),
              p.label('reason', { displayName: t('grafana.quality.reason'), 'custom.width': 220 }),
              p.field('Value', { displayName: t('grafana.quality.rows') }),
            ],
            transformations=[{ id: 'organize', options: {
              excludeByName: { Time: true },
              indexByName: { unit: 0, source: 1, reason: 2, Value: 3 },
              renameByName: {},
            } }],
            noValue=t('grafana.quality.no_rejected_rows'),
          ),
          12,
          9,
        ],
        [
          p.timeSeries(
            t('grafana.quality.read_times'),
            t('grafana.quality.read_times.about'),
            [p.range(bySource('egov_source_fetch_duration_seconds'), '{{unit}}/{{source}}')],
            { unit: 's', decimals: 1, min: 0 },
          ),
          12,
          9,
        ],
      ]),
    ],
    from='now-30d',
  )
