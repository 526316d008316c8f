// Thủ tục: one procedure of a unit.
local names = { vi: 'Thủ tục', en: 'Procedure' };
local palette = import '../lib/palette.libsonnet';

function(figures)
  local t = figures.language.t, dossiers = (import '../lib/dossiers.libsonnet')(figures);
  local b = figures.board, p = figures.panel, q = figures.promql, unit = '$unit', procedure = '$procedure', period = '$period';
  local here = [q.isUnit(unit), q.is('procedure', procedure)];
  b.board(
    'procedure',
    names,
    t('Một thủ tục của một đơn vị: kênh nộp, thời hạn, thời gian giải quyết.', 'One procedure of a unit: channels, timeliness, handling times.'),
    [
      b.section('', [
        [
          p.table(
            t('Thủ tục', 'Procedure'),
            t('Tên và lĩnh vực, theo danh mục thủ tục.', 'Name and field, from the catalogue of procedures.'),
            [p.table_('max by (procedure, name, field) (' + q.series('egov_procedure_info', here) + ')')],
            { unit: 'none', decimals: 0 },
            [
              p.field('procedure', { displayName: t('Mã', 'Code'), 'custom.width': 200 }),
              p.field('name', { displayName: t('Thủ tục', 'Procedure'), 'custom.width': 600 }),
              p.field('field', { displayName: t('Lĩnh vực', 'Field'), 'custom.width': 300 }),
            ],
            transformations=[{ id: 'organize', options: { excludeByName: { Time: true, Value: true }, indexByName: { procedure: 0, name: 1, field: 2 }, renameByName: {} } }],
            noValue=t('Không có số liệu theo thủ tục', 'No figures by procedure'),
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
            t('Đang giải quyết theo thời gian', 'Open over time'),
            t('Từ khi Prometheus bắt đầu ghi.', 'Since Prometheus began to record.'),
            [p.range('sum by (state) (' + q.series('egov_dossiers_open', here) + ')', '{{state}}')],
            { unit: 'locale', decimals: 0, min: 0 },
            [
              p.field('in_time', { displayName: t('Trong hạn', 'In time'), color: p.fixed(palette.good) }),
              p.field('overdue', { displayName: t('Quá hạn', 'Overdue'), color: p.fixed(palette.bad) }),
              p.field('paused', { displayName: t('Chờ bổ sung', 'Paused'), color: p.fixed(palette.light) }),
              p.field('undated', { displayName: t('Không có hạn', 'No due date'), color: p.fixed(palette.none) }),
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
        t('Thủ tục', 'Procedure'),
        'query_result(max by (name, procedure) (' + q.series('egov_procedure_info', ['unit="$unit"']) + '))',
        '/name="(?<text>(?:[^"\\\\]|\\\\.)*)".*procedure="(?<value>[^"]+)"/'
      ),
      b.period,
    ],
  )
