// Panels that show KPIs, each derived from signals: tiles, matrices, tables. Boards put them together.
local palette = import 'palette.libsonnet';

function(config, l)
  local t = l.t;
  local signal = (import 'signal.libsonnet')(config, l);
  local q = (import 'promql.libsonnet')(config);
  local p = (import 'panel.libsonnet')(config, l);
  local b = (import 'board.libsonnet')(config, l);

  // Names in the place of ids, in any column or series that holds them.
  local unitNames = p.mapped({ [u.id]: l.name(u.name) for u in config.units });
  local kpiNames = p.mapped({ [s.id]: s.title for s in signal.all });

  // What the distance to a target is called: of what should be little there is too much.
  local distance(list) =
    local down = std.length([s for s in list if s.direction == 'down']);
    if down == 0 then t('Còn thiếu', 'Lacking')
    else if down == std.length(list) then t('Vượt', 'Over')
    else t('Thiếu / vượt', 'Lacking / over');

  // The row's own cells: the name of the unit, which leads to its board.
  local unitCell(name, period, width=200) = p.field(name, {
    displayName: t('Đơn vị', 'Unit'),
    mappings: unitNames,
    links: p.link(t('Mở bảng Đơn vị', 'Open the board of the unit'), b.url('unit', { unit: '${__value.raw}', period: period })),
    'custom.width': width,
    'custom.displayMode': 'auto',
  });
  local kpiCell(name, width=230) = p.field(name, { displayName: t('Chỉ số', 'KPI'), mappings: kpiNames, 'custom.width': width, 'custom.displayMode': 'auto' });
  local stateCell(name='state') = p.field(name, {
    displayName: t('Đánh giá', 'Status'),
    mappings: signal.states.mappings + [p.missing],
    'custom.displayMode': 'color-background-solid',
    'custom.width': 150,
    decimals: 0,
    unit: 'none',
  });
  // No KPI can have the id of these columns.
  local asOfCell = p.field('as-of', {
    displayName: t('Số liệu đến', 'Data as of'),
    mappings: [],
    unit: 'dateTimeFromNow',
    'custom.width': 110,
    'custom.displayMode': 'auto',
  });
  local freshCell = p.field('how-fresh', {
    displayName: t('Độ mới', 'Freshness'),
    mappings: [{ type: 'value', options: { [std.toString(f.value)]: { text: f.word, color: f.color, index: f.value } for f in signal.states.freshness } }, p.missing],
    'custom.displayMode': 'color-background-solid',
    'custom.width': 110,
    decimals: 0,
    unit: 'none',
  });
  local numberCell(name, title, form, more={}) = p.field(name, {
    displayName: title,
    unit: form.unit,
    decimals: form.decimals,
    'custom.width': 120,
  } + more);
  local tileFields = [
    p.field(std.toString(state.value), { displayName: state.word, color: p.fixed(state.color) } + (
      if state.value % 10 == 0 then { mappings: p.mapped({ '0': '–' }) } else {}
    ))
    for state in signal.states.list
  ] + [
    p.field('target', { displayName: t('Chỉ tiêu', 'Target'), color: p.fixed(palette.none) }),
    p.field('distance', { displayName: t('Cách chỉ tiêu', 'Distance'), color: p.fixed(palette.none) }),
  ];

  local f = {
    config: config,
    unitNames: unitNames,
    language: l,
    signal: signal,
    promql: q,
    panel: p,
    board: b,

    exact:: t('Số liệu lấy nguyên từ kpiagent, không tính lại trên bảng.', 'Figures come from kpiagent as they are; nothing is computed again on the board.'),
    staleNote:: t(
      'Xám là số liệu cũ: mọi nguồn đã quá hạn mà chưa đọc được, hoặc Prometheus chưa nạp tệp quy tắc của kpiagent nên chưa biết số liệu có mới không. «Thiếu nguồn»: một phần các nguồn đang cũ.',
      'Grey is stale: no source was read within its time, or Prometheus has not loaded the rule file of kpiagent, so that the age is not known. "Incomplete": some of the sources are stale.'
    ),

    // One KPI of one unit: its value in the colour of its state, the word of the state, target and distance.
    // Its title is the KPI's short name where the whole one is too long for so many columns of the board.
    tile(s, unit, period, width):: p.stat(
      if std.length(s.title) > 6 * width then s.head else s.title,
      s.title + '. ' + s.text + ' ' + (if s.legalBasis == '' then '' else t('Căn cứ: ', 'Legal basis: ') + s.legalBasis + '. ')
      + t('Khoảng cách dương là tốt hơn chỉ tiêu. ', 'A positive distance is better than the target. ') + f.staleNote,
      [p.instant(q.tile(s, unit, period), '{{state}}')],
      { unit: s.form.unit, decimals: s.form.decimals },
      tileFields
    ),

    months(s, unit):: p.barChart(
      t('Tháng: ', 'Months: ') + s.head,
      t('Mười ba tháng đã khép lại gần nhất. ', 'The last thirteen closed months. ') + s.text,
      p.instant(q.months(s, unit)),
      'month',
      { unit: s.form.unit, decimals: s.form.decimals }
    ),

    // Units × KPIs: a word and a colour in each cell.
    states(list, period, title=t('Đơn vị và chỉ số', 'Units and KPIs')):: p.table(
      title,
      t('Mỗi ô cho biết chỉ số của đơn vị so với chỉ tiêu. Bấm vào đơn vị để xem chi tiết. ', 'Each cell says how the KPI of a unit stands against its target. Click on a unit for details. ') + f.staleNote,
      [p.table_(q.state(list, [q.inPeriod(period)]) + '\nor\n' + q.labelled(q.asOf([]), 'kpi', 'as-of'))],
      overrides=[unitCell('unit\\kpi', period), asOfCell] + [
        p.field(s.id, { displayName: s.head, 'custom.displayMode': 'color-background-solid' })
        for s in list
      ],
      mappings=signal.states.mappings,
      transformations=p.matrix('unit', 'kpi', q.ids(list) + ['as-of']),
      custom={ minWidth: 118 },
    ),

    // Units × KPIs of one unit of measure: the numbers.
    values(list, group, period):: p.table(
      t('Số liệu theo đơn vị: ', 'Figures by unit: ') + group.title,
      t('Ô trống là chưa có số liệu, không phải 0. Không cộng các đơn vị: số của cấp trên đã gồm cấp dưới. ', 'An empty cell is no figure, not 0. Do not add units up: a unit already covers those below it. ') + f.exact,
      [p.table_(q.kpi('value', [q.one('kpi', q.ids(list)), q.inPeriod(period)]) + '\nor\n' + q.labelled(q.freshness([]), 'kpi', 'how-fresh'))],
      { unit: group.form.unit, decimals: group.form.decimals },
      [unitCell('unit\\kpi', period), freshCell] + [p.field(s.id, { displayName: s.head }) for s in list],
      transformations=p.matrix('unit', 'kpi', q.ids(list) + ['how-fresh']),
      custom={ minWidth: 118 },
      noValue='–',
    ),

    // The KPIs of one unit against their targets, with what lies ahead.
    outlook(list, group, unit, period, title)::
      local more = [q.one('kpi', q.ids(list)), q.isUnit(unit), q.inPeriod(period)];
      local metrics = ['value', 'target', 'lacking'] + (if group.id == 'days' then [] else ['projection', 'required']);
      p.table(
        title,
        distance(list) + t(': cách chỉ tiêu bao nhiêu hồ sơ (ngày làm việc, số lượng). ', ': by how many dossiers (working days, pieces) the target is missed. ')
        + (if group.id == 'share' then t('Cần đạt: tỷ lệ mà phần còn lại của kỳ phải đạt; trên 100 % là không thể đạt nữa. ', 'Required: the share that the rest of the period has to reach; above 100 % it is out of reach. ')
           else if group.id == 'count' then t('Cần đạt: phải nhanh gấp mấy lần gần đây. ', 'Required: how many times the recent pace. ') else '')
        + t('Dự báo dựa trên các tuần gần đây. ', 'The projection goes by the recent weeks. ') + f.staleNote,
        [p.table_(q.parts('part', [['state', q.state(list, [q.isUnit(unit), q.inPeriod(period)])]] + [[m, q.kpi(m, more)] for m in metrics]))],
        { unit: group.form.unit, decimals: group.form.decimals },
        [
          kpiCell('kpi\\part'),
          stateCell(),
          numberCell('value', t('Số liệu', 'Figure'), group.form),
          numberCell('target', t('Chỉ tiêu', 'Target'), group.form),
          numberCell('lacking', distance(list), { unit: 'locale', decimals: if group.id == 'days' then 1 else 0 }),
          numberCell('projection', t('Dự báo cuối kỳ', 'Projection'), group.form),
          numberCell('required', t('Cần đạt từ nay', 'Required'), if group.id == 'share' then group.form else { unit: 'suffix: ×', decimals: 2 }),
        ],
        transformations=p.matrix('kpi', 'part', ['state'] + metrics),
        noValue='–',
      ),

    // What slips now, the worst first: units and KPIs that are missed or at risk.
    slipping(list, group, period)::
      local here = q.inPeriod(period), more = [q.one('kpi', q.ids(list)), here];
      local state = q.state(list, [here]);
      local slips = 'bottomk(60, ((' + state + ') % 10 > 0) < 3)';
      local of(query) = '(' + query + ') and on (kpi, unit, period) ' + slips;
      p.table(
        t('Đang chậm: ', 'Slipping now: ') + group.title,
        t('Đơn vị và chỉ số không đạt hoặc có nguy cơ, nhiều nhất 60 dòng. Bảng trống nghĩa là không có gì chậm trong số đã có dữ liệu; ô đếm bên cạnh cho biết bao nhiêu chỉ số chưa có dữ liệu. ',
          'Units and KPIs that are missed or at risk, at most 60 lines. An empty table means that nothing slips among those with data; the count beside them says how many have none. ') + f.staleNote,
        [p.instant(q.parts('part', [
          ['state', of(state)],
          ['value', of(q.kpi('value', more))],
          ['target', of(q.kpi('target', more))],
          ['lacking', of(q.kpi('lacking', more))],
        ]))],
        { unit: group.form.unit, decimals: group.form.decimals },
        [
          unitCell('unit', period, 220),
          kpiCell('kpi', 260),
          stateCell(),
          numberCell('value', t('Số liệu', 'Figure'), group.form),
          numberCell('target', t('Chỉ tiêu', 'Target'), group.form),
          numberCell('lacking', distance(list), { unit: 'locale', decimals: if group.id == 'days' then 1 else 0 }),
        ],
        transformations=p.rows(['unit', 'kpi'], ['state', 'value', 'target', 'lacking'], ['period']),
        noValue=t('Không có gì chậm trong số đã có dữ liệu', 'Nothing slips among those with data'),
        sort=[{ displayName: distance(list), desc: true }],
      ),

    // Units by the value of the share that is chosen on the board.
    league(choice, period)::
      local more = [q.is('kpi', choice), q.inPeriod(period)], shares = signal.grouped(signal.leading, 'share');
      p.table(
        t('Xếp hạng đơn vị', 'Units in order'),
        t('Các đơn vị theo chỉ số chọn ở đầu bảng, cao nhất trước. ', 'Units by the KPI that is chosen above, the highest first. ') + f.staleNote,
        [p.table_(q.parts('part', [['state', '(' + q.state(shares, more[1:]) + ') and on (kpi) ' + q.kpi('value', more)], ['value', q.kpi('value', more)]]))],
        { unit: 'percentunit', decimals: 1, min: 0, max: 1 },
        [unitCell('unit\\part', period, 230), stateCell(), p.field('value', {
          displayName: t('Số liệu', 'Figure'),
          'custom.displayMode': 'gradient-gauge',
          color: p.fixed(palette.plain),
        })],
        transformations=p.matrix('unit', 'part', ['value', 'state']),
        noValue='–',
        sort=[{ displayName: t('Số liệu', 'Figure'), desc: true }],
      ),

    // How many figures are in which state.
    tally(list, period, unit=''):: p.stat(
      t('Bao nhiêu chỉ số đạt', 'How many are met'),
      t('Số cặp đơn vị và chỉ số ở từng trạng thái. ', 'Pairs of a unit and a KPI in each state. ') + f.staleNote,
      [p.instant('count_values("state", ' + q.state(list, (if unit == '' then [] else [q.isUnit(unit)]) + [q.inPeriod(period)]) + ')', '{{state}}')],
      { unit: 'locale', decimals: 0 },
      [p.field(std.toString(s.value), { displayName: s.word, color: p.fixed(s.color) }) for s in signal.states.list],
    ),

    asOf(unit):: p.stat(
      t('Số liệu đến', 'Data as of'),
      t('Lúc đọc được nguồn chậm nhất của đơn vị này và các đơn vị dưới nó. ', 'When the source of this unit or one below it that is furthest behind was last read. ') + f.staleNote,
      [p.instant(q.asOf([q.isUnit(unit)]) + ' * on (unit) group_right () count_values by (unit) ("state", ' + q.freshness([q.isUnit(unit)]) + ')', '{{state}}')],
      { unit: 'dateTimeFromNow', decimals: 0 },
      [p.field(std.toString(f.value), { displayName: f.word, color: p.fixed(f.color) }) for f in signal.states.freshness],
    ) + { fieldConfig+: { defaults+: { noValue: t('Chưa rõ', 'Not known') } } },

    history(list, unit):: p.timeline(
      t('Trạng thái theo thời gian', 'States over time'),
      t('So với chỉ tiêu năm, từ khi Prometheus bắt đầu ghi. ', "Against the year's target, since Prometheus began to record. ") + f.staleNote,
      [p.range(q.state(list, [q.isUnit(unit), 'period="year"']), '{{kpi}}')],
      signal.states.mappings,
      [p.field(s.id, { displayName: s.head }) for s in list],
    ),

    // A KPI over time with its target as a dashed line.
    course(choice, unit, period)::
      local more = [q.is('kpi', choice), q.isUnit(unit), q.inPeriod(period)];
      p.timeSeries(
        t('Diễn biến và chỉ tiêu', 'Course and target'),
        t('Chỉ số chọn ở đầu bảng, từ khi Prometheus bắt đầu ghi; nét đứt là chỉ tiêu. ', 'The KPI that is chosen above, since Prometheus began to record; dashed is the target. ') + f.exact,
        [p.range(q.kpi('value', more), t('số liệu', 'figure')), p.range(q.kpi('target', more), t('chỉ tiêu', 'target'))],
        { unit: 'percentunit', decimals: 1 },
        [p.field(t('chỉ tiêu', 'target'), p.dashed), p.field(t('số liệu', 'figure'), { color: p.fixed(palette.plain) })],
      ),

    // What units report as totals: one unit's period by period, or all units' in the period that is chosen on the board, so that
    // many units with many measures stay few enough series.
    measures(list, unit=''):: p.table(
      t('Số liệu báo cáo', 'Reported totals'),
      t('Đại lượng cộng dồn: tổng từ đầu kỳ; đại lượng mức: giá trị mới nhất. Ô trống là chưa báo cáo. ', 'Of a flow the sum since the period began, of a level the latest value. An empty cell is not reported. ') + f.exact,
      [p.instant('max by (unit, measure, period) (' + q.series(
        'egov_observation',
        (if list == [] then [] else [q.one('measure', list)])
        + (if unit == '' then [q.inPeriod('$period')] else [q.isUnit(unit), 'period=~"month|quarter|year"'])
      ) + ')')],
      { unit: 'locale', decimals: 0 },
      [
        unitCell('unit', 'year'),
        p.field('measure', {
          displayName: t('Đại lượng', 'Measure'),
          mappings: p.mapped({ [m.id]: l.name(m.name) for m in config.measures if l.name(m.name) != '' }),
          'custom.width': 320,
        }),
        p.field('month', { displayName: t('Tháng này', 'This month') }),
        p.field('quarter', { displayName: t('Quý này', 'This quarter') }),
        p.field('half', { displayName: t('Nửa năm này', 'This half-year') }),
        p.field('year', { displayName: t('Năm nay', 'This year') }),
        p.field('rolling_30d', { displayName: t('30 ngày qua', 'Past 30 days') }),
      ],
      transformations=p.rows(['unit', 'measure'], ['month', 'quarter', 'half', 'year', 'rolling_30d'], column='period'),
      noValue=t('Chưa có báo cáo nào', 'Nothing reported'),
    ),

    definitions(list):: p.text(
      t('Chỉ số nghĩa là gì', 'What the KPIs mean'),
      std.join('\n', [
        '- **' + s.title + '**: ' + s.text + (if s.legalBasis == '' then '' else ' *(' + s.legalBasis + ')*')
        for s in list
      ]) + '\n\n' + f.exact + ' ' + f.staleNote
    ),

    choices(list):: [[s.id, s.title] for s in list],
    // Lists of at most so many.
    chunks(list):: [list[i * config.columns:(i + 1) * config.columns] for i in std.range(0, std.ceil(std.length(list) / config.columns) - 1)],
  };
  f
