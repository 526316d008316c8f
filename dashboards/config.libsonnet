// What may be changed from outside. Durations are written as Prometheus has them: 90s, 5m, 26h, 1d.
{
  _config+:: {
    // Which series are the agents': label matchers as they stand between { and }. The job is that of scrape_configs.
    selector: 'job="kpiagent"',

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
