// Pieces of the texts of alerts, in one language. They are templates of Prometheus, which looks up names and further
// figures with queries of its own when it writes the text, or of Grafana, where they are values of the rule.
function(config, l, engine='prometheus')
  local t = l.t;
  local q = (import 'promql.libsonnet')(config);
  local figures = (import 'alertfigures.libsonnet')(config, q);
  local board = (import 'board.libsonnet')(config, l);

  // The first result of a query in which ⟨this⟩ stands for the unit of the alert: for printf, % means something.
  local query(expr) = 'printf `' + std.strReplace(std.strReplace(expr, '%', '%%'), '⟨this⟩', '%q') + '` $labels.unit | query';
  local this = 'unit=⟨this⟩';
  local found(figure) = query('max(' + figure.of([this]) + ')' + figure.over);
  // Where to look further: a board, and a page of the agent, each with its address where that is known.
  local grafana(id, variables='') = if config.grafanaURL == '' then '' else ' ' + config.grafanaURL + '/d/' + board.uid(id) + variables;
  local pages(path) = if config.pagesURL == '' then '' else config.pagesURL + path + t('', '?lang=en');
  // Who knows the pages only has no boards.
  local places(name, board, path) =
    if config.pagesURL == '' then name + board
    else if config.grafanaURL == '' then pages(path)
    else name + board + t(' hoặc ', ' or ') + pages(path);

  // What differs between those who evaluate the rules: the value of the alert; words on a figure (see alertfigures.libsonnet),
  // which are made from its number, and those for where there is none; words for where there is one; and the name of the unit.
  local engines = {
    prometheus: {
      number: '$value',
      on(figure, words, otherwise)::
        '{{ with ' + found(figure) + ' }}{{ $' + figure.name + ' := . | first | value }}' + words('$' + figure.name) + '{{ else }}' + otherwise + '{{ end }}',
      when(figure, words):: '{{ with ' + found(figure) + ' }}' + words + '{{ end }}',
      unit: '{{ with ' + query(q.series('egov_unit_info', [this])) + ' }}{{ . | first | label "' + t('name', 'name_en') + '" }}{{ else }}{{ $labels.unit }}{{ end }}',
    },
    grafana: {
      number: '$values.value.Value',
      on(figure, words, otherwise)::
        '{{ if $values.' + figure.name + '.Labels.known }}' + words('$values.' + figure.name + '.Value') + '{{ else }}' + otherwise + '{{ end }}',
      when(figure, words):: '{{ if $values.' + figure.name + '.Labels.known }}' + words + '{{ end }}',
      unit: '{{ with $values.value.Labels.' + t('name', 'name_en') + ' }}{{ . }}{{ else }}{{ $labels.unit }}{{ end }}',
    },
  };

  local text = engines[engine] {
    signal: (import 'signal.libsonnet')(config, l),

    // A name from the configuration may hold what a template would take for its own.
    plain(name):: std.strReplace(std.strReplace(name, '​', ''), '{{', '{{ "{{" }}'),

    // How a number is written, by kind: mostly, and with more digits where it would look like another one that it is not.
    forms: {
      local point = t(' | reReplaceAll "[.]" ","', ''),
      local percent = t(' | reReplaceAll "%" " %"', ''),
      // Without zeros at the end.
      local short = ' | reReplaceAll "[.]?0+$" ""',
      // Templates cannot multiply by 100, so the point moves by two digits. There are four decimals, as on the agent's pages.
      local share = 'printf "%.6f" | reReplaceAll "[.]([0-9]{2})" "$1." | reReplaceAll "^0+([0-9])" "$1"' + short + ' | reReplaceAll "$" "%"' + point + percent,
      share: ['humanizePercentage' + point + percent, share],
      count: ['printf "%.0f"', 'printf "%.4f"' + short + point],
      days: ['printf "%.1f"' + point, 'printf "%.4f"' + short + point],
    },
    // A number that stands beside another one, with as many digits as tell the two apart.
    apart(number, other, forms)::
      local shown = '{{ ' + number + ' | ' + forms[0] + ' }}';
      if std.length(forms) == 1 then shown
      else '{{ if eq (' + number + ' | ' + forms[0] + ') (' + other + ' | ' + forms[0] + ') }}' + text.apart(number, other, forms[1:]) + '{{ else }}' + shown + '{{ end }}',
    value(shown):: '{{ ' + text.number + ' | ' + shown + ' }}',
    ask(figure, shown, otherwise):: text.on(figure, function(number) '{{ ' + number + ' | ' + shown + ' }}', otherwise),
    suffix(s):: if s.group == 'days' then t(' ngày làm việc', ' working days') else '',
    // What a figure lacks, with its unit.
    lackingSuffix(s):: if s.group == 'days' then text.suffix(s) else if s.ofDossiers && s.group == 'share' then t(' hồ sơ', ' dossiers') else '',

    page: places(t('bảng «Đơn vị»', 'the board "Unit"'), grafana('unit', '?var-unit={{ $labels.unit }}'), '/units/{{ $labels.unit }}'),
    local quality(path) = places(t('bảng «Chất lượng dữ liệu»', 'the board "Data quality"'), grafana('quality'), path),
    quality: quality('/sources'),
    // For alerts that also go without boards: nothing where no address is known.
    sourcePage: if config.grafanaURL + config.pagesURL == '' then '' else
      t(' Xem: ', ' See: ') + quality('/sources/{{ $labels.unit }}/{{ $labels.source }}') + '.',
    staleNote: text.when(figures.stale, t(' Chú ý: có nguồn số liệu của đơn vị này đang cũ.', ' Note: some data of this unit are stale.')),

    since: {
      year: t('từ đầu năm đến nay', 'so far this year'),
      half: t('từ đầu nửa năm đến nay', 'so far this half-year'),
      quarter: t('từ đầu quý đến nay', 'so far this quarter'),
      month: t('từ đầu tháng đến nay', 'so far this month'),
      rolling_30d: t('trong 30 ngày qua', 'in the past 30 days'),
    }[config.targetPeriod],

    // What all alerts on a KPI against its target say; annotations makes the texts of one of them. why says what makes it an
    // alert, and may use required and recent; mark says that in short; todo, where it is given, what to do instead of looking
    // at the dossiers.
    of(kpi):: {
      local told = self,
      local s = text.signal.of(kpi),
      local said = figures.ofTarget(kpi),
      local figure(name, form) = text.ask(said[name], text.forms[form][0], '–'),
      local name = text.plain(s.title),
      local forms = text.forms[s.group],
      local value = text.on(said.target, function(target) text.apart(text.number, target, forms), text.value(forms[0])) + text.suffix(s),
      local target = figure('target', s.group) + text.suffix(s),
      // What is lacking; a target that is reached, but at risk, lacks nothing. Of what should be little there is too much.
      local lacking = text.on(said.lacking, function(number)
        '{{ if gt ' + number + ' 0.0 }}' + (if s.direction == 'down' then t(', vượt ', ', over by ') else t(', còn thiếu ', ', lacking '))
        + text.apart(number, '0.0', text.forms[if s.group == 'days' then 'days' else 'count']) + text.lackingSuffix(s) + '{{ end }}', ''),

      required: figure('required', if s.group == 'share' then 'share' else 'days'),
      recent: text.on(said.recent, function(number) text.on(said.required, function(required) text.apart(number, required, forms), '{{ ' + number + ' | ' + forms[0] + ' }}'), '–'),

      summary: text.unit + ': ' + name + t(' là ', ' is ') + value + t(', chỉ tiêu ', ', target ') + target,
      opening: name + t(' của ', ' of ') + text.unit + ' ' + text.since + t(' là ', ' is ') + value + t('; chỉ tiêu là ', '; the target is ') + target
               + lacking + '. ',
      look:
        if s.ofDossiers then
          t('xem hồ sơ đứng sau con số bằng: kpiagent dossiers --config TỆP', 'list the dossiers behind the figure with: kpiagent dossiers --config FILE')
          + ' --unit {{ $labels.unit }} --kpi ' + s.id + ' --part denominator --period ' + config.targetPeriod
          + t('; rồi thống nhất với đơn vị việc cần làm và thời hạn.', '; then agree with the unit on what is to be done by when.')
        else t('hỏi đơn vị vì sao, và thống nhất việc cần làm và thời hạn.', 'ask the unit why, and agree on what is to be done by when.'),
      ending: t(' Xem: ', ' See: ') + text.page + '.' + text.staleNote,

      annotations(why, mark='', todo=''):: {
        ['summary_' + l.id]: told.summary + mark,
        ['description_' + l.id]: told.opening + why + t('Cần làm: ', 'What to do: ') + (if todo == '' then told.look else todo) + told.ending,
      },
    },
  };
  text
