// Package config holds the agent's configuration: its types, how it is loaded from file, environment and flags, and the
// check that reports every mistake with its place.
//
// Each key, its default, what is allowed and what it means is written once, in the tags of these types; the loader, the
// checker and the reference documentation all read them there. Nothing here opens a connection.
package config

import (
	"time"

	"kpiagent/internal/kpi"
)

// Tags:
//
//	yaml          the key; ",inline" for a block whose keys stand in the block around it
//	default       the value where the key is absent
//	allowed       the values, separated by |; for a mapped field what its values may mean
//	doc           one sentence for the reference
//	required      "true" where the key must be given
//	empty         "true" where an empty text is a value of its own, although there is a default
//	path          "true" where a relative path starts at the configuration file's folder
//	secret        "true" where the value must never be shown
//	check         the name of a further check (see checks); for a list it holds for each entry
//	record        for a mapped field: the kind of record that has it; without it every kind
//	needed        for a mapped field: "true" where such a record cannot be without it
//	holds         for a mapped field: date or number; text without it

// Config is the whole configuration of one agent.
type Config struct {
	TimeZone    string           `yaml:"time_zone" default:"Asia/Ho_Chi_Minh" check:"timezone" doc:"Local days are days of this zone."`
	Timeliness  string           `yaml:"timeliness" default:"days" allowed:"days|hours" doc:"Whether an end is compared with the due date by day or to the second."`
	Ledger      Ledger           `yaml:"ledger" doc:"Where the ledger is kept."`
	History     History          `yaml:"history" doc:"The agent's own history, for a site without a Prometheus server."`
	Web         Web              `yaml:"web" doc:"The HTTP endpoints."`
	Log         Log              `yaml:"log" doc:"Logging."`
	Agent       Agent            `yaml:"agent" doc:"How sources are run."`
	Network     Network          `yaml:"network" doc:"Where the agent may connect to, and how much of one host it may ask."`
	Metrics     Metrics          `yaml:"metrics" doc:"What /metrics shows."`
	RemoteWrite RemoteWrite      `yaml:"remote_write" doc:"The stores that all series of /metrics are also sent to: Prometheus, Mimir, Thanos receive, VictoriaMetrics."`
	Periods     Periods          `yaml:"periods" doc:"How reporting periods are cut."`
	Calendar    Calendar         `yaml:"calendar" doc:"Working days, on top of the built-in Vietnamese table."`
	Units       []Unit           `yaml:"units" required:"true" doc:"The organisations; exactly one has no parent."`
	Procedures  []Procedure      `yaml:"procedures" doc:"Procedures declared by hand; sources of procedure records add to them."`
	Measures    []Measure        `yaml:"measures" doc:"The observed measures that units may report."`
	Sources     []Source         `yaml:"sources" doc:"The unit systems to read."`
	KPIs        []kpi.Definition `yaml:"kpis" doc:"KPIs of one's own, and changes to the built-in catalogue (same id)."`
	Targets     []kpi.Target     `yaml:"targets" doc:"What the figures have to reach."`
	Boards      Boards           `yaml:"boards" doc:"The Grafana boards that kpiagent boards renders."`
	Alerts      Alerts           `yaml:"alerts" doc:"The alert rules, and who is told."`
	Grafana     Grafana          `yaml:"grafana" doc:"The Grafana that kpiagent boards apply and the running agent put the boards into."`
}

// Ledger says where the durable state lies.
type Ledger struct {
	Path        string `yaml:"path" path:"true" default:"kpiagent.db" doc:"The SQLite file; a relative path starts at the configuration file's folder."`
	KeptRejects int    `yaml:"kept_rejects" default:"10000" check:"positive" doc:"How many rejected rows are kept per source with their content; further ones are only counted."`
	KeptRuns    int    `yaml:"kept_runs" default:"1000" check:"positive" doc:"How many runs are kept per source in the run log."`
}

