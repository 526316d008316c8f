// Pieces of the texts of alerts, in one language. They are templates of Prometheus, which looks up names and further
// figures with queries of its own when it writes the text.
local fill = import 'fill.libsonnet';

function(config, l) {
  local text = self,
  local t = l.t,
  local q = (import 'promql.libsonnet')(config),
  local board = (import 'board.libsonnet')(config, l),

  signal: (import 'signal.libsonnet')(config, l),

  // A name from the configuration may hold what a template would take for its own.
  plain(name):: std.strReplace(std.strReplace(name, '​', ''), '{{', '{{ "{{" }}'),

  // The first result of a query in which ⟨this⟩ stands for the unit of the alert: for printf, % means something.
  local query(expr) = 'printf `' + fill(std.strReplace(expr, '%', '%%'), { this: '%q' }) + '` $labels.unit | query',
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

  // The texts of an alert on a KPI against its target. why says what makes it an alert; todo, where it is given, what to do
  // instead of looking at the dossiers.
  target(kpi, why, todo='')::
    local s = text.signal.of(kpi);
    local values = {
      unit: text.unit,
      kpi: text.plain(s.title),
      since: text.since,
      value: '{{ $value | ' + text.forms[s.group] + ' }}' + text.suffix(s),
      target: text.figure('target', s, config.targetPeriod, s.group) + text.suffix(s),
      lacking: text.figure('lacking', s, config.targetPeriod, if s.group == 'days' then 'days' else 'count') + text.lackingSuffix(s),
    };
    local look =
      if s.ofDossiers then
        t('xem hồ sơ đứng sau con số bằng: kpiagent dossiers --config TỆP', 'list the dossiers behind the figure with: kpiagent dossiers --config FILE')
        + ' --unit {{ $labels.unit }} --kpi ' + s.id + ' --part denominator --period ' + config.targetPeriod
        + t('; rồi thống nhất với đơn vị việc cần làm và thời hạn.', '; then agree with the unit on what is to be done by when.')
      else t('hỏi đơn vị vì sao, và thống nhất việc cần làm và thời hạn.', 'ask the unit why, and agree on what is to be done by when.');
    {
      ['summary_' + l.id]: fill(t('⟨unit⟩: ⟨kpi⟩ là ⟨value⟩, chỉ tiêu ⟨target⟩', '⟨unit⟩: ⟨kpi⟩ is ⟨value⟩, target ⟨target⟩'), values),
      ['description_' + l.id]:
        fill(t('⟨kpi⟩ của ⟨unit⟩ ⟨since⟩ là ⟨value⟩; chỉ tiêu là ⟨target⟩, còn thiếu ⟨lacking⟩. ', '⟨kpi⟩ of ⟨unit⟩ ⟨since⟩ is ⟨value⟩; the target is ⟨target⟩, lacking ⟨lacking⟩. '), values)
        + fill(why, {
          required: text.figure('required', s, config.targetPeriod, if s.group == 'share' then 'share' else 'days'),
          recent: text.figure('value', s, 'rolling_30d', s.group),
          pace: config.outOfReachPace,
        })
        + t('Cần làm: ', 'What to do: ') + (if todo == '' then look else todo) + t(' Xem: ', ' See: ') + text.page + '.' + text.staleNote,
    },
}
