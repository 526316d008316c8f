// The panels that boards are made of, in the spelling of schema version 37, which Grafana 9.3 to 12 all read.
local palette = import 'palette.libsonnet';

function(config, l)
  local source = { type: 'prometheus', uid: if config.dataSource == '' then '${datasource}' else config.dataSource };
  local noData = l.t('grafana.state.no_data');
  local fixed(color) = { mode: 'fixed', fixedColor: color };

  // What is not there is grey and has words of its own: without this, Grafana would give it the colour of what is below all
  // thresholds.
  local missing(words) = {
    type: 'special',
    options: { match: 'null', result: { text: words, color: palette.none, index: 100 } },
  };

  // A panel of any type. form is {unit, decimals, min, max}; more is merged into it.
  local base(type, title, description, targets, form, more) = {
    type: type,
    title: title,
    description: description,
    datasource: source,
    targets: [targets[i] { refId: std.char(65 + i) } for i in std.range(0, std.length(targets) - 1)],
    interval: '5m',
    transparent: false,
    fieldConfig: {
      defaults: form {
        custom: {},
        noValue: noData,
        mappings: [missing(noData)],
        color: fixed(palette.plain),
        thresholds: { mode: 'absolute', steps: [{ color: palette.plain, value: null }] },
      },
      overrides: [],
    },
    options: {},
    transformations: [],
    links: [],
  } + more;

  local p = {
    // Queries. An instant one asks for the end of the chosen time range, a range one draws a line through it.
    instant(expr, legend='', format='time_series'):: {
      datasource: source,
      expr: expr,
      legendFormat: legend,
      format: format,
      instant: true,
      range: false,
      editorMode: 'code',
    },
    table_(expr):: p.instant(expr, format='table'),
    range(expr, legend):: {
      datasource: source,
      expr: expr,
      legendFormat: legend,
      format: 'time_series',
      instant: false,
      range: true,
      editorMode: 'code',
    },

    // Overrides: what holds for one field, by its name in the result of the query.
    field(name, properties):: {
      matcher: { id: 'byName', options: name },
      properties: [{ id: id, value: properties[id] } for id in std.objectFields(properties)],
    },
    // The column of a label: without a unit of its own Grafana reads a code as a number, 1.009156 as 1,009.
    label(name, properties={}):: p.field(name, { unit: 'string' } + properties),
    mapped(texts):: [{ type: 'value', options: { [id]: { text: texts[id], index: 0 } for id in std.objectFields(texts) } }],
    fixed(color):: fixed(color),
    missing:: missing(noData),
    link(title, url):: [{ title: title, url: url, targetBlank: false }],

    stat(title, description, targets, form={ unit: 'none', decimals: 0 }, overrides=[], mappings=[], size='value_and_name')::
      base('stat', title, description, targets, form, {
        fieldConfig+: { defaults+: { mappings+: mappings }, overrides: overrides },
        options: {
          reduceOptions: { values: false, calcs: ['lastNotNull'], fields: '' },
          orientation: 'horizontal',
          textMode: size,
          colorMode: 'value',
          graphMode: 'none',
          justifyMode: 'auto',
        },
      }),

    table(
      title,
      description,
      targets,
      form={ unit: 'none', decimals: 0 },
      overrides=[],
      mappings=[],
      transformations=[],
      custom={},
      noValue=noData,
      sort=[]
    )::
      base('table', title, description, targets, form, {
        fieldConfig+: {
          defaults+: {
            mappings: mappings + [missing(noValue)],
            noValue: noValue,
            custom: { align: 'auto', displayMode: 'auto', inspect: false, minWidth: 90 } + custom,
          },
          overrides: overrides,
        },
        options: { showHeader: true, sortBy: sort, footer: { show: false, reducer: ['sum'], fields: '' } },
        transformations: transformations,
      }),

    // Rows by one label, columns by another. The column of the rows is then called row\column.
    matrix(row, column, order=[]):: [
      { id: 'groupingToMatrix', options: { rowField: row, columnField: column, valueField: 'Value', emptyValue: 'null' } },
      { id: 'organize', options: {
        excludeByName: {},
        indexByName: { [row + '\\' + column]: 0 } + { [order[i]]: i + 1 for i in std.range(0, std.length(order) - 1) },
        renameByName: {},
      } },
      { id: 'sortBy', options: { fields: {}, sort: [{ field: row + '\\' + column, desc: false }] } },
    ],

    // Rows by several labels, columns by one more.
    rows(labels, order, hidden=[], column='part'):: [
      { id: 'labelsToFields', options: { mode: 'columns', valueLabel: column } },
      { id: 'merge', options: {} },
      { id: 'organize', options: {
        excludeByName: { [name]: true for name in ['Time'] + hidden },
        indexByName: local names = labels + order; { [names[i]]: i for i in std.range(0, std.length(names) - 1) },
        renameByName: {},
      } },
    ],

    barGauge(title, description, targets, form, overrides=[])::
      base('bargauge', title, description, targets, form, {
        fieldConfig+: { overrides: overrides },
        options: {
          reduceOptions: { values: false, calcs: ['lastNotNull'], fields: '' },
          orientation: 'horizontal',
          displayMode: 'basic',
          showUnfilled: true,
          minVizWidth: 0,
          minVizHeight: 16,
        },
      }),

    // Bars by the values of a label, such as closed months.
    barChart(title, description, query, x, form, color=palette.plain)::
      base('barchart', title, description, [query { format: 'table' }], form, {
        fieldConfig+: {
          defaults+: {
            color: p.fixed(color),
            custom: {
              fillOpacity: 80,
              lineWidth: 0,
              gradientMode: 'none',
              axisPlacement: 'auto',
              axisLabel: '',
              axisSoftMin: 0,
              hideFrom: { legend: false, tooltip: false, viz: false },
            },
          },
          overrides: [p.field('Value', { displayName: title })],
        },
        options: {
          orientation: 'auto',
          xField: x,
          showValue: 'never',
          stacking: 'none',
          groupWidth: 0.8,
          barWidth: 0.9,
          xTickLabelRotation: -45,
          xTickLabelSpacing: 0,
          legend: { displayMode: 'list', showLegend: false, placement: 'bottom', calcs: [] },
          tooltip: { mode: 'single', sort: 'none' },
        },
        transformations: [
          { id: 'organize', options: { excludeByName: { Time: true, unit: true }, indexByName: {}, renameByName: {} } },
          { id: 'sortBy', options: { fields: {}, sort: [{ field: x, desc: false }] } },
        ],
      }),

    timeSeries(title, description, targets, form, overrides=[])::
      base('timeseries', title, description, targets, form, {
        fieldConfig+: {
          defaults+: {
            color: { mode: 'palette-classic' },
            custom: {
              drawStyle: 'line',
              lineWidth: 2,
              fillOpacity: 0,
              showPoints: 'auto',
              spanNulls: false,
              axisPlacement: 'auto',
              axisLabel: '',
              lineInterpolation: 'stepAfter',
            },
          },
          overrides: overrides,
        },
        options: {
          legend: { displayMode: 'list', showLegend: true, placement: 'bottom', calcs: [] },
          tooltip: { mode: 'multi', sort: 'none' },
        },
      }),
    dashed:: { color: p.fixed(palette.none), 'custom.lineStyle': { fill: 'dash', dash: [10, 10] } },

    // States over time, with a word in each stretch; squares where daily is set.
    timeline(title, description, targets, mappings, overrides=[], interval='5m', daily=false)::
      base(if daily then 'status-history' else 'state-timeline', title, description, targets, { unit: 'none' }, {
        interval: interval,
        maxDataPoints: 500,
        fieldConfig+: { defaults+: { mappings+: mappings, custom: { fillOpacity: 80, lineWidth: 1 } }, overrides: overrides },
        options: {
          showValue: if daily then 'never' else 'auto',
          rowHeight: 0.85,
          legend: { displayMode: 'list', showLegend: true, placement: 'bottom' },
          tooltip: { mode: 'single', sort: 'none' },
        } + (if daily then { colWidth: 0.9 } else { alignValue: 'left', mergeValues: true }),
      }),

    text(title, content):: {
      type: 'text',
      title: title,
      description: '',
      datasource: source,
      options: {
        mode: 'markdown',
        content: content,
        code: { language: 'plaintext', showLineNumbers: false, showMiniMap: false },
      },
      fieldConfig: { defaults: { custom: {} }, overrides: [] },
    },
  };
  p