// Web is the HTTP side; TLS and basic authentication come from the file that --web.config.file names.
type Web struct {
	Listen      string   `yaml:"listen" default:":9750" check:"listen" doc:"Address and port, as flag --web.listen-address."`
	ConfigFile  string   `yaml:"config_file" path:"true" doc:"TLS and basic authentication, in the format of Prometheus' exporter-toolkit."`
	ExternalURL string   `yaml:"external_url" check:"url" doc:"Where people open the agent's pages: https://kpi.example.vn. Messages of alerts lead there; empty: they do not lead anywhere."`
	RawRowsFor  []string `yaml:"raw_rows_for" doc:"Who may see personal data on the pages, that is the content of rejected rows and the dossiers behind a figure: user names of config_file, or * for everybody who can reach the pages. Without it, nobody."`
}

// Log is what --log.level and --log.format set.
type Log struct {
	Level  string `yaml:"level" default:"info" allowed:"debug|info|warn|error" doc:"The least severe messages that are written."`
	Format string `yaml:"format" default:"logfmt" allowed:"logfmt|json" doc:"The form of a log line."`
}

// Agent bounds what runs at once.
type Agent struct {
	Concurrency int           `yaml:"concurrency" default:"4" check:"positive" doc:"How many sources are read at the same time."`
	StopTimeout time.Duration `yaml:"stop_timeout" default:"20s" check:"positive" doc:"How long running reads may take to end when the agent stops."`
	WatchConfig bool          `yaml:"watch_config" default:"true" doc:"Whether a changed configuration file is loaded at once. SIGHUP and POST /-/reload load it in any case."`
}

// Metrics says what /metrics shows.
type Metrics struct {
	ProcedureLabels bool `yaml:"procedure_labels" default:"true" doc:"Series per procedure; without them each unit has one series, with an empty procedure label."`
	SeriesPerUnit   int  `yaml:"series_per_unit" default:"50000" check:"positive" doc:"The series budget of a unit; beyond it the unit's procedures are shown as one total and egov_series_over_budget is 1."`
}

// Periods says how reporting periods are cut.
type Periods struct {
	CutOff string `yaml:"cut_off" default:"calendar" allowed:"calendar|nd09" doc:"calendar, or the 15th to the 14th as in Decree 09/2019."`
}

// Calendar extends the built-in table of Vietnamese working days.
type Calendar struct {
	Hours    []string `yaml:"hours" default:"[\"08:00-12:00\", \"13:00-17:00\"]" check:"hours" doc:"The working hours of a day; together they make 8 hours."`
	DaysOff  []string `yaml:"days_off" check:"days" doc:"Further days off: yyyy-MM-dd, or a span yyyy-MM-dd..yyyy-MM-dd."`
	Workdays []string `yaml:"workdays" check:"days" doc:"Days worked although the table or the weekend says off, in the same form."`
	Complete []int    `yaml:"complete" check:"year" doc:"Years whose days off are now fully listed here, so that they are no longer warned about."`
}

// Unit is one organisation.
type Unit struct {
	ID     string   `yaml:"id" required:"true" check:"identifier" doc:"Short and stable: the value of the label unit."`
	Parent string   `yaml:"parent" doc:"The id of the unit above; only the root has none."`
	Name   kpi.Text `yaml:"name" doc:"The unit's name."`
}

// Procedure is a procedure declared by hand.
type Procedure struct {
	Unit         string  `yaml:"unit" required:"true" doc:"The unit that handles it."`
	Code         string  `yaml:"code" required:"true" doc:"The procedure's code, as the sources give it."`
	Name         string  `yaml:"name" doc:"Its name."`
	Field        string  `yaml:"field" doc:"Its field (lĩnh vực)."`
	Level        int     `yaml:"level" allowed:"0|1|2|3|4" doc:"Service level under Decree 43/2011; 0 where none was given."`
	Online       string  `yaml:"online" allowed:"|full|partial" doc:"Service level under Decree 42/2022; empty for neither."`
	StatutoryDay float64 `yaml:"statutory_days" check:"not_negative" doc:"Statutory handling time in days; 0 where unknown."`
	WorkingDays  bool    `yaml:"working_days" default:"true" doc:"Whether the statutory time counts working days."`
	Fee          string  `yaml:"fee" allowed:"|yes|no" doc:"Whether there is a fee; empty where unknown."`
	Group        string  `yaml:"single_window_group" doc:"The group of services on the National Single Window; empty for none."`
	From         string  `yaml:"in_force_from" check:"day" doc:"First day in force; empty: always was."`
	To           string  `yaml:"in_force_to" check:"day" doc:"Last day in force; empty: still is."`
}

