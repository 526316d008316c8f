// Pieces of the texts of alerts, in one language. They are templates of Prometheus, which looks up names and further
// figures with queries of its own when it writes the text.
function(config, l)
  local t = l.t;
  local q = (import 'promql.libsonnet')(config);
  local board = (import 'board.libsonnet')(config, l);

  // The first result of a query in which ⟨this⟩ stands for the unit of the alert: for printf, % means something.
  local query(expr) = 'printf `' + std.strReplace(std.strReplace(expr, '%', '%%'), '⟨this⟩', '%q') + '` $labels.unit | query';

  local text = {
    signal: (import 'signal.libsonnet')(config, l),

    // A name from the configuration may hold what a template would take for its own.
    plain(name):: std.strReplace(std.strReplace(name, '​', ''), '{{', '{{ "{{" }}'),

    ask(expr, shown, otherwise):: '{{ with ' + query(expr) + ' }}{{ . | first | ' + shown + ' }}{{ else }}' + otherwise + '{{ end }}',
    this: 'unit=⟨this⟩',

    unit: text.ask(q.series('egov_unit_info', [text.this]), 'label "' + t('name', 'name_en') + '"', '{{ $labels.unit }}'),

    // How a number is written, by kind, and what it counts.
    forms: {
      share: 'humanizePercentage' + t(' | reReplaceAll "[.]" "," | reReplaceAll "%" " %"', ''),
      count: 'printf "%.0f"',
      days: 'printf "%.1f"' + t(' | reReplaceAll "[.]" ","', ''),
    },
    suffix(s):: if s.group == 'days' then t(' ngày làm việc', ' working days') else '',
    // What a figure lacks, with its unit.
    lackingSuffix(s):: if s.group == 'days' then text.suffix(s) else if s.ofDossiers && s.group == 'share' then t(' hồ sơ', ' dossiers') else '',

    figure(metric, s, period, form)::
      text.ask('max(' + q.series('egov_kpi_' + metric, [q.is('kpi', s.id), text.this, q.inPeriod(period)]) + ')', 'value | ' + text.forms[form], '–'),

    page: t('bảng «Đơn vị»', 'the board "Unit"')
          + (if config.grafanaURL == '' then '' else ' ' + config.grafanaURL + '/d/' + board.uid('unit') + '?var-unit={{ $labels.unit }}'),
    staleNote:
      '{{ with ' + query(q.recorded('unit:egov_data_stale:max', [text.this]) + ' == 1') + ' }}'
      + t(' Chú ý: có nguồn số liệu của đơn vị này đang cũ.', ' Note: some data of this unit are stale.')
      + '{{ end }}',

    since: {
      year: t('từ đầu năm đến nay', 'so far this year'),
      half: t('từ đầu nửa năm đến nay', 'so far this half-year'),
      quarter: t('từ đầu quý đến nay', 'so far this quarter'),
      month: t('từ đầu tháng đến nay', 'so far this month'),
      rolling_30d: t('trong 30 ngày qua', 'in the past 30 days'),
    }[config.targetPeriod],

    // What all alerts on a KPI against its target say; annotations makes the texts of one of them. why says what makes it an
    // alert, and may use required and recent; todo, where it is given, what to do instead of looking at the dossiers.
    of(kpi):: {
      local told = self,
      local s = text.signal.of(kpi),
      local name = text.plain(s.title),
      local value = '{{ $value | ' + text.forms[s.group] + ' }}' + text.suffix(s),
      local target = text.figure('target', s, config.targetPeriod, s.group) + text.suffix(s),
      local lacking = text.figure('lacking', s, config.targetPeriod, if s.group == 'days' then 'days' else 'count') + text.lackingSuffix(s),

      required: text.figure('required', s, config.targetPeriod, if s.group == 'share' then 'share' else 'days'),
      recent: text.figure('value', s, 'rolling_30d', s.group),

      summary: text.unit + ': ' + name + t(' là ', ' is ') + value + t(', chỉ tiêu ', ', target ') + target,
      opening: name + t(' của ', ' of ') + text.unit + ' ' + text.since + t(' là ', ' is ') + value + t('; chỉ tiêu là ', '; the target is ') + target
               + t(', còn thiếu ', ', lacking ') + lacking + '. ',
      look:
        if s.ofDossiers then
          t('xem hồ sơ đứng sau con số bằng: kpiagent dossiers --config TỆP', 'list the dossiers behind the figure with: kpiagent dossiers --config FILE')
          + ' --unit {{ $labels.unit }} --kpi ' + s.id + ' --part denominator --period ' + config.targetPeriod
          + t('; rồi thống nhất với đơn vị việc cần làm và thời hạn.', '; then agree with the unit on what is to be done by when.')
        else t('hỏi đơn vị vì sao, và thống nhất việc cần làm và thời hạn.', 'ask the unit why, and agree on what is to be done by when.'),
      ending: t(' Xem: ', ' See: ') + text.page + '.' + text.staleNote,

      annotations(why, todo=''):: {
        ['summary_' + l.id]: told.summary,
        ['description_' + l.id]: told.opening + why + t('Cần làm: ', 'What to do: ') + (if todo == '' then told.look else todo) + told.ending,
      },
    },
  };
  text
