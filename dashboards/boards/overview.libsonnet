// Điều hành: the ministry at first sight.
local names = { vi: 'Điều hành', en: 'Executive overview' };

function(figures)
  local config = figures.config, t = figures.language.t;
  local signal = figures.signal, b = figures.board, root = figures.promql.root;
  local first = signal.leading[:config.headline], width = 4, period = '$period';
  local shares = signal.grouped(signal.leading, 'share');
  local whole(group, list) = figures.outlook(list, group, root, 'year', t('Đến cuối năm: ', 'To the end of the year: ') + group.title);
  local chunks = figures.chunks(signal.leading);
  b.board(
    'overview',
    names,
    t('Toàn ngành so với chỉ tiêu, đơn vị nào chậm, và đến cuối năm sẽ ra sao.', 'The whole against its targets, which unit slips, and where it will be at the end of the year.'),
    [
      b.section('', [[figures.tile(s, root, period, width), width, 6] for s in first] + [[figures.months(s, root), width, 5] for s in first]),
      b.section('', [[figures.states(chunks[0], period), 24, 10]]),
    ] + [
      b.section(t('Đơn vị và chỉ số (tiếp)', 'Units and KPIs (continued)'), [[figures.states(chunk, period), 24, 10]], closed=true)
      for chunk in chunks[1:]
    ] + [
      b.section(t('Đang chậm', 'Slipping now'), [[figures.tally(signal.leading, period), 4, 8]] + [
        local list = signal.grouped(signal.leading, group.id);
        if list == [] then null else [figures.slipping(list, group, period), if group.id == 'share' then 20 else 24, 8]
        for group in signal.groups
      ]),
      b.section(t('Xếp hạng', 'Order'), if shares == [] then [] else [
        [figures.league('$ranking', period), 12, 10],
        [figures.course('$ranking', root, period), 12, 10],
      ]),
      b.section(t('Đến cuối năm', 'To the end of the year'), [
        local list = [s for s in signal.grouped(signal.leading, group.id) if s.outlook];
        if list == [] then null else [whole(group, list), 24, 9]
        for group in signal.groups
      ]),
      b.section(t('Lịch sử và định nghĩa', 'History and definitions'), [
        [figures.history(first, root), 16, 9],
        [figures.asOf(root), 8, 9],
        [figures.definitions(signal.leading), 24, 4 + std.length(signal.leading)],
      ]),
    ],
    [b.period] + (if shares == [] then [] else [b.choice('ranking', t('Chỉ số xếp hạng', 'KPI in order'), figures.choices(shares))]),
  )
