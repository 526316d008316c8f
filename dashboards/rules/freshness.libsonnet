// Recording rules: as of when the data of each unit are, and whether that is too long ago.
//
// A unit's data are as old as those of its oldest source: its own, those of the units below it, and systems of units above
// it that serve several units. Which those are only the configuration knows; without units the root counts all sources, and each
// other unit its own.
{
  prometheusRules+:: {
    local config = $._config,
    local q = (import '../lib/promql.libsonnet')(config),
    local known = std.length(config.units) > 0,

    local last = 'egov_source_last_success_timestamp_seconds',
    local allowed = 'egov_source_stale_after_seconds',
    // The query over the series of a unit's sources. aggregate is the outermost function, of(more) the query of one part.
    local over(unit, of) =
      local shared = [of([q.isUnit(s.unit), q.is('source', s.source)]) for s in unit.shared];
      std.join(' or ', [of([q.one('unit', unit.within)])] + shared),
    local age(more) = '(time() - ' + q.series(last, more) + ' > bool ' + q.series(allowed, more) + ')',
    local rule(record, expr, unit) = {
      record: record,
      expr: expr,
      labels: { agent: config.prefix } + (if unit == '' then {} else { unit: unit }),
    },

    // For a mixin without units: the value of all for the root, and that of its own sources for each other unit.
    local root = 'max by (unit) (' + q.series('egov_unit_info', ['parent=""']) + ')',
    local whole(each, all) = root + ' * on () group_left () ' + all + ' or ' + each,

    groups+: [{
      name: config.prefix + '_data',
      interval: config.interval,
      rules:
        [rule('source:egov_data_stale:max', 'max by (unit, source) ' + age([]), '')]
        + (if known then std.flattenArrays([
             [
               rule('unit:egov_data_timestamp_seconds:min', 'min(' + over(u, function(more) q.series(last, more)) + ')', u.id),
               rule('unit:egov_data_stale:max', 'max(' + over(u, age) + ')', u.id),
               rule('unit:egov_data_stale:min', 'min(' + over(u, age) + ')', u.id),
             ]
             for u in config.units
           ]) else [
             rule(
               'unit:egov_data_timestamp_seconds:min',
               whole('min by (unit) (' + q.series(last) + ')', 'min(' + q.series(last) + ')'),
               ''
             ),
             rule('unit:egov_data_stale:max', whole('max by (unit) ' + age([]), 'max' + age([])), ''),
             rule('unit:egov_data_stale:min', whole('min by (unit) ' + age([]), 'min' + age([])), ''),
           ]),
    }],
  },
}
