package config

import (
	"time"

	"kpiagent/internal/kpi"
)

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

// check holds the settings against each other. A setting that has a mistake of its own is left alone, so that nothing
// that merely follows from it is reported.
func check(j *journal, c *Config) {
	checkUnits(j, c.Units)
	checkProcedures(j, c)
	measures := checkMeasures(j, c.Measures)
	checkSources(j, c, measures)
	checkNetwork(j, c)
	checkGrafana(j, c)
	checkRemoteWrite(j, c)
	checkAlerts(j, c)
	catalogue := checkKPIs(j, c, measures)
	checkTargets(j, c, catalogue)
	checkCalendar(j, c.Calendar)
	checkWeb(j, c.Web)
}

// checkWeb wants passwords for users who are named.
func checkWeb(j *journal, w Web) {
	for i, name := range w.RawRowsFor {
		if name != "*" && w.ConfigFile == "" && !j.isWrong("web.config_file") {
			j.mistake(entry("web.raw_rows_for", i), "%s is a user, but there are no users without web.config_file: set it to a file with basic_auth_users, or write \"*\" to show the rows to everybody who can reach the pages", quote(name))
		}
	}
}
