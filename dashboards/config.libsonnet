// What may be changed from outside. Durations are written as Prometheus has them: 90s, 5m, 26h, 1d.
{
  _config+:: {
    // Begins the uids of boards and the names of rule groups, so that several agents can share one Grafana.
    prefix: 'kpiagent',

    // Which series are the agents': label matchers as they stand between { and }. The job is that of scrape_configs.
    selector: 'job="kpiagent"',

    // The languages of the boards, and the texts of boards and rules in each language that there is. Rules have all of them.
    languages: ['vi', 'en'],
    texts: std.parseJson(importstr 'texts.json'),
    timeZone: 'Asia/Ho_Chi_Minh',
    // The uid of Grafana's Prometheus data source; empty: each board lets one choose.
    dataSource: '',
    // Where people open Grafana, without a slash at the end; alerts lead there. Empty: they only name the board.
    grafanaURL: '',
    // Where people open the agent's own pages, without a slash at the end; alerts lead there as well. Empty: they do not.
    pagesURL: '',

    // Units: {id, parent, name: {vi, en}, within: [ids of the unit and those below it], shared: [{unit, source}: systems
    // of units above it that serve it as well]}. None: boards and rules find them in egov_unit_info.
    units: [],
    // KPIs, see catalogue.json. groups says for which units alerts have which labels.
    kpis: import 'catalogue.json',
    // What units report as totals: {id, name: {vi, en}}.
    measures: [],
    // How many KPIs have a tile at the top of a board, and how many columns a table of units has at most: both fit 1366 px.
    headline: 6,
    columns: 8,

    // Who evaluates the alerts: prometheus or grafana.
    engine: 'prometheus',
    // Grafana before 12 ends an alert at once when its figure is gone, so for so long the last one counts: an agent that
    // restarts ends nothing.
    managedHold: '1h',
    // The severity of alerts that belong to no target, and their receiver where there is one.
    severity: 'warning',
    receiver: '',
    labels:: (local receiver = self.receiver; if receiver == '' then {} else { receiver: receiver }),

    // Alerts hold the figures of this period against the targets. Figures move slowly: hours, not minutes.
    targetPeriod: 'year',
    targetFor: '6h',
    targetKeepFiringFor: '6h',
    // A share or a handling time of fewer dossiers raises no alert.
    minVolume: 20,
    // At risk: the required rate lies so much above the recent one. Once firing, the alert stays until it no longer does.
    riskMargin: 0.01,
    // A count that would need more than so many times the recent pace is out of reach.
    outOfReachPace: 2,

    // Overdue dossiers grow: so many more than a week ago, and so many times as many.
    overdueGrowth: 10,
    overdueGrowthRate: 1.2,
    overdueFor: '6h',
    overdueKeepFiringFor: '6h',

    unitSilentFor: '1h',
    unitSilentKeepFiringFor: '20m',

    // How often the rules are evaluated. At 5m and more, which is as far back as Prometheus looks, series would go missing.
    interval: '1m',

    // An agent counts as down when it has not answered for so long; a restart takes seconds.
    downFor: '5m',
    // One that starts and dies again and again stays one alert.
    downKeepFiringFor: '5m',

    // How long reads of a source must have failed: two reads in a row on the usual schedule of 15 minutes.
    sourceFailingFor: '30m',
    // One read that succeeds among many that fail does not end the alert: a little more than the usual schedule.
    sourceFailingKeepFiringFor: '20m',

    // The time after which figures are stale is set per source in the agent (stale_after). This is the grace on top, in
    // which a new source, or one that is read when the agent starts, may bring its first figures.
    sourceSilentFor: '1h',

    // For how long rejected rows are told after they were last seen. The nightly complete read meets the same rows again,
    // so it must be more than a day for the alert to stay until they are mended.
    rowsRejectedWindow: '26h',

    // An agent that restarts does not say at once again what it holds back.
    dropHeldBackKeepFiringFor: '1h',

    // A wrong figure that lasted a minute is a defect like any other: it stays visible for a working day.
    booksOutOfBalanceKeepFiringFor: '1d',

    // A store of remote_write is behind when it has lacked samples for so many seconds, and for how long after. A restart of
    // the store, or of the agent, takes minutes.
    storeBehindSeconds: 900,
    storeBehindFor: '5m',
    // One that takes samples only now and then stays one alert.
    storeBehindKeepFiringFor: '20m',

    // A unit may be over its budget for a moment, while procedures are registered and removed.
    seriesOverBudgetFor: '15m',

    // Whoever corrects a configuration may save it more than once.
    configNotReloadedFor: '10m',

    // From how many days before New Year the days off of the next year should be listed. They are announced in the autumn
    // or early winter.
    calendarLeadDays: 30,
    calendarYearUnknownFor: '1h',
  },
}
