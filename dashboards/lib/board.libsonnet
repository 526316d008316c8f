// A whole board: panels laid out in sections, variables, links, and what all boards have in common.
local language = import 'language.libsonnet';

function(config, l)
  local place(cells, top) =
    local step(at, cell) =
      local wraps = at.x + cell[1] > 24;
      local x = if wraps then 0 else at.x, y = if wraps then at.bottom else at.y;
      {
        x: x + cell[1],
        y: y,
        bottom: std.max(if wraps then y else at.bottom, y + cell[2]),
        panels: at.panels + [cell[0] { gridPos: { x: x, y: y, w: cell[1], h: cell[2] } }],
      };
    std.foldl(step, cells, { x: 0, y: top, bottom: top, panels: [] });
  local lay(sections) =
    local step(at, section) =
      local head = section.title != '';
      local placed = place(section.cells, at.bottom + (if head then 1 else 0));
      local row = {
        type: 'row',
        title: section.title,
        collapsed: section.closed,
        panels: if section.closed then placed.panels else [],
        gridPos: { x: 0, y: at.bottom, w: 24, h: 1 },
      };
      {
        bottom: if section.closed then at.bottom + 1 else placed.bottom,
        panels: at.panels + (if head then [row] else []) + (if section.closed then [] else placed.panels),
      };
    std.foldl(step, [s for s in sections if s.cells != []], { bottom: 0, panels: [] }).panels;

  // number adds an id to every panel, those in closed rows as well.
  local number(panels) =
    local step(at, panel) =
      local inner = if panel.type == 'row' then panel.panels else [];
      {
        next: at.next + 1 + std.length(inner),
        panels: at.panels + [panel { id: at.next } + (
          if panel.type == 'row' then { panels: [inner[i] { id: at.next + 1 + i } for i in std.range(0, std.length(inner) - 1)] }
          else {}
        )],
      };
    std.foldl(step, panels, { next: 1, panels: [] }).panels;

  // Variables. Texts of a list may hold commas, which part the entries.
  local entry(text, value) = std.strReplace(std.strReplace(text, '\\', ''), ',', '\\,') + ' : ' + value;
  local dataSource = if config.dataSource != '' then [] else [{
    type: 'datasource',
    name: 'datasource',
    label: l.t('grafana.board.data_source'),
    query: 'prometheus',
    regex: '',
    refresh: 1,
    multi: false,
    includeAll: false,
    hide: 0,
    skipUrlSync: false,
    current: {},
    options: [],
  }];

  local b = {
    uid(board, code=l.id):: config.prefix + '-' + board + '-' + code,
    url(board, variables={}):: '/d/' + b.uid(board) + '?'
                               + std.join('&', ['var-' + name + '=' + variables[name] for name in std.objectFields(variables)]),

    // section puts [panel, width, height] side by side, wrapping at 24. A closed one asks nothing until somebody opens it.
    section(title, cells, closed=false):: { title: title, cells: [c for c in cells if c != null], closed: closed },

    choice(name, title, options):: {
      local list = [{ text: o[1], value: o[0], selected: o[0] == options[0][0] } for o in options],
      type: 'custom',
      name: name,
      label: title,
      query: std.join(',', [entry(o[1], o[0]) for o in options]),
      options: list,
      current: list[0],
      multi: false,
      includeAll: false,
      hide: 0,
      skipUrlSync: false,
    },
    found(name, title, query, regex='', hide=0):: {
      type: 'query',
      name: name,
      label: title,
      datasource: { type: 'prometheus', uid: if config.dataSource == '' then '${datasource}' else config.dataSource },
      query: { query: query, refId: 'variable' },
      definition: query,
      regex: regex,
      refresh: 2,
      sort: 1,
      multi: false,
      includeAll: false,
      hide: hide,
      skipUrlSync: false,
      current: {},
      options: [],
    },

    period: b.choice('period', l.t('grafana.board.period'), [
      ['year', l.t('grafana.word.this_year')],
      ['half', l.t('grafana.word.this_half_year')],
      ['quarter', l.t('grafana.word.this_quarter')],
      ['month', l.t('grafana.word.this_month')],
      ['rolling_30d', l.t('grafana.word.past_30_days')],
    ]),
    unit: if std.length(config.units) > 0
    then b.choice('unit', l.t('grafana.word.unit'), [[u.id, l.name(u.name)] for u in config.units])
    else b.found('unit', l.t('grafana.word.unit'), 'label_values(egov_unit_info{' + config.selector + '}, unit)'),

    title(id):: l.t('grafana.' + id),

    // wall is a board without any controls, for a screen on a wall.
    board(id, sections, variables=[], wall=false, from='now-7d'):: {
      local root = if std.length(config.units) > 0 then [] else [
        b.found('root', 'root', 'label_values(egov_unit_info{' + config.selector + ', parent=""}, unit)', hide=2),
      ],
      local others = [language(config, code) for code in config.languages if code != l.id],
      uid: b.uid(id),
      title: b.title(id),
      description: l.t('grafana.' + id + '.about'),
      tags: [config.prefix, l.id],
      schemaVersion: 37,
      version: 1,
      editable: !wall,
      graphTooltip: 0,
      timezone: config.timeZone,
      weekStart: 'monday',
      refresh: if wall then '1m' else '5m',
      // Short, so that a new site sees a line within minutes; what lies further back is in the charts by month.
      time: { from: from, to: 'now' },
      timepicker: { hidden: wall, refresh_intervals: ['1m', '5m', '15m', '1h'] },
      fiscalYearStartMonth: 0,
      liveNow: false,
      style: 'dark',
      annotations: { list: [] },
      templating: { list: [v + (if wall then { hide: 2 } else {}) for v in dataSource + root + variables] },
      links: if wall then [] else [{
        type: 'dashboards',
        title: l.t('grafana.board.other_boards'),
        tags: [config.prefix, l.id],
        asDropdown: true,
        includeVars: true,
        keepTime: true,
        targetBlank: false,
        icon: 'external link',
        tooltip: '',
        url: '',
      }] + [{
        type: 'link',
        title: other.title,
        url: '/d/' + b.uid(id, other.id),
        includeVars: true,
        keepTime: true,
        targetBlank: false,
        icon: 'doc',
        tags: [],
        asDropdown: false,
        tooltip: other.t('grafana.' + id),
      } for other in others],
      panels: number(lay(sections)),
    },
  };
  b