// Measure declares an observed measure.
type Measure struct {
	ID   string   `yaml:"id" required:"true" check:"identifier" doc:"The value of the label measure."`
	Kind string   `yaml:"kind" required:"true" allowed:"flow|level" doc:"flow values add up; a level holds until the next one."`
	Name kpi.Text `yaml:"name" doc:"What it measures."`
}

// Source is one unit system.
type Source struct {
	Unit            string        `yaml:"unit" required:"true" doc:"The unit whose system it is."`
	ID              string        `yaml:"id" required:"true" check:"identifier" doc:"Unique within the unit: the value of the label source."`
	Kind            string        `yaml:"kind" required:"true" doc:"The kind of system; the block of that name says how to reach it."`
	Record          string        `yaml:"record" default:"dossier" allowed:"dossier|procedure|observation" doc:"What one row is."`
	Schedule        string        `yaml:"schedule" default:"*/15 * * * *" check:"cron" doc:"When it is read: five cron fields, or @hourly and the like."`
	TimeZone        string        `yaml:"time_zone" check:"timezone" doc:"The zone of the schedule; empty: the agent's."`
	Jitter          time.Duration `yaml:"jitter" default:"10s" check:"not_negative" doc:"A read starts up to so much later, so that sources do not start together."`
	Timeout         time.Duration `yaml:"timeout" default:"10m" check:"positive" doc:"A read that takes longer is broken off."`
	Retries         int           `yaml:"retries" default:"2" check:"not_negative" doc:"How often a read is tried again at once where the trouble may be over in a moment, such as a broken connection; never after a refused password or a mistake."`
	RetryWait       time.Duration `yaml:"retry_wait" default:"10s" check:"positive" doc:"How long it waits before the first of these; each further one waits twice as long."`
	RestAfter       int           `yaml:"rest_after" default:"5" check:"not_negative" doc:"After so many failed turns in a row the source rests for 5 minutes, then twice as long after each further failure; 0: never."`
	LongestRest     time.Duration `yaml:"longest_rest" default:"2h" check:"positive" doc:"The longest rest."`
	MaxRows         int64         `yaml:"max_rows" default:"10000000" check:"positive" doc:"A read that brings more rows fails; what it has brought so far stays."`
	OnStart         bool          `yaml:"on_start" default:"true" doc:"Whether it is also read when the agent starts."`
	StaleAfter      time.Duration `yaml:"stale_after" default:"24h" check:"positive" doc:"Older figures count as stale."`
	Reconcile       Reconcile     `yaml:"reconcile" doc:"The complete read that finds deletions."`
	SupplementClock string        `yaml:"supplement_clock" default:"as_given" allowed:"as_given|pause|restart|shift" doc:"What waiting for a supplement does to the due date."`
	SQL             *SQL          `yaml:"sql" doc:"A database; only with kind sql."`
	File            *File         `yaml:"file" doc:"Report files; only with kind file."`
	REST            *REST         `yaml:"rest" doc:"JSON over HTTP; only with kind rest."`
	HTML            *HTML         `yaml:"html" doc:"Tables of a web page; only with kind html."`
	Preset          string        `yaml:"preset" allowed:"|dvcqg" doc:"A mapping ready made (see presets); what mapping says counts instead. Empty: none."`
	OpenMetrics     *OpenMetrics  `yaml:"openmetrics" doc:"The page of another exporter; only with kind openmetrics."`
	Mapping         Mapping       `yaml:"mapping" doc:"From which column each field comes. It may be missing only with a preset, a form or kind openmetrics."`
}

// Reconcile is the complete read.
type Reconcile struct {
	Schedule  string `yaml:"schedule" default:"30 1 * * *" empty:"true" check:"cron" doc:"When everything is read again; empty: never."`
	Deletions string `yaml:"deletions" default:"apply" allowed:"apply|ignore" doc:"Whether dossiers missing from a complete read are taken out; ignore where the system shows recent ones only."`
}

