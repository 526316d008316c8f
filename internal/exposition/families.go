// Package exposition makes the ready-made /metrics page: the figures of all units as Prometheus series, encoded and
// compressed once per change, so that a scrape only hands out bytes.
//
// Here live the table of metric families, the encoder and the page. No figure is computed here (that is internal/kpi) and
// nothing is scheduled or served on a port here.
package exposition

// Family declares one metric family: what docs/metrics.md says of it, and what the page writes before its series.
type Family struct {
	Name   string
	Type   string   // gauge, counter or histogram
	Help   string   // one line without quotes and backslashes, so that both formats write it as it is
	Labels []string // without le of a histogram
	Note   string   // what else the reader of the documentation should know; may be empty
}

// family is the index of a family of figures.
type family int

// The families of figures in the order of the page.
const (
	unitInfo family = iota
	procedureInfo
	procedures
	dossiersReceived
	dossiersCarriedOver
	dossiersFinished
	dossiersOpen
	handlingTime
	unitReceived
	unitCarriedOver
	unitFinished
	unitOpen
	observation
	kpiInfo
	kpiValue
	kpiNumerator
	kpiDenominator
	kpiTarget
	kpiLacking
	kpiProjection
	kpiRequired
	kpiStatus
	kpiVerdict
	kpiMonthValue
	kpiMonthAgeValue
	kpiMonthChange
	kpiMissedMonths
	kpiText
	ledgerImbalance
	seriesOverBudget
	ledgerSerial
	familyCount
)

// restated ends the help of every count: what a reader used to counters would not expect.
const restated = " An exact count, restated when the past is corrected; not a counter, so never use rate or increase."

