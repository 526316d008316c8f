// A board on one topic: its KPIs as tiles, by month, by unit and to the end of the year. more adds sections to it.
function(figures, id, topic, more=[])
  local config = figures.config, t = figures.language.t;
  local signal = figures.signal, b = figures.board, root = figures.promql.root, period = '$period';
  local list = signal.about(topic);
  local first = list[:config.headline];
  local width = if std.length(first) > 4 then 4 else if std.length(first) == 3 then 8 else 24 / std.max(1, std.length(first));
  local measures = std.set(std.flattenArrays([s.measures for s in list]));
  b.board(
    id,
    if list == [] then [
      b.section('', [[
        figures.panel.text(
          b.title(id),
          figures.language.fill('grafana.topic.none', { topic: topic })
        ),
        24,
        4,
      ]]),
    ] + more else [
      b.section(
        '',
        [[figures.tile(s, root, period, width), width, 6] for s in first] + [[figures.months(s, root), width, 6] for s in first]
      ),
      b.section('', [[figures.states(chunk, period), 24, 10] for chunk in figures.chunks(list)[:1]]),
    ] + more + [
      b.section(t('grafana.topic.by_unit'), [
        local part = signal.grouped(list, group.id)[:config.columns];
        if part == [] then null else [figures.values(part, group, period), 24, 9]
        for group in signal.groups
      ]),
      b.section(t('grafana.topic.period_end'), [
        local part = signal.grouped(list, group.id);
        if part == [] then null else [
          figures.outlook(part, group, root, period, figures.language.fill('grafana.topic.targets', { group: group.title })),
          24,
          4 + std.length(part),
        ]
        for group in signal.groups
      ]),
      b.section(t('grafana.topic.reports'), if measures == [] then [] else [[figures.measures(measures), 24, 10]]),
      b.section(t('grafana.topic.definitions'), [
        [figures.asOf(root), 6, 4 + std.length(list)],
        [figures.definitions(list), 18, 4 + std.length(list)],
      ]),
    ],
    [b.period],
  )