// SQL is a database.
type SQL struct {
	Driver      string       `yaml:"driver" required:"true" allowed:"postgres|mysql|sqlserver|oracle|sqlite" doc:"mysql also reads MariaDB. sqlserver and oracle were not run against a real server yet."`
	DSNEnv      string       `yaml:"dsn_env" check:"variable" doc:"The environment variable that holds the connection string."`
	DSNFile     string       `yaml:"dsn_file" path:"true" doc:"The file that holds the connection string."`
	Path        string       `yaml:"path" path:"true" doc:"The database file, only with driver sqlite; a relative path starts at the configuration file's folder."`
	Query       string       `yaml:"query" required:"true" doc:"One row a record. :since stands for the cursor."`
	FullQuery   string       `yaml:"full_query" doc:"The query of a complete read; empty: query with a :since before all time."`
	Incremental *Incremental `yaml:"incremental" doc:"Reads only what changed; the query must use :since."`
}

// Incremental is how changed rows are recognised.
type Incremental struct {
	Column  string        `yaml:"column" required:"true" doc:"The result column that grows with each change: a time, or a number."`
	Type    string        `yaml:"type" default:"time" allowed:"time|number" doc:"What the column holds."`
	Layout  string        `yaml:"layout" check:"layout" doc:"The layout, where the system keeps the time as text."`
	Overlap time.Duration `yaml:"overlap" default:"10m" check:"not_negative" doc:"How far before the cursor each read starts, for rows that were committed late."`
	Back    int64         `yaml:"back" default:"1000" check:"not_negative" doc:"The same for a number."`
	Ordered bool          `yaml:"ordered" doc:"The rows come in the order of the column, so that an interrupted read goes on where it stopped."`
}

// File is a report file.
type File struct {
	Path         string `yaml:"path" path:"true" doc:"A path or a glob; a relative path starts at the configuration file's folder."`
	URL          string `yaml:"url" check:"url" doc:"The report's address, http or https, instead of path. It is asked for only where it may have changed."`
	Format       string `yaml:"format" default:"csv" allowed:"csv|xlsx" doc:"csv, or xlsx for Excel workbooks (.xlsx, .xlsm), whose macros are never run."`
	Form         string `yaml:"form" allowed:"|ii06a" doc:"The report is of this form, ii06a being II.06a/VPCP/KSTT of Circular 01/2020: its table, period and sums are known, and mapping may have unit only. Empty: a plain table."`
	PeriodEnd    string `yaml:"period_end" check:"day" doc:"Only with form: the last day of the report's period, where its titles do not say it."`
	Encoding     string `yaml:"encoding" default:"auto" allowed:"auto|utf-8|utf-16|windows-1258" doc:"auto knows UTF-8 and UTF-16 by their marks and takes UTF-8 otherwise."`
	Separator    string `yaml:"separator" default:"," check:"separator" doc:"One character between the cells; \\t for a tab."`
	HeaderRow    int    `yaml:"header_row" default:"1" check:"positive" doc:"The line, or the row of the sheet, that holds the column names."`
	Sheet        string `yaml:"sheet" doc:"Only with format xlsx: the sheet's name, or its number among the visible ones; empty: the first visible one."`
	HeaderRows   int    `yaml:"header_rows" default:"1" allowed:"1|2|3|4" doc:"Only with format xlsx: how many rows, from header_row on, make up the column names; two rows join as upper / lower."`
	MaxRows      int64  `yaml:"max_rows" default:"1048576" check:"positive" doc:"Only with format xlsx: a sheet with more rows is not read."`
	MaxUnzipped  int64  `yaml:"max_unzipped_bytes" default:"536870912" check:"positive" doc:"Only with format xlsx: a workbook that unpacks to more is not read."`
	MaxRow       int    `yaml:"max_row_bytes" default:"1048576" check:"positive" doc:"A row with more text is rejected."`
	Change       string `yaml:"change_column" doc:"The column whose later value wins where a dossier has several rows."`
	ChangeLayout string `yaml:"change_layout" default:"rfc3339" check:"layout_or_number" doc:"The layout of the change column; number for a version number."`
	HTTP         `yaml:",inline"`
}

