// The queries that boards and rules share. No KPI is computed here: series of the agent are picked, put side by side and
// given the state that they are in.
//
// With held a series that is gone still counts for so long.
function(config, held='')
  local q = {
    // Texts are added up with +, because Jsonnet's % takes far longer, and there are thousands of queries.
    series(metric, more=[]):: (
      local plain = metric + '{' + std.join(', ', [config.selector] + more) + '}';
      if held == '' then plain else 'last_over_time(' + plain + '[' + held + '])'
    ),
    // Recorded by rules/freshness.libsonnet. The label says which agent's, where several share a Prometheus.
    recorded(metric, more=[]):: metric + '{' + std.join(', ', ['agent="' + config.prefix + '"'] + more) + '}',

    is(label, value):: label + '="' + value + '"',
    one(label, values):: if std.length(values) == 1 then q.is(label, values[0]) else label + '=~"' + std.join('|', values) + '"',

    // max by drops the labels of the scrape, so that two agents with the same figures, or a pod with a new name, change nothing.
    kpi(metric, more):: 'max by (kpi, unit, period) (' + q.series('egov_kpi_' + metric, more) + ')',

    // Which unit: the configuration's root, or, in a mixin without units, what a hidden variable finds.
    root: if std.length(config.units) == 0 then '$root' else [u.id for u in config.units if u.parent == ''][0],
    isUnit(id):: q.is('unit', id),
    inPeriod(period):: q.is('period', period),

    // The state of figures, a number that every board turns into a word and a colour:
    // 0 no data, 1 missed, 2 at risk, 3 met, 4 a figure without a target, 5 a count on its way; 20 more where some of the
    // unit's sources are stale, as one of many units below it may be; 10 more where all are, or where that is not known.
    state(signals, more)::
      local plain = [s.id for s in signals if !s.adds], adding = [s.id for s in signals if s.adds];
      local of(metric, ids) = q.kpi(metric, [q.one('kpi', ids)] + more);
      local status = of('status', adding);
      local held =
        (if plain == [] then [] else [of('status', plain)])
        + (if adding == [] then [] else [
             '(' + status + ' != 1)',
             '(0 * (' + status + ' == 1) + 2 and ' + of('required', adding) + ' > 1)',
             '(0 * (' + status + ' == 1) + 5)',
           ]);
      local base = std.join(' or ', held + ['0 * ' + of('value', q.ids(signals)) + ' + 4']);
      '(' + base + ') + on (unit) group_left () ' + q.freshness([]) + ' or (' + base + ') + 10',
    ids(signals):: [s.id for s in signals],
    // 1 where the data of any (max) or of all (min) sources of a unit are stale.
    stale(which, more=[]):: 'max by (unit) (' + q.recorded('unit:egov_data_stale:' + which, more) + ')',
    // What freshness adds to a state: 0 where all is fresh, 20 where some sources are stale, 10 where all are.
    freshness(more):: '(20 * ' + q.stale('max', more) + ' - 10 * ' + q.stale('min', more) + ')',
    asOf(more):: '(max by (unit) (' + q.recorded('unit:egov_data_timestamp_seconds:min', more) + ') > 0) * 1000',

    // A query whose result bears one more label.
    labelled(query, label, value):: 'label_replace(' + query + ', "' + label + '", "' + value + '", "", "")',
    // Several vectors as one result, told apart by a label: parts is a list of [name, query].
    parts(label, parts):: std.join('\nor\n', [q.labelled(p[1], label, p[0]) for p in parts]),

    // The value of a KPI with its state as the label state, so that one query returns a number and its colour; where there is no
    // value, 0 with the state that says so. With target and distance, which is positive where it is good.
    tile(signal, unit, period)::
      local here = [q.isUnit(unit), q.inPeriod(period)], more = [q.is('kpi', signal.id)] + here;
      local states = 'count_values by (kpi, unit, period) ("state", ' + q.state([signal], here) + ')';
      local value = q.kpi('value', more), target = q.kpi('target', more);
      '(' + value + ' or 0 * ' + q.kpi('status', more) + ') * on (kpi, unit, period) group_right () ' + states + '\nor\n'
      + q.parts('state', [
        ['target', target],
        ['distance', if signal.direction == 'down' then target + ' - ' + value else value + ' - ' + target],
      ]),

    months(signal, unit):: 'max by (month) (' + q.series('egov_kpi_month_value', [q.is('kpi', signal.id), q.isUnit(unit)]) + ')',
  };
  q
