// The texts of alerts. They are templates of Prometheus, which looks up names and further figures with queries of its own when
// it writes the text, or of Grafana, where they are values of the rule.
local language = import 'language.libsonnet';

// inLanguage has the pieces of texts in one language.
local inLanguage(config, l, engine) =
  local t = l.t;
  local q = (import 'promql.libsonnet')(config);
  local figures = (import 'alertfigures.libsonnet')(config, q);
  local board = (import 'board.libsonnet')(config, l);

  // The first result of a query in which ⟨this⟩ is the unit of the alert: for printf, % means something.
  local query(expr) = 'printf `' + std.strReplace(std.strReplace(expr, '%', '%%'), '⟨this⟩', '%q') + '` $labels.unit | query';
  local this = 'unit=⟨this⟩';
  local found(figure) = query('max(' + figure.of([this]) + ')' + figure.over);
  // Where to look further: a board, and a page of the agent, each with its address where that is known.
  local grafana(id, variables='') =
    if config.grafanaURL == '' then '' else ' ' + config.grafanaURL + '/d/' + board.uid(id) + variables;
  local pages(path) =
    if config.pagesURL == '' then '' else config.pagesURL + path + (if l.isReference then '' else '?lang=' + l.id);
  // Who knows the pages only has no boards.
  local places(name, board, path) =
    if config.pagesURL == '' then name + board
    else if config.grafanaURL == '' then pages(path)
    else l.fill('rule.either', { board: name + board, page: pages(path) });

  // What differs between those who evaluate the rules: the value of the alert; words on a figure (see alertfigures.libsonnet),
  // which are made from its number, and those for where there is none; words for where there is one; and the name of the unit.
  local engines = {
    prometheus: {
      number: '$value',
      on(figure, words, otherwise)::
        '{{ with ' + found(figure) + ' }}{{ $' + figure.name + ' := . | first | value }}'
        + words('$' + figure.name) + '{{ else }}' + otherwise + '{{ end }}',
      when(figure, words):: '{{ with ' + found(figure) + ' }}' + words + '{{ end }}',
      unit: '{{ with ' + query(q.series('egov_unit_info', [this])) + ' }}{{ . | first | label "'
            + l.nameLabel + '" }}{{ else }}{{ $labels.unit }}{{ end }}',
    },
    grafana: {
      number: '$values.value.Value',
      on(figure, words, otherwise)::
        '{{ if $values.' + figure.name + '.Labels.known }}' + words('$values.' + figure.name + '.Value')
        + '{{ else }}' + otherwise + '{{ end }}',
      when(figure, words):: '{{ if $values.' + figure.name + '.Labels.known }}' + words + '{{ end }}',
      unit: '{{ with $values.value.Labels.' + l.nameLabel + ' }}{{ . }}{{ else }}{{ $labels.unit }}{{ end }}',
    },
  };

  local text = engines[engine] {
    id: l.id,
    t:: t,
    fill:: l.fill,
    signal: (import 'signal.libsonnet')(config, l),

    // A name from the configuration may hold what a template would take for its own.
    plain(name):: std.strReplace(std.strReplace(name, '​', ''), '{{', '{{ "{{" }}'),

    // How a number is written, by kind: mostly, and with more digits where it would look like another one that it is not.
    forms: {
      local point = if l.decimal == '.' then '' else ' | reReplaceAll "[.]" "' + l.decimal + '"',
      // With a plain space: alerts are also read where another one does not show.
      local sign = std.strReplace(std.strReplace(l.percent, '{}', ''), ' ', ' '),
      local percent = if sign == '%' then '' else ' | reReplaceAll "%" "' + sign + '"',
      // Without zeros at the end.
      local short = ' | reReplaceAll "[.]?0+$" ""',
      // Templates cannot multiply by 100, so the point moves by two digits. There are four decimals, as on the agent's pages.
      local share = 'printf "%.6f" | reReplaceAll "[.]([0-9]{2})" "$1." | reReplaceAll "^0+([0-9])" "$1"'
                    + short + ' | reReplaceAll "$" "%"' + point + percent,
      share: ['humanizePercentage' + point + percent, share],
      count: ['printf "%.0f"', 'printf "%.4f"' + short + point],
      days: ['printf "%.1f"' + point, 'printf "%.4f"' + short + point],
    },
    // A number beside another one, with as many digits as tell the two apart.
    apart(number, other, forms)::
      local shown = '{{ ' + number + ' | ' + forms[0] + ' }}';
      if std.length(forms) == 1 then shown
      else '{{ if eq (' + number + ' | ' + forms[0] + ') (' + other + ' | ' + forms[0] + ') }}'
           + text.apart(number, other, forms[1:]) + '{{ else }}' + shown + '{{ end }}',
    value(shown):: '{{ ' + text.number + ' | ' + shown + ' }}',
    ask(figure, shown, otherwise):: text.on(figure, function(number) '{{ ' + number + ' | ' + shown + ' }}', otherwise),
    suffix(s):: if s.group == 'days' then ' ' + t('rule.workdays') else '',
    // What a figure lacks, with its unit.
    lackingSuffix(s):: if s.group == 'days' then text.suffix(s)
    else if s.ofDossiers && s.group == 'share' then ' ' + t('rule.dossiers') else '',

    page: places(t('rule.board.unit'), grafana('unit', '?var-unit={{ $labels.unit }}'), '/units/{{ $labels.unit }}'),
    local quality(path) = places(t('rule.board.quality'), grafana('quality'), path),
    quality: quality('/sources'),
    // For alerts that also go without boards: nothing where no address is known.
    sourcePage: if config.grafanaURL + config.pagesURL == '' then '' else
      ' ' + l.fill('rule.see', { place: quality('/sources/{{ $labels.unit }}/{{ $labels.source }}') }),
    staleNote: text.when(figures.stale, ' ' + t('rule.stale')),

    since: t('rule.since.' + config.targetPeriod),

    // What all alerts on a KPI against its target say.
    of(definition):: {
      local s = text.signal.of(definition),
      local said = figures.ofTarget(definition),
      local figure(name, form) = text.ask(said[name], text.forms[form][0], '–'),
      local forms = text.forms[s.group],
      // What is lacking; a target that is reached, but at risk, lacks nothing. Of what should be little there is too much.
      local lacking(number) =
        local shown = text.apart(number, '0.0', text.forms[if s.group == 'days' then 'days' else 'count'])
                      + text.lackingSuffix(s);
        local key = if s.direction == 'down' then 'rule.target.over' else 'rule.target.lacking';
        '{{ if gt ' + number + ' 0.0 }}' + l.fill(key, { number: shown }) + '{{ end }}',
      local recent(number) =
        text.on(said.required, function(required) text.apart(number, required, forms), '{{ ' + number + ' | ' + forms[0] + ' }}'),

      // Each is made once for all rules on the KPI.
      local kpi = text.plain(s.title),
      local value = text.on(said.target, function(target) text.apart(text.number, target, forms), text.value(forms[0]))
                    + text.suffix(s),
      local target = figure('target', s.group) + text.suffix(s),
      local lacks = text.on(said.lacking, lacking, ''),
      local values = {
        unit: text.unit,
        kpi: kpi,
        since: text.since,
        value: value,
        target: target,
        lacking: lacks,
        required: figure('required', if s.group == 'share' then 'share' else 'days'),
        recent: text.on(said.recent, recent, '–'),
        pace: config.outOfReachPace,
        page: text.page,
        note: text.staleNote,
      },
      local summary = l.fill('rule.target.summary', values),
      local look = if !s.ofDossiers then t('rule.target.ask') else l.fill('rule.target.look', {
        which: '--unit {{ $labels.unit }} --kpi ' + s.id + ' --part denominator --period ' + config.targetPeriod,
      }),

      // The texts of one of them. why, mark and todo are keys: see alerts/targets.libsonnet.
      alert(why, mark, todo):: {
        summary: summary + (if mark == '' then '' else t(mark)),
        description: l.fill('rule.target.description', values {
          why: if why == '' then '' else l.fill(why, values) + ' ',
          todo: if todo == '' then look else t(todo),
        }),
      },
    },
  };
  text;

// The texts of all languages, for Prometheus or for a Grafana that evaluates the rules itself.
function(config, engine='prometheus')
  local codes = std.objectFields(config.texts);
  local texts = { [code]: inLanguage(config, language(config, code), engine) for code in codes };
  {
    // The annotations of a rule: said(text) has its summary and description.
    annotations(said):: { [kind + '_' + code]: said(texts[code])[kind] for code in codes for kind in ['summary', 'description'] },
    // What alerts on a KPI say, by language.
    of(kpi):: { [code]: texts[code].of(kpi) for code in codes },
    // Whether the text of a key names a value, in any language.
    uses(key, value)::
      local all = std.join('', [texts[code].t(key) for code in codes]);
      key != '' && std.length(std.findSubstr('⟨' + value + '⟩', all)) > 0,
  }
