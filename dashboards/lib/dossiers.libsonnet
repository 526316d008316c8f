// Panels that show counts of dossiers, of a unit or of one procedure. All procedures of a unit may be added up; units may not,
// because each covers those below it.
local palette = import 'palette.libsonnet';

function(figures)
  local t = figures.language.t;
  local q = figures.promql;
  local p = figures.panel;
  local b = figures.board;
  local count = { unit: 'locale', decimals: 0, min: 0 };
  local noProcedures = t('grafana.word.no_figures_by_procedure');
  local sum(by, metric, more) = 'sum by (' + by + ') (' + q.series(metric, more) + ')';
  local of(unit, procedure) = [q.isUnit(unit)] + (if procedure == '' then [] else [q.is('procedure', procedure)]);
  local bars(title, text, query, legend, words) = p.barGauge(
    title,
    text,
    [p.instant(query, legend)],
    count,
    [p.field(w[0], { displayName: w[1], color: p.fixed(w[2]) }) for w in words]
  );
  {
    received(unit, period, procedure=''):: bars(
      t('grafana.dossiers.channels'),
      t('grafana.dossiers.channels.about'),
      sum('channel', 'egov_dossiers_received', of(unit, procedure) + [q.inPeriod(period)])
      + '\nor\n'
      + q.labelled(
        sum('unit', 'egov_dossiers_carried_over', of(unit, procedure) + [q.inPeriod(period)]),
        'channel',
        'carried_over'
      ),
      '{{channel}}',
      [
        ['online', t('grafana.dossiers.online'), palette.good],
        ['counter', t('grafana.dossiers.counter'), palette.plain],
        ['postal', t('grafana.dossiers.postal'), palette.light],
        ['carried_over', t('grafana.dossiers.carried_over'), palette.none],
      ]
    ),
    finished(unit, period, procedure=''):: bars(
      t('grafana.dossiers.timeliness'),
      t('grafana.dossiers.timeliness.about'),
      sum('timeliness', 'egov_dossiers_finished', of(unit, procedure) + [q.inPeriod(period)]),
      '{{timeliness}}',
      [
        ['early', t('grafana.dossiers.early'), palette.good],
        ['on_time', t('grafana.dossiers.on_time'), palette.light],
        ['late', t('grafana.dossiers.late'), palette.bad],
        ['undated', t('grafana.word.no_due_date'), palette.none],
        ['exit', t('grafana.dossiers.withdrawn_stopped'), palette.stale],
      ]
    ),
    open(unit, procedure=''):: bars(
      t('grafana.dossiers.open'),
      t('grafana.dossiers.open.about'),
      sum('state', 'egov_dossiers_open', of(unit, procedure)),
      '{{state}}',
      [
        ['in_time', t('grafana.word.in_time'), palette.good],
        ['overdue', t('grafana.word.overdue'), palette.bad],
        ['paused', t('grafana.word.paused'), palette.light],
        ['undated', t('grafana.word.no_due_date'), palette.none],
      ]
    ),

    // The procedures of a unit, those with the most dossiers first.
    procedures(unit, period)::
      local here = [q.isUnit(unit), q.inPeriod(period)];
      local named(query) = query + ' * on (procedure) group_left (name) max by (procedure, name) ('
                           + q.series('egov_procedure_info', [q.isUnit(unit)]) + ')';
      local received = sum('procedure', 'egov_dossiers_received', here);
      local of(query) = named(query) + ' and on (procedure) topk(150, ' + received + ')';
      p.table(
        t('grafana.dossiers.procedures'),
        t('grafana.dossiers.procedures.about'),
        [p.instant(q.parts('part', [
          ['received', of(received)],
          ['finished', of(sum('procedure', 'egov_dossiers_finished', here))],
          ['late', of(sum('procedure', 'egov_dossiers_finished', here + ['timeliness="late"']))],
          ['open', of(sum('procedure', 'egov_dossiers_open', [q.isUnit(unit)]))],
          ['overdue', of(sum('procedure', 'egov_dossiers_open', [q.isUnit(unit), 'state="overdue"']))],
        ]))],
        { unit: 'locale', decimals: 0 },
        [
          p.label('procedure', {
            displayName: t('grafana.word.code'),
            'custom.width': 170,
            links: p.link(
              t('grafana.dossiers.open_board'),
              b.url('procedure', { unit: unit, procedure: '${__value.raw}', period: period })
            ),
          }),
          p.label('name', { displayName: t('grafana.procedure.name'), 'custom.width': 380 }),
          p.field('received', { displayName: t('grafana.dossiers.received') }),
          p.field('finished', { displayName: t('grafana.dossiers.finished') }),
          p.field('late', { displayName: t('grafana.dossiers.late') }),
          p.field('open', { displayName: t('grafana.dossiers.open') }),
          p.field('overdue', { displayName: t('grafana.dossiers.now_overdue') }),
        ],
        transformations=p.rows(['procedure', 'name'], ['received', 'finished', 'late', 'open', 'overdue']),
        noValue=noProcedures,
        sort=[{ displayName: t('grafana.dossiers.received'), desc: true }],
      ),

    // How long dossiers took: the buckets of the histogram, each without the one before it.
    handling(unit, procedure)::
      local edges = ['0.5', '1', '2', '3', '5', '7', '10', '15', '20', '30', '45', '60'];
      local label(edge) = if edge == '0.5' then edge else edge + '.0';
      local upTo(le) = sum('unit', 'egov_handling_time_workdays_bucket', of(unit, procedure) + [q.is('le', le)]);
      local band(i) =
        local upper = if i < std.length(edges) then label(edges[i]) else '+Inf';
        local name =
          if i == 0 then '≤ ' + edges[0]
          else if i < std.length(edges) then edges[i - 1] + ' – ' + edges[i]
          else '> ' + edges[i - 1];
        [
          // The number before the name keeps the order.
          (if i < 9 then '0' else '') + (i + 1) + ') ' + name,
          if i == 0 then upTo(upper) else upTo(upper) + ' - ' + upTo(label(edges[i - 1])),
        ];
      p.barChart(
        t('grafana.dossiers.handling_time'),
        t('grafana.dossiers.handling_time.about'),
        p.instant(q.parts('days', [band(i) for i in std.range(0, std.length(edges))])),
        'days',
        { unit: 'locale', decimals: 0 }
      ),
  }
