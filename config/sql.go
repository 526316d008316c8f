package config

import (
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"kpiagent/config/layout"
)

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

// since finds the parameter :since, and not PostgreSQL's cast ::since.
var since = regexp.MustCompile(`(^|[^:\w]):since\b`)

// Asked returns nothing: a database is not asked over HTTP.
func (s *SQL) Asked() (string, *HTTP) { return "", nil }

// Credentials returns the connection string.
func (s *SQL) Credentials(lookup Lookup, readFile ReadFile) (string, error) {
	return s.DSN(lookup, readFile)
}

// DSN returns the connection string, read at each call, so that a rotated secret is picked up. lookup is os.LookupEnv and
// readFile is os.ReadFile outside of tests. One line end after it is cut off. With path it is the database file's path.
// Errors name the variable or file, never what it holds.
func (s SQL) DSN(lookup func(string) (string, bool), readFile func(string) ([]byte, error)) (string, error) {
	switch {
	case s.DSNEnv != "" || s.DSNFile != "":
		return secret{name: "dsn", what: "the connection string", env: s.DSNEnv, file: s.DSNFile}.read(lookup, readFile)
	case s.Path != "":
		return s.Path, nil
	}
	return "", errors.New("no connection string is configured; set dsn_env or dsn_file")
}

func (s *SQL) rows() *knownRows { return nil }

func (s *SQL) check(j *journal, key string, _ *Source, _ *Config) {
	key = under(key, "sql")
	var given []string
	for _, way := range []struct{ name, value string }{{"dsn_env", s.DSNEnv}, {"dsn_file", s.DSNFile}, {"path", s.Path}} {
		if way.value != "" {
			given = append(given, way.name)
		}
	}
	bad := j.isWrong(under(key, "dsn_env")) || j.isWrong(under(key, "dsn_file")) || j.isWrong(under(key, "path")) || j.isWrong(under(key, "dsn"))
	allowed := "dsn_env (the environment variable that holds the connection string) or dsn_file (the file that does)"
	if s.Driver == "sqlite" {
		allowed += ", or path (the database file)"
	}
	switch {
	case slices.Contains(given, "path") && s.Driver != "" && s.Driver != "sqlite":
		j.mistake(under(key, "path"), "is for driver sqlite only; use %s", allowed)
	case bad:
	case len(given) == 0:
		j.mistake(key, "does not say where the database is; add %s", allowed)
	case len(given) > 1:
		j.mistake(under(key, given[1]), "stands beside %s; keep one of %s", given[0], strings.Join(given, ", "))
	}
	checkIncremental(j, key, s)
}

func checkIncremental(j *journal, key string, s *SQL) {
	query, full := under(key, "query"), under(key, "full_query")
	uses := since.MatchString(s.Query)
	switch {
	case s.Query == "" || j.isWrong(under(key, "incremental")):
	case s.Incremental != nil && !uses:
		j.mistake(query, "does not use :since although incremental is set; add for example: where updated_at >= :since, or take incremental out")
	case s.Incremental == nil && uses:
		j.mistake(query, "uses :since but incremental is missing; add incremental: {column: the column that grows with each change}")
	}
	if since.MatchString(s.FullQuery) {
		j.mistake(full, "reads everything and has no :since; take it out")
	}
	checkIncrementalKeys(j, under(key, "incremental"), s.Incremental)
	checkComparable(j, under(key, "incremental.layout"), s.Incremental)
}

// checkComparable wants a layout in which a database can compare times.
func checkComparable(j *journal, key string, inc *Incremental) {
	if inc == nil || inc.Type == "number" || j.isWrong(key) {
		return
	}
	switch inc.Layout {
	case "", layout.ISO, layout.Unix, layout.UnixMillis:
		return
	}
	if l, err := layout.Parse(inc.Layout); err == nil && !l.Sorted() {
		j.mistake(key, "%s cannot be compared by a database; texts have to begin with the year and end with the seconds, such as yyyy-MM-dd HH:mm:ss", quote(inc.Layout))
	}
}

// checkIncrementalKeys wants no key that belongs to the other type.
func checkIncrementalKeys(j *journal, inner string, inc *Incremental) {
	if inc == nil {
		return
	}
	types := map[string]string{"layout": "time", "overlap": "time", "back": "number"}
	checkBound(j, inner, reflect.ValueOf(inc).Elem(), "type", inc.Type, types)
}