// figureFamilies declares what Builder.Compute writes.
var figureFamilies = [familyCount]Family{
	unitInfo: {"egov_unit_info", "gauge", "A unit, the unit above it and its name; always 1.",
		unitLabels(), "The root has an empty parent; name_en is the English name, or the other one where there is none. short is the name for narrow columns, order the place in the configuration."},
	procedureInfo: {"egov_procedure_info", "gauge", "A procedure of a unit or of one below it, its name and its field; always 1.",
		[]string{"unit", "procedure", "name", "field"}, "Join it on unit and procedure. Left out where the unit has no series per procedure."},
	procedures: {"egov_procedures", "gauge", "Procedures in force today by field and service level." + restated,
		[]string{"unit", "field", "level"}, "level: 1, 2, 3, 4 (Decree 43/2011), full, partial (Decree 42/2022): two separate scales, so a procedure may count in both."},
	dossiersReceived: {"egov_dossiers_received", "gauge", "Dossiers received in the period to date." + restated,
		[]string{"unit", "procedure", "channel", "period"}, "channel: online, counter, postal."},
	dossiersCarriedOver: {"egov_dossiers_carried_over", "gauge", "Dossiers that were open when the period began." + restated,
		[]string{"unit", "procedure", "period"}, ""},
	dossiersFinished: {"egov_dossiers_finished", "gauge", "Dossiers that ended in the period to date, by how the end compares with the due date." + restated,
		[]string{"unit", "procedure", "timeliness", "period"}, "timeliness: early, on_time, late, undated (settled or refused, the last without a due date), exit (withdrawn or stopped, never part of timeliness)."},
	dossiersOpen: {"egov_dossiers_open", "gauge", "Dossiers open at the end of today, each in exactly one state." + restated,
		[]string{"unit", "procedure", "state"}, "state: in_time, overdue (past the due date, paused or not), paused (waiting for the applicant, not overdue), undated (without a due date)."},
	handlingTime: {"egov_handling_time_workdays", "histogram", "Net handling time of all dossiers ever settled or refused, in working days of 8 hours. Exact counts, restated when the past is corrected; buckets may fall, so never use rate or increase.",
		[]string{"unit", "procedure"}, "Buckets: 0.5 to 60 working days. Exact means and quantiles per period are the KPIs handling_time_*."},
	unitReceived: {"egov_unit_dossiers_received", "gauge", "Dossiers of a unit received in the period to date, all procedures together." + restated,
		[]string{"unit", "channel", "period"}, "The sum of egov_dossiers_received, also where that has a series per procedure; history keeps it for as long as the KPIs."},
	unitCarriedOver: {"egov_unit_dossiers_carried_over", "gauge", "Dossiers of a unit that were open when the period began, all procedures together." + restated,
		[]string{"unit", "period"}, ""},
	unitFinished: {"egov_unit_dossiers_finished", "gauge", "Dossiers of a unit that ended in the period to date, all procedures together." + restated,
		[]string{"unit", "timeliness", "period"}, "timeliness as in egov_dossiers_finished."},
	unitOpen: {"egov_unit_dossiers_open", "gauge", "Dossiers of a unit open at the end of today, all procedures together." + restated,
		[]string{"unit", "state"}, "state as in egov_dossiers_open."},
	observation: {"egov_observation", "gauge", "A total that a unit reports: the sum over the period to date of a flow, the latest value of a level. Restated when the past is corrected.",
		[]string{"unit", "measure", "period"}, "Left out where nothing was reported."},
	kpiInfo: {"egov_kpi_info", "gauge", "A KPI, its names, its kind and where leaders read it; always 1.",
		kpiLabels(), "order is its place among all KPIs as leaders read them, group what stands together; short is the name for narrow columns."},
	kpiValue: {"egov_kpi_value", "gauge", "The value of a KPI for the period to date: shares from 0 to 1, handling times in working days, counts as they are. Exact, restated when the past is corrected.",
		[]string{"kpi", "unit", "period"}, "Left out where there is no figure: nothing reported, or 0 out of 0. Never sum it over units: a unit's figure already covers those below it."},
	kpiNumerator: {"egov_kpi_numerator", "gauge", "The numerator of a KPI for the period to date; of handling times the sum of working days. Exact, restated when the past is corrected.",
		[]string{"kpi", "unit", "period"}, ""},
	kpiDenominator: {"egov_kpi_denominator", "gauge", "The denominator of a KPI for the period to date; of handling times the number of dossiers; 1 for a plain count. Exact, restated when the past is corrected.",
		[]string{"kpi", "unit", "period"}, ""},
	kpiTarget: {"egov_kpi_target", "gauge", "What a KPI has to reach in the current year.",
		[]string{"kpi", "unit", "period"}, "Where a target is set. A count that adds up over the year has a target for period=\"year\" only."},
	kpiLacking: {"egov_kpi_lacking", "gauge", "By how much a KPI misses its target: dossiers for a share, working days for a handling time, the difference for a count. Restated when the past is corrected.",
		[]string{"kpi", "unit", "period"}, "0 where the target is reached; left out where there is no figure or no target."},
	kpiProjection: {"egov_kpi_projection", "gauge", "What a KPI will be at the end of the whole period if things go on as in the recent weeks.",
		[]string{"kpi", "unit", "period"}, "With a target, for month, quarter, half and year, from three weeks of data on; not for handling times and states such as overdue dossiers."},
	kpiRequired: {"egov_kpi_required", "gauge", "What the rest of the period has to bring for the target to be met: 0 is secured, above 1 it can no longer be met at the recent volume.",
		[]string{"kpi", "unit", "period"}, "For a share, the share that the rest has to reach; for a count, how many times the recent pace."},
	kpiStatus: {"egov_kpi_status", "gauge", "A KPI against its target for the period to date: 0 no data, 1 missed, 2 at risk, 3 met.",
		[]string{"kpi", "unit", "period"}, "Where a target is set; and 0, with or without a target, where there is no figure."},
	kpiVerdict: {"egov_kpi_verdict", "gauge", "A KPI against its target, with a look ahead: 0 met, 1 on course, 2 at risk, 3 missed, 4 out of reach, 5 no data.",
		[]string{"kpi", "unit", "period"}, "Where a target holds. On course is a sum that is not there yet and will be; out of reach is what not even a perfect rest of the period would bring to its target."},
	kpiMonthValue: {"egov_kpi_month_value", "gauge", "The value of a KPI for a closed month. Exact, restated when the past is corrected.",
		[]string{"kpi", "unit", "month"}, "The last 13 closed months that have a figure; month is written 2026-03."},
	kpiMonthAgeValue: {"egov_kpi_month_age_value", "gauge", "The value of a KPI for a closed month, by how long that is ago. Exact, restated when the past is corrected.",
		[]string{"kpi", "unit", "age"}, "age is 1 for the last closed month, up to 24; months without a figure are left out. Of the present only."},
	kpiMonthChange: {"egov_kpi_month_change", "gauge", "By how much the last closed month differs from the one before, in the KPI's own unit: 0.01 of a share is a percentage point.",
		[]string{"kpi", "unit"}, "Where both have a figure. Of the present only."},
	kpiMissedMonths: {"egov_kpi_missed_months", "gauge", "How many closed months in a row, up to the last one, have missed the target of their time.",
		[]string{"kpi", "unit"}, "Where a target is set; at most 24. Of the present only."},
	kpiText: {"egov_kpi_text", "gauge", "A KPI of the year to date in words and numbers as people of a language write them, for boards that cannot; always 1.",
		textLabels(), "value, cell (without the unit of measurement) and target; gap, what is ahead or behind; month, the last closed one with its change; since, from when on closed months were missed. Signs: ✓ met, › on course, ! at risk, ✕ missed, ✕✕ out of reach, – no data; ▲▼ worse, △▽ better. A missed value is never rounded up to its target. Of the present only, and labels that change with the figures: never compute with it."},
	ledgerImbalance: {"egov_ledger_imbalance", "gauge", "Dossiers by which received and carried over differ from finished and open; 0 while the books balance.",
		[]string{"unit"}, "Checked for every procedure and period at each change. Anything but 0 is a defect: please report it."},
	seriesOverBudget: {"egov_series_over_budget", "gauge", "1 where the unit's procedures are shown as one total because their series would exceed the budget.",
		[]string{"unit"}, "The budget is metrics.series_per_unit; the total has an empty procedure label."},
	ledgerSerial: {"egov_ledger_serial", "gauge", "The number of the books that all figures beside it were made of: it grows with each change that comes into the ledger.",
		nil, "Pages and files have it as well (footer, header " + SerialHeader + "), and so have commands (books): two figures can be compared where it is the same."},
}

