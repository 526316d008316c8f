// Đơn vị: one unit, with its procedures.
function(figures)
  local config = figures.config, t = figures.language.t, dossiers = (import '../lib/dossiers.libsonnet')(figures);
  local signal = figures.signal, b = figures.board, unit = '$unit', period = '$period';
  local first = signal.leading[:config.headline];
  b.board(
    'unit',
    [
      b.section('', [[figures.tile(s, unit, period, 4), 4, 6] for s in first] + [[figures.months(s, unit), 4, 5] for s in first]),
      b.section(t('grafana.unit.kpis'), [
        local list = signal.grouped(signal.leading, group.id);
        if list == [] then null else [
          figures.outlook(list, group, unit, period, figures.language.fill('grafana.unit.kpis.group', { group: group.title })),
          24,
          3 + std.length(list),
        ]
        for group in signal.groups
      ]),
      b.section(t('grafana.unit.dossiers'), [
        [dossiers.received(unit, period), 8, 7],
        [dossiers.finished(unit, period), 8, 7],
        [dossiers.open(unit), 8, 7],
        [dossiers.procedures(unit, period), 24, 14],
      ]),
      b.section(t('grafana.unit.reports_and_freshness'), [
        [figures.measures([], unit), 24, 9],
        [figures.asOf(unit), 6, 9],
        [figures.history(first, unit), 18, 9],
      ]),
    ],
    [b.unit, b.period],
  )
