// Panels that show counts of dossiers, of a unit or of one procedure. All procedures of a unit may be added up; units may not,
// because each covers those below it.
local palette = import 'palette.libsonnet';

function(figures)
  local t = figures.language.t;
  local q = figures.promql;
  local p = figures.panel;
  local b = figures.board;
  local count = { unit: 'locale', decimals: 0, min: 0 };
  local noProcedures = t('Không có số liệu theo thủ tục', 'No figures by procedure');
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
      t('Tiếp nhận theo kênh', 'Received by channel'),
      t('Hồ sơ tiếp nhận trong kỳ; hồ sơ kỳ trước chuyển qua đếm riêng.', 'Dossiers received in the period; those carried over are counted apart.'),
      sum('channel', 'egov_dossiers_received', of(unit, procedure) + [q.inPeriod(period)])
      + '\nor\n' + q.labelled(sum('unit', 'egov_dossiers_carried_over', of(unit, procedure) + [q.inPeriod(period)]), 'channel', 'carried_over'),
      '{{channel}}',
      [
        ['online', t('Trực tuyến', 'Online'), palette.good],
        ['counter', t('Trực tiếp', 'Counter'), palette.plain],
        ['postal', t('Bưu chính', 'Postal'), palette.light],
        ['carried_over', t('Kỳ trước chuyển qua', 'Carried over'), palette.none],
      ]
    ),
    finished(unit, period, procedure=''):: bars(
      t('Kết thúc theo thời hạn', 'Finished by timeliness'),
      t('Hồ sơ kết thúc trong kỳ. Không có hạn và rút, dừng không bao giờ tính là đúng hạn.', 'Dossiers that ended in the period. Without a due date, withdrawn or stopped never counts as on time.'),
      sum('timeliness', 'egov_dossiers_finished', of(unit, procedure) + [q.inPeriod(period)]),
      '{{timeliness}}',
      [
        ['early', t('Trước hạn', 'Early'), palette.good],
        ['on_time', t('Đúng hạn', 'On time'), palette.light],
        ['late', t('Quá hạn', 'Late'), palette.bad],
        ['undated', t('Không có hạn', 'No due date'), palette.none],
        ['exit', t('Rút, dừng', 'Withdrawn, stopped'), palette.stale],
      ]
    ),
    open(unit, procedure=''):: bars(
      t('Đang giải quyết', 'Open'),
      t('Hồ sơ còn mở lúc này, mỗi hồ sơ ở đúng một trạng thái.', 'Dossiers that are open now, each in exactly one state.'),
      sum('state', 'egov_dossiers_open', of(unit, procedure)),
      '{{state}}',
      [
        ['in_time', t('Trong hạn', 'In time'), palette.good],
        ['overdue', t('Quá hạn', 'Overdue'), palette.bad],
        ['paused', t('Chờ bổ sung', 'Paused'), palette.light],
        ['undated', t('Không có hạn', 'No due date'), palette.none],
      ]
    ),

    // The procedures of a unit, those with the most dossiers first.
    procedures(unit, period)::
      local here = [q.isUnit(unit), q.inPeriod(period)];
      local named(query) = query + ' * on (procedure) group_left (name) max by (procedure, name) (' + q.series('egov_procedure_info', [q.isUnit(unit)]) + ')';
      local received = sum('procedure', 'egov_dossiers_received', here);
      local of(query) = named(query) + ' and on (procedure) topk(150, ' + received + ')';
      p.table(
        t('Thủ tục', 'Procedures'),
        t('Nhiều nhất 150 thủ tục có nhiều hồ sơ nhất. Bấm vào mã để xem thủ tục. Trống khi metrics.procedure_labels là false hoặc đơn vị vượt metrics.series_per_unit.',
          'At most the 150 procedures with the most dossiers. Click on a code to see the procedure. Empty where metrics.procedure_labels is false or the unit is beyond metrics.series_per_unit.'),
        [p.instant(q.parts('part', [
          ['received', of(received)],
          ['finished', of(sum('procedure', 'egov_dossiers_finished', here))],
          ['late', of(sum('procedure', 'egov_dossiers_finished', here + ['timeliness="late"']))],
          ['open', of(sum('procedure', 'egov_dossiers_open', [q.isUnit(unit)]))],
          ['overdue', of(sum('procedure', 'egov_dossiers_open', [q.isUnit(unit), 'state="overdue"']))],
        ]))],
        { unit: 'locale', decimals: 0 },
        [
          p.field('procedure', {
            displayName: t('Mã', 'Code'),
            'custom.width': 170,
            links: p.link(t('Mở bảng Thủ tục', 'Open the board of the procedure'), b.url('procedure', { unit: unit, procedure: '${__value.raw}', period: period })),
          }),
          p.field('name', { displayName: t('Thủ tục', 'Procedure'), 'custom.width': 380 }),
          p.field('received', { displayName: t('Tiếp nhận', 'Received') }),
          p.field('finished', { displayName: t('Kết thúc', 'Finished') }),
          p.field('late', { displayName: t('Quá hạn', 'Late') }),
          p.field('open', { displayName: t('Đang giải quyết', 'Open') }),
          p.field('overdue', { displayName: t('Đang quá hạn', 'Overdue') }),
        ],
        transformations=p.rows(['procedure', 'name'], ['received', 'finished', 'late', 'open', 'overdue']),
        noValue=noProcedures,
        sort=[{ displayName: t('Tiếp nhận', 'Received'), desc: true }],
      ),

    // How long dossiers took: the buckets of the histogram, each without the one before it.
    handling(unit, procedure)::
      local edges = ['0.5', '1', '2', '3', '5', '7', '10', '15', '20', '30', '45', '60'];
      local label(edge) = if edge == '0.5' then edge else edge + '.0';
      local upTo(le) = sum('unit', 'egov_handling_time_workdays_bucket', of(unit, procedure) + [q.is('le', le)]);
      local band(i) =
        local upper = if i < std.length(edges) then label(edges[i]) else '+Inf';
        local name = if i == 0 then '≤ ' + edges[0] else if i < std.length(edges) then edges[i - 1] + ' – ' + edges[i] else '> ' + edges[i - 1];
        [
          // The number before the name keeps the order.
          (if i < 9 then '0' else '') + (i + 1) + ') ' + name,
          if i == 0 then upTo(upper) else upTo(upper) + ' - ' + upTo(label(edges[i - 1])),
        ];
      p.barChart(
        t('Thời gian giải quyết', 'Handling time'),
        t('Mọi hồ sơ đã giải quyết từ trước đến nay, theo số ngày làm việc không kể thời gian chờ bổ sung.', 'All dossiers ever settled or refused, by working days without the time waited for supplements.'),
        p.instant(q.parts('days', [band(i) for i in std.range(0, std.length(edges))])),
        'days',
        { unit: 'locale', decimals: 0 }
      ),
  }