// Mapping says for each field of the record from which column it comes; which fields there are depends on record.
type Mapping struct {
	Unit *Field `yaml:"unit" doc:"A column that names the unit, for a system that serves several; empty: the source's unit."`
	// dossier
	ID               *Field `yaml:"id" record:"dossier" needed:"true" doc:"Its id (mã hồ sơ)."`
	Procedure        *Field `yaml:"procedure" record:"dossier" needed:"true" doc:"The procedure's code."`
	Channel          *Field `yaml:"channel" record:"dossier" needed:"true" allowed:"online|counter|postal" doc:"Online, counter or postal."`
	Received         *Field `yaml:"received" record:"dossier" needed:"true" holds:"date" doc:"When it was received."`
	Due              *Field `yaml:"due" record:"dossier" holds:"date" doc:"When it is due."`
	Finished         *Field `yaml:"finished" record:"dossier" holds:"date" doc:"When its processing ended."`
	Outcome          *Field `yaml:"outcome" record:"dossier" allowed:"|settled|refused|withdrawn|stopped" doc:"Settled, refused, withdrawn, stopped, or empty while open."`
	PausedFrom       *Field `yaml:"paused_from" record:"dossier" holds:"date" doc:"When a supplement was asked for."`
	PausedTo         *Field `yaml:"paused_to" record:"dossier" holds:"date" doc:"When the supplement came."`
	Pauses           *Field `yaml:"pauses" record:"dossier" holds:"date" doc:"Several pauses in one text: from..to;from..to"`
	FeeDue           *Field `yaml:"fee_due" record:"dossier" allowed:"|yes|no" doc:"Yes or no."`
	PaidOnline       *Field `yaml:"paid_online" record:"dossier" allowed:"|yes|no" doc:"Yes or no."`
	InputDigitised   *Field `yaml:"input_digitised" record:"dossier" allowed:"|yes|no" doc:"Yes or no."`
	ResultElectronic *Field `yaml:"result_electronic" record:"dossier" allowed:"|yes|no" doc:"Yes or no."`
	Satisfied        *Field `yaml:"satisfied" record:"dossier" allowed:"|yes|no" doc:"Yes or no; empty where nobody rated."`
	// procedure
	Code         *Field `yaml:"code" record:"procedure" needed:"true" doc:"Its code."`
	Name         *Field `yaml:"name" record:"procedure" doc:"Its name."`
	Group        *Field `yaml:"single_window_group" record:"procedure" doc:"Its single-window group."`
	FieldOfWork  *Field `yaml:"field" record:"procedure" doc:"Its field (lĩnh vực)."`
	Level        *Field `yaml:"level" record:"procedure" allowed:"|1|2|3|4" doc:"1 to 4 (Decree 43/2011)."`
	Online       *Field `yaml:"online" record:"procedure" allowed:"|full|partial" doc:"Full or partial (Decree 42/2022)."`
	StatutoryDay *Field `yaml:"statutory_days" record:"procedure" holds:"number" doc:"Statutory time in days."`
	WorkingDays  *Field `yaml:"working_days" record:"procedure" allowed:"|yes|no" doc:"Yes where the statutory time counts working days."`
	Fee          *Field `yaml:"fee" record:"procedure" allowed:"|yes|no" doc:"Yes or no."`
	From         *Field `yaml:"in_force_from" record:"procedure" holds:"date" doc:"First day in force."`
	To           *Field `yaml:"in_force_to" record:"procedure" holds:"date" doc:"Last day in force."`
	// observation
	Measure *Field  `yaml:"measure" record:"observation" needed:"true" doc:"The measure's id."`
	Day     *Field  `yaml:"day" record:"observation" needed:"true" holds:"date" doc:"Its day."`
	Value   *Field  `yaml:"value" record:"observation" needed:"true" holds:"number" doc:"The number."`
	Totals  []Total `yaml:"totals" record:"observation" doc:"Where one row holds several totals: each of them, instead of measure and value."`
}

