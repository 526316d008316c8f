// Điều hành: the ministry at first sight.
function(figures)
  local config = figures.config, t = figures.language.t;
  local signal = figures.signal, b = figures.board, root = figures.promql.root;
  local first = signal.leading[:config.headline], width = 4, period = '$period';
  local shares = signal.grouped(signal.leading, 'share');
  local whole(group, list) = figures.outlook(
    list, group, root, 'year', figures.language.fill('grafana.overview.year_end.group', { group: group.title })
  );
  local chunks = figures.chunks(signal.leading);
  b.board(
    'overview',
    [
      b.section(
        '',
        [[figures.tile(s, root, period, width), width, 6] for s in first] + [[figures.months(s, root), width, 5] for s in first]
      ),
      b.section('', [[figures.states(chunks[0], period), 24, 10]]),
    ] + [
      b.section(t('grafana.overview.units_and_kpis_continued'), [[figures.states(chunk, period), 24, 10]], closed=true)
      for chunk in chunks[1:]
    ] + [
      b.section(t('grafana.overview.slipping'), [[figures.tally(signal.leading, period), 4, 8]] + [
        local list = signal.grouped(signal.leading, group.id);
        if list == [] then null else [figures.slipping(list, group, period), if group.id == 'share' then 20 else 24, 8]
        for group in signal.groups
      ]),
      b.section(t('grafana.overview.order'), if shares == [] then [] else [
        [figures.league('$ranking', period), 12, 10],
        [figures.course('$ranking', root, period), 12, 10],
      ]),
      b.section(t('grafana.overview.year_end'), [
        local list = [s for s in signal.grouped(signal.leading, group.id) if s.outlook];
        if list == [] then null else [whole(group, list), 24, 9]
        for group in signal.groups
      ]),
      b.section(t('grafana.overview.history_and_definitions'), [
        [figures.history(first, root), 16, 9],
        [figures.asOf(root), 8, 9],
        [figures.definitions(signal.leading), 24, 4 + std.length(signal.leading)],
      ]),
    ],
    [b.period] + (
      if shares == [] then [] else [b.choice('ranking', t('grafana.overview.kpi_in_order'), figures.choices(shares))]
    ),
  )
