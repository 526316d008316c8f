package config

import (
	"reflect"
	"time"
)

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
	Rows            Rows          `yaml:"rows" doc:"What is done to the rows before they are mapped."`
	Mapping         Mapping       `yaml:"mapping" doc:"From which column each field comes. It may be missing only with a preset, a form or kind openmetrics."`
}

// Reconcile is the complete read.
type Reconcile struct {
	Schedule  string `yaml:"schedule" default:"30 1 * * *" empty:"true" check:"cron" doc:"When everything is read again; empty: never."`
	Deletions string `yaml:"deletions" default:"apply" allowed:"apply|ignore" doc:"Whether dossiers missing from a complete read are taken out; ignore where the system shows recent ones only."`
}

// checkSources checks each source by itself and that no two have the same name.
func checkSources(j *journal, c *Config, measures []string) {
	ids := unitIDs(c.Units)
	first := map[[2]string]int{}
	for i := range c.Sources {
		s, key := &c.Sources[i], entry("sources", i)
		knownUnit(j, under(key, "unit"), s.Unit, ids)
		if at, twice := first[[2]string{s.Unit, s.ID}]; twice && s.Unit != "" && s.ID != "" {
			j.mistake(under(key, "id"), "unit %s has a source %q already (%s); give each its own id", s.Unit, s.ID, j.line(under(entry("sources", at), "id")))
		} else {
			first[[2]string{s.Unit, s.ID}] = i
		}
		checkBlocks(j, key, s)
		for _, block := range s.blocks() {
			block.check(j, key, s, c)
		}
		checkRows(j, under(key, "rows"), &s.Rows)
		inner := under(key, "mapping")
		if known := s.knownRows(); known != nil {
			checkKnownRows(j, key, s, known)
			if s.Mapping.Unit != nil && !j.isWrong(under(inner, "unit")) {
				m := mapped{journal: j, key: inner, record: s.Record, units: ids, measures: measures}
				m.field(under(inner, "unit"), "unit", s.Mapping.Unit, "")
			}
			continue
		}
		if s.Preset == "" && !j.given(inner) && !j.isWrong(inner) && !j.isWrong(under(key, "preset")) && !j.isWrong(under(under(key, "file"), "form")) {
			j.mistake(inner, "is missing; from which column each field comes")
			continue
		}
		if s.Preset != "" && s.Record != "dossier" && !j.isWrong(under(key, "record")) {
			j.mistake(under(key, "preset"), "%s is for record: dossier; take it out, or take record out", s.Preset)
			continue
		}
		if !j.isWrong(under(key, "record")) && !j.isWrong(inner) && !j.isWrong(under(key, "preset")) {
			m := mapped{journal: j, key: under(key, "mapping"), record: s.Record, units: ids, measures: measures}
			m.check(&s.Mapping)
		}
	}
}

// checkBound wants each key that is bound to one choice only with that choice.
func checkBound(j *journal, key string, v reflect.Value, chooser, chosen string, bound map[string]string) {
	for _, f := range fieldsOf(v.Type()) {
		choice, is := bound[f.key]
		if !is || choice == chosen || j.isWrong(under(key, chooser)) || j.isWrong(under(key, f.key)) || !j.given(under(key, f.key)) {
			continue
		}
		// A default that is written out, as the page with the settings does, does no harm.
		if !f.isDefault(v.FieldByIndex(f.Index)) {
			j.mistake(under(key, f.key), "is for %s %s only; take it out, or write %s: %s", chooser, choice, chooser, choice)
		}
	}
}