// Total is one of several totals that a row holds.
type Total struct {
	Column   string   `yaml:"column" required:"true" doc:"The column that holds the number."`
	Measure  string   `yaml:"measure" required:"true" doc:"The measure's id."`
	Number   string   `yaml:"number" allowed:"|vi|en" doc:"How the column writes numbers as text, as in a field."`
	Percent  string   `yaml:"percent" allowed:"|fraction|number" doc:"What 95 % becomes, as in a field."`
	Empty    []string `yaml:"empty" doc:"Texts that mean that there is no total, besides the empty text."`
	Required bool     `yaml:"required" doc:"An empty cell is rejected; otherwise it is no observation."`
	Day      *Field   `yaml:"day" holds:"date" doc:"Its day, where the row's does not hold: {constant: 2026-03-31} for a column of one month."`
	Unit     *Field   `yaml:"unit" doc:"Its unit, where the row's does not hold: {constant: cuc_hoa_chat} for a column of one unit."`
}

// Field says where one field comes from.
type Field struct {
	Column    string      `yaml:"column" doc:"The column's name, or list[].member for what the entries of a list hold (see lists)."`
	Columns   []string    `yaml:"columns" doc:"Several columns: the first that is not empty counts."`
	Optional  []string    `yaml:"optional" doc:"Which of the columns the source may lack: they are empty then. Any other that is missing fails the read."`
	Constant  string      `yaml:"constant" doc:"A value for every row. For outcome: for every row that has an end date."`
	ByOutcome []ByOutcome `yaml:"by_outcome" doc:"Only for received, due and finished: other columns for the dossiers of one outcome."`
	Layouts   []string    `yaml:"layouts" check:"layout_or_period" doc:"The layouts of a date given as text, tried in order. Without any: yyyy-MM-dd HH:mm:ss, yyyy-MM-dd, rfc3339."`
	Period    string      `yaml:"period" allowed:"|month|year" doc:"Only for the day of an observation: the date names a month or a year, and the last day of it counts, by periods.cut_off. Its layouts may lack what it does not name: MM/yyyy, yyyy. Without any: yyyy-MM and M/yyyy too, for a year yyyy."`
	Values    []ValueMap  `yaml:"values" doc:"What each value means; a value that is not listed is rejected."`
	Above     string      `yaml:"above" check:"number" doc:"Only for a yes-or-no field: yes where the number in the column is larger, else no."`
	Number    string      `yaml:"number" allowed:"|vi|en" doc:"How a number given as text is written: vi is 1.234,5 and en is 1,234.5; spaces may part the thousands. Without it whatever can be read in one way only is read, and 1.234 or 1,234 is rejected."`
	Percent   string      `yaml:"percent" allowed:"|fraction|number" doc:"What a number with a percent sign in a text becomes: 95 % is 0.95 as a fraction and 95 as a number. Without it such a text is rejected. A cell of Excel that shows 95 % holds 0.95."`
	Empty     []string    `yaml:"empty" doc:"Texts that mean that there is no value, besides the empty text."`
	Required  bool        `yaml:"required" doc:"A row without it is rejected; id, procedure, channel and received always are required."`
}

// ByOutcome names the columns of a date for the dossiers of one outcome.
type ByOutcome struct {
	Outcome string   `yaml:"outcome" allowed:"|settled|refused|withdrawn|stopped" doc:"The outcome; empty: open dossiers."`
	Columns []string `yaml:"columns" required:"true" doc:"The columns: the first that is not empty counts."`
}

// ValueMap maps one value; values of data never are YAML keys.
type ValueMap struct {
	From  string `yaml:"from" doc:"The text in the column."`
	To    string `yaml:"to" doc:"What it means; empty for none."`
	Skip  bool   `yaml:"skip" doc:"A row with this value is no record, or none yet: it is passed over and counted as skipped."`
	Waits bool   `yaml:"waits" doc:"Only for outcome: an open dossier with this value waits for the applicant. Where its pauses say otherwise, or those of one without it, it is taken with a warning."`
}
