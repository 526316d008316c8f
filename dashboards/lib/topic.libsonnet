// A board on one topic: its KPIs as tiles, by month, by unit and to the end of the year. more adds sections to it.
function(figures, id, topic, names, description, more=[])
  local config = figures.config, l = figures.language, t = l.t;
  local signal = figures.signal, b = figures.board, root = figures.promql.root, period = '$period';
  local list = signal.about(topic);
  local first = list[:config.headline];
  local width = if std.length(first) > 4 then 4 else if std.length(first) == 3 then 8 else 24 / std.max(1, std.length(first));
  local measures = std.set(std.flattenArrays([s.measures for s in list]));
  b.board(
    id,
    names,
    description,
    if list == [] then [
      b.section('', [[
        figures.panel.text(
          names[l.id],
          t('Chưa có chỉ số nào thuộc chủ đề này. Khai báo trong cấu hình của kpiagent: một mục dưới `kpis` với `topic: %s`, rồi tạo lại các bảng.',
            'No KPI has this topic yet. Declare one in the configuration of kpiagent: an entry under `kpis` with `topic: %s`, then render the boards again.') % topic
        ),
        24,
        4,
      ]]),
    ] + more else [
      b.section('', [[figures.tile(s, root, period, width), width, 6] for s in first] + [[figures.months(s, root), width, 6] for s in first]),
      b.section('', [[figures.states(chunk, period), 24, 10] for chunk in figures.chunks(list)[:1]]),
    ] + more + [
      b.section(t('Số liệu theo đơn vị', 'Figures by unit'), [
        local part = signal.grouped(list, group.id)[:config.columns];
        if part == [] then null else [figures.values(part, group, period), 24, 9]
        for group in signal.groups
      ]),
      b.section(t('Đến cuối kỳ', 'To the end of the period'), [
        local part = signal.grouped(list, group.id);
        if part == [] then null else [figures.outlook(part, group, root, period, t('So với chỉ tiêu: ', 'Against the target: ') + group.title), 24, 4 + std.length(part)]
        for group in signal.groups
      ]),
      b.section(t('Báo cáo', 'Reports'), if measures == [] then [] else [[figures.measures(measures), 24, 10]]),
      b.section(t('Định nghĩa', 'Definitions'), [[figures.asOf(root), 6, 4 + std.length(list)], [figures.definitions(list), 18, 4 + std.length(list)]]),
    ],
    [b.period],
  )