// agentFamilies declares what the agent says of itself and of its sources; they come from the Gatherer.
var agentFamilies = []Family{
	{"egov_source_up", "gauge", "1 where the last read of the source succeeded.", []string{"unit", "source"},
		"0 from the first moment on for a source that never answered."},
	{"egov_source_last_success_timestamp_seconds", "gauge", "When the source was last read successfully, in seconds since 1970; 0 for never.", []string{"unit", "source"}, ""},
	{"egov_source_fetch_duration_seconds", "gauge", "How long the last read of the source took.", []string{"unit", "source"}, ""},
	{"egov_source_rows_total", "counter", "Rows read from the source.", []string{"unit", "source"}, ""},
	{"egov_source_skipped_rows_total", "counter", "Rows that are no records, or none yet, by the source's mapping.", []string{"unit", "source"}, ""},
	{"egov_source_rejected_rows_total", "counter", "Rows of the source that were not taken, by reason.", []string{"unit", "source", "reason"}, ""},
	{"egov_source_held_rows", "gauge", "Records missing from the last complete read that are held back instead of removed.", []string{"unit", "source"},
		"More than half of what was known, or rows could not be read at all and may be the missing ones. The log says which, and what to do."},
	{"egov_source_retries_total", "counter", "Reads of the source that were tried again within their turn, because the trouble might be over.", []string{"unit", "source"}, ""},
	{"egov_source_resting_until_timestamp_seconds", "gauge", "Until when the source is left alone, in seconds since 1970; 0 where it is not resting.", []string{"unit", "source"},
		"After source.rest_after failed turns in a row, or because the system has asked for it. Compare it with time(): after that the next turn asks again."},
	{"egov_source_refused", "gauge", "1 where the system has refused the user or the password, and is not asked on schedule until secret or configuration change.", []string{"unit", "source"}, ""},
	{"egov_source_stale_after_seconds", "gauge", "The age from which the figures of the source count as stale.", []string{"unit", "source"},
		"Compare it with time() - egov_source_last_success_timestamp_seconds."},
	{"egov_source_panics_total", "counter", "Reads of the source that ended in a defect of the agent; please report them.", []string{"unit", "source"}, ""},
	{"egov_calendar_year_known", "gauge", "1 where the days off of the year are fully listed, 0 where working days are an estimate.", []string{"year"}, ""},
	{"egov_ledger_audit_differences", "gauge", "Counts of the unit that a full recount of the ledger found wrong; 0 while all is well.", []string{"unit"}, ""},
	{"egov_grafana_up", "gauge", "1 where boards and all else could be put into Grafana, or were there, at the last attempt.", []string{"grafana"},
		"grafana is the host of grafana.url. Only where that is set, as all egov_grafana metrics."},
	{"egov_grafana_last_success_timestamp_seconds", "gauge", "When that last succeeded, in seconds since 1970; 0 for never.", []string{"grafana"}, ""},
	{"egov_grafana_kept", "gauge", "Things in Grafana that differ from what the configuration wants and are left alone, mostly because a person changed them.", []string{"grafana"},
		"kpiagent boards plan lists them."},
	{"egov_grafana_writes_total", "counter", "Things that the agent wrote into Grafana. It stands still while nothing changes.", []string{"grafana"}, ""},
	{"egov_grafana_failures_total", "counter", "Attempts that failed; each is tried again.", []string{"grafana"}, ""},
	{"egov_history_up", "gauge", "1 where the last page of metrics could be written into history.", nil,
		"Only where history.enabled is set, as all egov_history metrics. The log says what is wrong."},
	{"egov_history_samples_total", "counter", "Samples written into history.", nil, ""},
	{"egov_history_skipped_samples_total", "counter", "Samples that history did not take, being older than what it has: the clock was set back by more than history.late.", nil, ""},
	{"egov_history_failures_total", "counter", "Times that nothing could be written into history, for example because the disk was full.", nil, ""},
	{"egov_history_damaged_total", "counter", "Damaged parts of history that were set aside when the agent started.", nil, ""},
	{"egov_history_queries_total", "counter", "Queries that were run on history, those of rules included.", nil, ""},
	{"egov_history_refused_queries_total", "counter", "Requests to history that were refused because too many were running or they could not be read.", nil, ""},
	{"egov_history_bytes", "gauge", "The size on disk of the live part of history: what was written at each change.", nil, ""},
	{"egov_history_series", "gauge", "Series that history has samples of in the last hours.", nil, ""},
	{"egov_history_past_through_timestamp_seconds", "gauge", "The end of the last closed day that history has, in seconds since 1970; 0 while it has none.", nil, ""},
	{"egov_history_past_lag_seconds", "gauge", "For how long closed days are known to have changed that history shows as they were; 0 while it is right.", nil,
		"Corrections are written within a minute where that takes up to ten seconds; what takes longer waits for four times as long, ten minutes at most."},
	{"egov_history_past_behind_months", "gauge", "Months of history that are still to be written, for the first time or because they were corrected.", nil,
		"Each month counts once for the units and once for the procedures."},
	{"egov_history_past_bytes", "gauge", "The size on disk of the closed days of history.", nil, ""},
	{"egov_history_past_written_days_total", "counter", "Closed days written into history, each time that one was.", nil, ""},
	{"egov_history_past_failures_total", "counter", "Times that closed days could not be written into history; it is tried again.", nil, ""},
	{"egov_remote_write_up", "gauge", "1 where the store took samples at the last attempt.", []string{"store"},
		"Only where remote_write.stores names stores, as all egov_remote_write metrics; store is the name there."},
	{"egov_remote_write_refused", "gauge", "1 where the store does not let the agent in, or its address is not that of a store: somebody has to mend that.", []string{"store"},
		"The log says what to do. Samples are kept meanwhile."},
	{"egov_remote_write_mark_failed", "gauge", "1 where it cannot be noted on disk how far the store has been brought; it is tried again.", []string{"store"},
		"It is sent to all the same. After a restart it would get some samples twice, and a new store would miss what it was still to get."},
	{"egov_remote_write_last_success_timestamp_seconds", "gauge", "When the store last took samples, in seconds since 1970; 0 for never since the start.", []string{"store"}, ""},
	{"egov_remote_write_pending_samples", "gauge", "Samples that are kept on disk until the store has taken them.", []string{"store"}, ""},
	{"egov_remote_write_lag_seconds", "gauge", "How long the oldest of them has been waiting; 0 where there are none.", []string{"store"}, ""},
	{"egov_remote_write_samples_total", "counter", "Samples that the store has taken.", []string{"store"}, ""},
	{"egov_remote_write_rejected_samples_total", "counter", "Samples that the store will never take, for example because it has newer ones; they are given up.", []string{"store"},
		"The log says why, and what to do."},
	{"egov_remote_write_dropped_samples_total", "counter", "Samples that were given up before the store had taken them, because there was no more room for them.", []string{"store"},
		"The room is remote_write.max_megabytes."},
	{"egov_remote_write_requests_total", "counter", "Requests sent to the store.", []string{"store"}, ""},
	{"egov_remote_write_retries_total", "counter", "Requests that failed and were, or will be, sent again.", []string{"store"}, ""},
	{"egov_remote_write_log_bytes", "gauge", "The size on disk of what is still to be sent, to all stores.", nil, ""},
	{"egov_remote_write_log_failures_total", "counter", "Times that the series could not be written there, for example because the disk was full; they are not sent.", nil, ""},
	{"egov_alerts_firing", "gauge", "Alerts that fire, by severity.", []string{"severity"}, "Only where the agent evaluates the rules itself (alerts.engine: builtin), as all egov_alert metrics."},
	{"egov_alert_up", "gauge", "1 where nothing is wrong with the alerts; 0 where they cannot begin, do not follow the configuration in force, or their state cannot be saved.", nil,
		"With 0, the log, the page /sources and kpiagent alerts list say what is wrong. It is tried again by itself."},
	{"egov_alert_last_evaluation_timestamp_seconds", "gauge", "When the rules were last evaluated, in seconds since 1970.", nil, "Of the group of rules whose evaluation lies back furthest."},
	{"egov_alert_evaluation_failures_total", "counter", "Evaluations of a rule that failed; the log says why.", nil, ""},
	{"egov_alert_notifications_total", "counter", "Messages that were sent, by the way they went.", []string{"kind"}, "kind: mail, webhook, telegram, alertmanager."},
	{"egov_alert_notification_failures_total", "counter", "Attempts to send a message that failed, or that were not made because the login was refused a while ago, by the way it was to go; each message is tried again.", []string{"kind"}, ""},
	{"egov_build_info", "gauge", "The version of the agent and how it was built; always 1.", []string{"version", "revision", "branch", "goversion", "goos", "goarch", "tags"}, ""},
	{"egov_config_last_reload_successful", "gauge", "1 where the last attempt to load the configuration succeeded.", nil, ""},
	{"egov_config_last_reload_success_timestamp_seconds", "gauge", "When the configuration was last loaded successfully, in seconds since 1970.", nil, ""},
}

// FigureFamilies lists the families that the page makes from the books, in its order.
func FigureFamilies() []Family { return append([]Family(nil), figureFamilies[:]...) }

// AgentFamilies lists the families that the agent registers in the Gatherer that it passes to NewBuilder.
func AgentFamilies() []Family { return append([]Family(nil), agentFamilies...) }

// FigureNames returns the names of all series of figures, those of histograms with their endings.
func FigureNames() map[string]bool {
	names := map[string]bool{}
	for _, f := range figureFamilies {
		if f.Type != "histogram" {
			names[f.Name] = true
			continue
		}
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			names[f.Name+suffix] = true
		}
	}
	return names
}

// Help returns what a metric of the agent means; empty for one that is not declared in AgentFamilies.
func Help(name string) string {
	for _, f := range agentFamilies {
		if f.Name == name {
			return f.Help
		}
	}
	return ""
}
