// The boards that are about one topic each.
local palette = import '../lib/palette.libsonnet';
local topic = import '../lib/topic.libsonnet';

function(figures)
  local t = figures.language.t;
  local b = figures.board, p = figures.panel, q = figures.promql;

  local levels = [[id, t('grafana.levels.' + id)] for id in ['4', '3', '2', '1']];
  local online = [[id, t('grafana.levels.' + id)] for id in ['full', 'partial']];
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
    [p.instant(
      'sum by (level) (' + q.series('egov_procedures', [q.isUnit(q.root), q.one('level', [x[0] for x in list])]) + ')',
      '{{level}}'
    )],
    { unit: 'locale', decimals: 0, min: 0 },
    [p.field(x[0], { displayName: x[1], color: p.fixed(palette.plain) }) for x in list]
  );
  local apart = t('grafana.levels.scales');
  {
    levels: topic(
      figures,
      'levels',
      'levels',
      [b.section(t('grafana.levels.in_force'), [
        [bars(online, t('grafana.levels.decree_42_2022'), t('grafana.levels.decree_42_2022.about') + ' ' + apart), 12, 6],
        [bars(levels, t('grafana.levels.decree_43_2011'), t('grafana.levels.decree_43_2011.about') + ' ' + apart), 12, 6],
        [
          byLevel('unit', [], t('grafana.levels.by_unit'), t('grafana.levels.by_unit.about') + ' ' + apart, [
            p.label('unit\\level', { displayName: t('grafana.word.unit'), mappings: figures.unitNames, 'custom.width': 230 }),
          ]),
          24,
          10,
        ],
        [
          byLevel('field', [q.isUnit(q.root)], t('grafana.levels.by_field'), t('grafana.levels.by_field.about') + ' ' + apart, [
            p.label('field\\level', { displayName: t('grafana.word.field'), 'custom.width': 230 }),
          ]),
          24,
          10,
        ],
      ])]
    ),
    onestop: topic(
      figures,
      'onestop',
      'single_window'
    ),
    satisfaction: topic(
      figures,
      'satisfaction',
      'satisfaction'
    ),
    plan: topic(
      figures,
      'plan',
      'plan',
      [b.section(t('grafana.plan.totals'), [[figures.measures([], q.root), 24, 10]])]
    ),
  }
