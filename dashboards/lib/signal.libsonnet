// A signal is a KPI as boards and rules see it: declared once, from the catalogue, in one language.
local palette = import 'palette.libsonnet';

function(config, l)
  // The form of a KPI's numbers, by kind. Counts are written whole: 240,000 and not 240 K.
  local share = { unit: 'percentunit', decimals: 1, min: 0, max: 1 };
  local count = { unit: 'locale', decimals: 0 };
  local days = { unit: 'suffix: ' + l.t('grafana.word.days'), decimals: 1 };
  local forms = { share: share, count: count, mean: days, quantile: days };

  local signals = {
    of(kpi):: kpi {
      title: l.name(kpi.name),
      head: l.name(kpi.short),
      text: l.name(kpi.description),
      form: forms[kpi.kind],
      group: if kpi.kind == 'share' then 'share' else if kpi.kind == 'count' then 'count' else 'days',
      // A count that adds up towards its target is not missed while its year still runs.
      adds: kpi.kind == 'count' && kpi.direction == 'up' && kpi.outlook,
    },

    all: [signals.of(kpi) for kpi in config.kpis],
    // Those with a target come first, both in the order of the catalogue.
    leading: [s for s in signals.all if s.targeted] + [s for s in signals.all if !s.targeted],
    about(topic):: [s for s in signals.leading if s.topic == topic],
    grouped(list, group):: [s for s in list if s.group == group],
    ids(list):: [s.id for s in list],

    // The lists of one unit of measure, as a table column can have only one.
    groups: [
      { id: 'share', title: l.t('grafana.group.share'), form: share },
      { id: 'count', title: l.t('grafana.group.count'), form: count },
      { id: 'days', title: l.t('grafana.group.days'), form: days },
    ],

    // What a state means; see promql.state. The words are short, for narrow cells, and begin with a sign for those who see no
    // colours; a clock says that figures are stale.
    states: {
      local words = [
        [0, '–', l.t('grafana.state.no_data'), palette.none],
        [1, '✕', l.t('grafana.state.missed'), palette.bad],
        [2, '!', l.t('grafana.state.at_risk'), palette.warn],
        [3, '✓', l.t('grafana.state.met'), palette.good],
        [4, '·', l.t('grafana.state.no_target'), palette.plain],
        [5, '›', l.t('grafana.state.on_course'), palette.light],
      ],
      list: [{ value: w[0], word: w[1] + ' ' + w[2], color: w[3] } for w in words]
            + [{ value: w[0] + 10, word: '◷ ' + w[2], color: palette.stale } for w in words]
            + [{ value: w[0] + 20, word: '◷ ' + w[2], color: w[3] } for w in words],
      // As of itself, without a figure: how fresh data are.
      freshness: [
        { value: 0, word: l.t('grafana.freshness.fresh'), color: palette.plain },
        { value: 10, word: l.t('grafana.freshness.stale'), color: palette.stale },
        { value: 20, word: l.t('grafana.freshness.incomplete'), color: palette.warn },
      ],
      mappings: [{
        type: 'value',
        options: { [std.toString(s.value)]: { text: s.word, color: s.color, index: s.value } for s in signals.states.list },
      }],
    },
  };
  signals
