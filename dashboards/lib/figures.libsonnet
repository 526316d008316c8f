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
    if down == 0 then t('grafana.kpi.lacking')
    else if down == std.length(list) then t('grafana.kpi.over')
    else t('grafana.kpi.lacking_over');

  // The row's own cells: the name of the unit, which leads to its board.
  local unitCell(name, period, width=190) = p.label(name, {
    displayName: t('grafana.word.unit'),
    mappings: unitNames,
    links: p.link(t('grafana.kpi.open_board'), b.url('unit', { unit: '${__value.raw}', period: period })),
    'custom.width': width,
    'custom.displayMode': 'auto',
  });
  local kpiCell(name, width=230) = p.label(name, {
    displayName: t('grafana.kpi.kpi'),
    mappings: kpiNames,
    'custom.width': width,
    'custom.displayMode': 'auto',
  });
  local stateCell(name='state') = p.field(name, {
    displayName: t('grafana.kpi.status'),
    mappings: signal.states.mappings + [p.missing],
    'custom.displayMode': 'color-background-solid',
    'custom.align': 'center',
    'custom.width': 150,
    decimals: 0,
    unit: 'none',
  });
  // No KPI can have the id of these columns.
  local asOfCell = p.field('as-of', {
    displayName: t('grafana.kpi.data_as_of'),
    mappings: [],
    unit: t('grafana.format.moment_short'),
    'custom.width': 97,
    'custom.displayMode': 'auto',
  });
  local freshCell = p.field('how-fresh', {
    displayName: t('grafana.kpi.freshness'),
    mappings: [
      {
        type: 'value',
        options: { [std.toString(f.value)]: { text: f.word, color: f.color, index: f.value } for f in signal.states.freshness },
      },
      p.missing,
    ],
    'custom.displayMode': 'color-background-solid',
    'custom.align': 'center',
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
    p.field('target', { displayName: t('grafana.kpi.target'), color: p.fixed(palette.none) }),
    p.field('distance', { displayName: t('grafana.kpi.distance'), color: p.fixed(palette.none) }),
  ];

  local f = {
    config: config,
    unitNames: unitNames,
    language: l,
    signal: signal,
    promql: q,
    panel: p,
    board: b,

    exact:: t('grafana.kpi.exact'),
    staleNote:: t('grafana.kpi.stale_note'),

    // One KPI of one unit: its value in the colour of its state, the word of the state, target and distance.
    // Its title is the KPI's short name where the whole one is too long for so many columns of the board.
    tile(s, unit, period, width):: p.stat(
      if std.length(s.title) > 6 * width then s.head else s.title,
      s.title + '. ' + s.text + ' '
      + (if s.legalBasis == '' then '' else l.fill('grafana.kpi.basis', { basis: s.legalBasis }) + ' ')
      + t('grafana.kpi.distance.positive') + ' ' + f.staleNote,
      [p.instant(q.tile(s, unit, period), '{{state}}')],
      { unit: s.form.unit, decimals: s.form.decimals },
      tileFields
    ),

    months(s, unit):: p.barChart(
      l.fill('grafana.kpi.months', { kpi: s.head }),
      t('grafana.kpi.months.about') + ' ' + s.text,
      p.instant(q.months(s, unit)),
      'month',
      { unit: s.form.unit, decimals: s.form.decimals }
    ),

    // Units × KPIs: a word and a colour in each cell.
    states(list, period, title=t('grafana.kpi.units_and_kpis')):: p.table(
      title,
      t('grafana.kpi.units_and_kpis.about') + ' ' + f.staleNote,
      [p.table_(q.state(list, [q.inPeriod(period)]) + '\nor\n' + q.labelled(q.asOf([]), 'kpi', 'as-of'))],
      overrides=[unitCell('unit\\kpi', period), asOfCell] + [
        p.field(s.id, { displayName: s.head, 'custom.displayMode': 'color-background-solid', 'custom.align': 'center' })
        for s in list
      ],
      mappings=signal.states.mappings,
      transformations=p.matrix('unit', 'kpi', q.ids(list) + ['as-of']),
      custom={ minWidth: 118 },
    ),

    // Units × KPIs of one unit of measure: the numbers.
    values(list, group, period):: p.table(
      l.fill('grafana.kpi.by_unit', { group: group.title }),
      t('grafana.kpi.by_unit.about') + ' ' + f.exact,
      [p.table_(
        q.kpi('value', [q.one('kpi', q.ids(list)), q.inPeriod(period)]) + '\nor\n'
        + q.labelled(q.freshness([]), 'kpi', 'how-fresh')
      )],
      { unit: group.form.unit, decimals: group.form.decimals },
      [unitCell('unit\\kpi', period), freshCell] + [p.field(s.id, { displayName: s.head }) for s in list],
      transformations=p.matrix('unit', 'kpi', q.ids(list) + ['how-fresh']),
      custom={ minWidth: 118 },
      noValue='–',
    ),

    // The KPIs of one unit against their targets, with what lies ahead.
    outlook(list, group, unit, period, title)::
      local more = [q.one('kpi', q.ids(list)), q.isUnit(unit), q.inPeriod(period)];
      local times = { unit: 'suffix: ×', decimals: 2 };
      local metrics = ['value', 'target', 'lacking'] + (if group.id == 'days' then [] else ['projection', 'required']);
      p.table(
        title,
        l.fill('grafana.kpi.distance.about', { distance: distance(list) }) + ' '
        + (if group.id == 'share' then t('grafana.kpi.required.share') + ' '
           else if group.id == 'count' then t('grafana.kpi.required.count') + ' ' else '')
        + t('grafana.kpi.projection.about') + ' ' + f.staleNote,
        [p.table_(q.parts(
          'part',
          [['state', q.state(list, [q.isUnit(unit), q.inPeriod(period)])]] + [[m, q.kpi(m, more)] for m in metrics]
        ))],
        { unit: group.form.unit, decimals: group.form.decimals },
        [
          kpiCell('kpi\\part'),
          stateCell(),
          numberCell('value', t('grafana.kpi.figure'), group.form),
          numberCell('target', t('grafana.kpi.target'), group.form),
          numberCell('lacking', distance(list), { unit: 'locale', decimals: if group.id == 'days' then 1 else 0 }),
          numberCell('projection', t('grafana.kpi.projection'), group.form),
          numberCell('required', t('grafana.kpi.required'), if group.id == 'share' then group.form else times),
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
        l.fill('grafana.kpi.slipping', { group: group.title }),
        t('grafana.kpi.slipping.about') + ' ' + f.staleNote,
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
          numberCell('value', t('grafana.kpi.figure'), group.form),
          numberCell('target', t('grafana.kpi.target'), group.form),
          numberCell('lacking', distance(list), { unit: 'locale', decimals: if group.id == 'days' then 1 else 0 }),
        ],
        transformations=p.rows(['unit', 'kpi'], ['state', 'value', 'target', 'lacking'], ['period']),
        noValue=t('grafana.kpi.slipping.none'),
        sort=[{ displayName: distance(list), desc: true }],
      ),

    // Units by the value of the share that is chosen on the board.
    league(choice, period)::
      local more = [q.is('kpi', choice), q.inPeriod(period)], shares = signal.grouped(signal.leading, 'share');
      p.table(
        t('grafana.kpi.units_in_order'),
        t('grafana.kpi.units_in_order.about') + ' ' + f.staleNote,
        [p.table_(q.parts('part', [
          ['state', '(' + q.state(shares, more[1:]) + ') and on (kpi) ' + q.kpi('value', more)],
          ['value', q.kpi('value', more)],
        ]))],
        { unit: 'percentunit', decimals: 1, min: 0, max: 1 },
        [unitCell('unit\\part', period, 230), stateCell(), p.field('value', {
          displayName: t('grafana.kpi.figure'),
          'custom.displayMode': 'gradient-gauge',
          color: p.fixed(palette.plain),
        })],
        transformations=p.matrix('unit', 'part', ['value', 'state']),
        noValue='–',
        sort=[{ displayName: t('grafana.kpi.figure'), desc: true }],
      ),

    // How many figures are in which state.
    tally(list, period, unit=''):: p.stat(
      t('grafana.kpi.tally'),
      t('grafana.kpi.tally.about') + ' ' + f.staleNote,
      [p.instant(
        'count_values("state", '
        + q.state(list, (if unit == '' then [] else [q.isUnit(unit)]) + [q.inPeriod(period)]) + ')',
        '{{state}}'
      )],
      { unit: 'locale', decimals: 0 },
      [p.field(std.toString(s.value), { displayName: s.word, color: p.fixed(s.color) }) for s in signal.states.list],
    ),

    asOf(unit):: p.stat(
      t('grafana.kpi.data_as_of'),
      t('grafana.kpi.data_as_of.about') + ' ' + f.staleNote,
      [p.instant(
        q.asOf([q.isUnit(unit)]) + ' * on (unit) group_right () count_values by (unit) ("state", '
        + q.freshness([q.isUnit(unit)]) + ')',
        '{{state}}'
      )],
      { unit: t('grafana.format.moment'), decimals: 0 },
      [p.field(std.toString(f.value), { displayName: f.word, color: p.fixed(f.color) }) for f in signal.states.freshness],
    ) + { fieldConfig+: { defaults+: { noValue: t('grafana.word.not_known') } } },

    history(list, unit):: p.timeline(
      t('grafana.kpi.states_over_time'),
      t('grafana.kpi.states_over_time.about') + ' ' + f.staleNote,
      [p.range(q.state(list, [q.isUnit(unit), 'period="year"']), '{{kpi}}')],
      signal.states.mappings,
      [p.field(s.id, { displayName: s.head }) for s in list],
    ),

    // A KPI over time with its target as a dashed line.
    course(choice, unit, period)::
      local more = [q.is('kpi', choice), q.isUnit(unit), q.inPeriod(period)];
      p.timeSeries(
        t('grafana.kpi.course_and_target'),
        t('grafana.kpi.course_and_target.about') + ' ' + f.exact,
        [
          p.range(q.kpi('value', more), t('grafana.kpi.legend.figure')),
          p.range(q.kpi('target', more), t('grafana.kpi.legend.target')),
        ],
        { unit: 'percentunit', decimals: 1 },
        [
          p.field(t('grafana.kpi.legend.target'), p.dashed),
          p.field(t('grafana.kpi.legend.figure'), { color: p.fixed(palette.plain) }),
        ],
      ),

    // What units report as totals: one unit's period by period, or all units' in the period that is chosen on the board, so that
    // many units with many measures stay few enough series.
    measures(list, unit=''):: p.table(
      t('grafana.kpi.totals'),
      t('grafana.kpi.totals.about') + ' ' + f.exact,
      [p.instant('max by (unit, measure, period) (' + q.series(
        'egov_observation',
        (if list == [] then [] else [q.one('measure', list)])
        + (if unit == '' then [q.inPeriod('$period')] else [q.isUnit(unit), 'period=~"month|quarter|year"'])
      ) + ')')],
      { unit: 'locale', decimals: 0 },
      [
        unitCell('unit', 'year'),
        p.label('measure', {
          displayName: t('grafana.kpi.measure'),
          mappings: p.mapped({ [m.id]: l.name(m.name) for m in config.measures if l.name(m.name) != '' }),
          'custom.width': 320,
        }),
        p.field('month', { displayName: t('grafana.word.this_month') }),
        p.field('quarter', { displayName: t('grafana.word.this_quarter') }),
        p.field('half', { displayName: t('grafana.word.this_half_year') }),
        p.field('year', { displayName: t('grafana.word.this_year') }),
        p.field('rolling_30d', { displayName: t('grafana.word.past_30_days') }),
      ],
      transformations=p.rows(['unit', 'measure'], ['month', 'quarter', 'half', 'year', 'rolling_30d'], column='period'),
      noValue=t('grafana.kpi.nothing_reported'),
    ),

    definitions(list):: p.text(
      t('grafana.kpi.definitions'),
      std.join('\n', [
        '- **' + s.title + '**: ' + s.text + (if s.legalBasis == '' then '' else ' *(' + s.legalBasis + ')*')
        for s in list
      ]) + '\n\n' + f.exact + ' ' + f.staleNote
    ),

    choices(list):: [[s.id, s.title] for s in list],
    // Lists of at most so many.
    chunks(list):: [
      list[i * config.columns:(i + 1) * config.columns]
      for i in std.range(0, std.ceil(std.length(list) / config.columns) - 1)
    ],
  };
  f
