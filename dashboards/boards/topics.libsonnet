// The boards that are about one topic each.
local palette = import '../lib/palette.libsonnet';
local topic = import '../lib/topic.libsonnet';

function(figures)
  local t = figures.language.t;
  local b = figures.board, p = figures.panel, q = figures.promql;

  local levels = [['4', t('Mức độ 4', 'Level 4')], ['3', t('Mức độ 3', 'Level 3')], ['2', t('Mức độ 2', 'Level 2')], ['1', t('Mức độ 1', 'Level 1')]];
  local online = [['full', t('Toàn trình', 'Full')], ['partial', t('Một phần', 'Partial')]];
  local byLevel(row, more, title, description, cells) = p.table(
    title,
    description,
    [p.table_('sum by (' + row + ', level) (' + q.series('egov_procedures', more) + ')')],
    { unit: 'locale', decimals: 0 },
    cells + [p.field(x[0], { displayName: x[1] }) for x in levels + online],
    transformations=p.matrix(row, 'level', [x[0] for x in levels + online]),
    noValue='–',
  );
  local bars(list, title, description) = p.barGauge(
    title,
    description,
    [p.instant('sum by (level) (' + q.series('egov_procedures', [q.isUnit(q.root), q.one('level', [x[0] for x in list])]) + ')', '{{level}}')],
    { unit: 'locale', decimals: 0, min: 0 },
    [p.field(x[0], { displayName: x[1], color: p.fixed(palette.plain) }) for x in list]
  );
  local apart = t('Hai thang mức độ độc lập, không quy đổi sang nhau.', 'The two scales are separate; neither follows from the other.');
  {
    levels: topic(
      figures,
      'levels',
      'levels',
      { vi: 'Mức độ dịch vụ công', en: 'Service levels' },
      t('Thủ tục hành chính theo mức độ dịch vụ công trực tuyến.', 'Procedures by level of their online service.'),
      [b.section(t('Thủ tục còn hiệu lực', 'Procedures in force'), [
        [bars(online, t('Nghị định 42/2022', 'Decree 42/2022'), t('Số thủ tục toàn trình và một phần. ', 'Procedures with a full and with a partial online service. ') + apart), 12, 6],
        [bars(levels, t('Nghị định 43/2011', 'Decree 43/2011'), t('Số thủ tục theo mức độ 1 đến 4. ', 'Procedures by level 1 to 4. ') + apart), 12, 6],
        [
          byLevel('unit', [], t('Theo đơn vị', 'By unit'), t('Số thủ tục của từng đơn vị, gồm cả các đơn vị dưới nó. ', 'Procedures of each unit with those below it. ') + apart, [
            p.field('unit\\level', { displayName: t('Đơn vị', 'Unit'), mappings: figures.unitNames, 'custom.width': 230 }),
          ]),
          24,
          10,
        ],
        [
          byLevel('field', [q.isUnit(q.root)], t('Theo lĩnh vực', 'By field'), t('Số thủ tục của từng lĩnh vực. ', 'Procedures of each field. ') + apart, [
            p.field('field\\level', { displayName: t('Lĩnh vực', 'Field'), 'custom.width': 230 }),
          ]),
          24,
          10,
        ],
      ])]
    ),
    onestop: topic(
      figures,
      'onestop',
      'single_window',
      { vi: 'Cơ chế một cửa', en: 'Single window' },
      t('Cơ chế một cửa quốc gia và Cơ chế một cửa ASEAN.', 'The National Single Window and the ASEAN Single Window.')
    ),
    satisfaction: topic(
      figures,
      'satisfaction',
      'satisfaction',
      { vi: 'Hài lòng và phản ánh', en: 'Satisfaction and petitions' },
      t('Đánh giá của người nộp hồ sơ; phản ánh, kiến nghị được trả lời.', 'Ratings of applicants; petitions answered.')
    ),
    plan: topic(
      figures,
      'plan',
      'plan',
      { vi: 'Kế hoạch', en: 'Plan' },
      t('Chỉ tiêu kế hoạch mà đơn vị báo cáo bằng tổng: tập huấn, truyền thông, ISO, phân cấp…', 'Targets of the plan that units report as totals: training, communication, ISO, decentralisation …'),
      [b.section(t('Mọi số liệu báo cáo', 'All reported totals'), [[figures.measures([], q.root), 24, 10]])]
    ),
  }
