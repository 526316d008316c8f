// Thủ tục: one procedure of a unit.
local palette = import '../lib/palette.libsonnet';

function(figures)
  local t = figures.language.t, dossiers = (import '../lib/dossiers.libsonnet')(figures);
  local b = figures.board, p = figures.panel, q = figures.promql, unit = '$unit', procedure = '$procedure', period = '$period';
  local here = [q.isUnit(unit), q.is('procedure', procedure)];
  b.board(
    'procedure',
    [
      b.section('', [
        [
          p.table(
            t('grafana.procedure.name'),
            t('grafana.procedure.name.about'),
            [p.table_('max by (procedure, name, field) (' + q.series('egov_procedure_info', here) + ')')],
            { unit: 'none', decimals: 0 },
            [
              p.label('procedure', { displayName: t('grafana.word.code'), 'custom.width': 200 }),
              p.label('name', { displayName: t('grafana.procedure.name'), 'custom.width': 600 }),
              p.label('field', { displayName: t('grafana.word.field'), 'custom.width': 300 }),
            ],
            transformations=[{ id: 'organize', options: {
              excludeByName: { Time: true, Value: true },
              indexByName: { procedure: 0, name: 1, field: 2 },
              renameByName: {},
            } }],
            noValue=t('grafana.word.no_figures_by_procedure'),
          ),
          24,
          4,
        ],
        [dossiers.received(unit, period, procedure), 8, 8],
        [dossiers.finished(unit, period, procedure), 8, 8],
        [dossiers.open(unit, procedure), 8, 8],
        [dossiers.handling(unit, procedure), 12, 10],
        [
          p.timeSeries(
            t('grafana.procedure.open_over_time'),
            t('grafana.procedure.open_over_time.about'),
            [p.range('sum by (state) (' + q.series('egov_dossiers_open', here) + ')', '{{state}}')],
            { unit: 'locale', decimals: 0, min: 0 },
            [
              p.field('in_time', { displayName: t('grafana.word.in_time'), color: p.fixed(palette.good) }),
              p.field('overdue', { displayName: t('grafana.word.overdue'), color: p.fixed(palette.bad) }),
              p.field('paused', { displayName: t('grafana.word.paused'), color: p.fixed(palette.light) }),
              p.field('undated', { displayName: t('grafana.word.no_due_date'), color: p.fixed(palette.none) }),
            ],
          ),
          12,
          10,
        ],
        [figures.asOf(unit), 24, 4],
      ]),
    ],
    [
      b.unit,
      b.found(
        'procedure',
        t('grafana.procedure.name'),
        'query_result(max by (name, procedure) (' + q.series('egov_procedure_info', ['unit="$unit"']) + '))',
        '/name="(?<text>(?:[^"\\\\]|\\\\.)*)".*procedure="(?<value>[^"]+)"/'
      ),
      b.period,
    ],
  )
