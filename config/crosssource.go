package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// since finds the parameter :since, and not PostgreSQL's cast ::since.
var since = regexp.MustCompile(`(^|[^:\w]):since\b`)

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

// Asked returns nothing: a database is not asked over HTTP.
func (s *SQL) Asked() (string, *HTTP) { return "", nil }

// Credentials returns the connection string.
func (s *SQL) Credentials(lookup Lookup, readFile ReadFile) (string, error) {
	return s.DSN(lookup, readFile)
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
}

// checkIncrementalKeys wants no key that belongs to the other type.
func checkIncrementalKeys(j *journal, inner string, inc *Incremental) {
	if inc == nil {
		return
	}
	types := map[string]string{"layout": "time", "overlap": "time", "back": "number"}
	checkBound(j, inner, reflect.ValueOf(inc).Elem(), "type", inc.Type, types)
}

// Asked returns the address of a report that has one, and how it is asked for.
func (f *File) Asked() (string, *HTTP) {
	if f.URL == "" {
		return "", nil
	}
	return f.URL, &f.HTTP
}

func (f *File) rows() *knownRows {
	if f == nil || f.Form == "" {
		return nil
	}
	return &knownRows{record: "observation", who: "a report of form " + f.Form, origin: "the form", unit: "the rows are units",
		noPreset: "stands beside file.form, which brings its own mapping; keep one of them", mapping: mapForm}
}

// check wants one place of the report, the keys of one format only, and nothing that a form knows itself.
func (f *File) check(j *journal, key string, s *Source, _ *Config) {
	defer checkForm(j, key, s)
	key = under(key, "file")
	switch {
	case j.isWrong(under(key, "path")) || j.isWrong(under(key, "url")):
	case f.Path == "" && f.URL == "":
		j.mistake(key, "does not say where the report is; add path (a file, or a glob) or url")
	case f.Path != "" && f.URL != "":
		j.mistake(under(key, "url"), "stands beside path; keep one of them")
	}
	if f.URL != "" {
		checkHTTP(j, key, &f.HTTP)
	} else {
		v := reflect.ValueOf(&f.HTTP).Elem()
		for _, own := range fieldsOf(v.Type()) {
			if inner := under(key, own.key); j.given(inner) && !j.isWrong(inner) && !j.isWrong(under(key, "url")) && !own.isDefault(v.FieldByIndex(own.Index)) {
				j.mistake(inner, "is for reports with a url; take it out, or write url")
			}
		}
	}
	formats := map[string]string{"encoding": "csv", "separator": "csv", "sheet": "xlsx", "header_rows": "xlsx", "max_rows": "xlsx", "max_unzipped_bytes": "xlsx"}
	checkBound(j, key, reflect.ValueOf(f).Elem(), "format", f.Format, formats)
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

// mapped checks the mapping of one source.
type mapped struct {
	*journal
	key             string
	record          string
	units, measures []string
}

func (m *mapped) check(mapping *Mapping) {
	v := reflect.ValueOf(mapping).Elem()
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		name, record := tag.Get("yaml"), tag.Get("record")
		key := under(m.key, name)
		f, _ := v.Field(i).Interface().(*Field)
		switch {
		case m.isWrong(key):
		case f != nil && record != "" && record != m.record:
			m.mistake(key, "is a field of record: %s, and this source has record: %s; %s", record, m.record, suggestField(name, v.Type(), m.record))
		case f == nil && record == m.record && tag.Get("needed") == "true" && !m.replaced(name, mapping):
			m.mistake(m.key, "%s is missing; each %s needs it: %s: {column: ...}", name, m.record, name)
		case f != nil:
			m.field(key, name, f, tag)
		}
	}
	m.totals(mapping)
	if m.record == "dossier" {
		m.together(mapping)
		m.byOutcome(mapping)
	}
}

// suggestField names the fields that the record has.
func suggestField(name string, t reflect.Type, record string) string {
	var names []string
	for i := range t.NumField() {
		if of := t.Field(i).Tag.Get("record"); of == "" || of == record {
			names = append(names, t.Field(i).Tag.Get("yaml"))
		}
	}
	return suggest(name, names)
}

// together checks fields that need or exclude each other.
func (m *mapped) together(given *Mapping) {
	has := func(f *Field) bool { return f != nil }
	switch {
	case has(given.Finished) && !has(given.Outcome) && !m.isWrong(under(m.key, "outcome")):
		m.mistake(under(m.key, "finished"), "is mapped but outcome is not; map it too, or write outcome: {constant: settled} for all that have an end date")
	case has(given.Outcome) && !has(given.Finished) && !m.isWrong(under(m.key, "finished")):
		m.mistake(under(m.key, "outcome"), "is mapped but finished is not; map the end date too")
	}
	if has(given.PausedTo) && !has(given.PausedFrom) && !m.isWrong(under(m.key, "paused_from")) {
		m.mistake(under(m.key, "paused_to"), "is mapped but paused_from is not; map both")
	}
	if has(given.Pauses) && (has(given.PausedFrom) || has(given.PausedTo)) {
		m.mistake(under(m.key, "pauses"), "stands beside paused_from or paused_to; pauses holds them all, keep one way")
	}
}

// byOutcome checks that there is an outcome of each row by which columns can be chosen, and each only once.
func (m *mapped) byOutcome(given *Mapping) {
	for name, f := range map[string]*Field{"received": given.Received, "due": given.Due, "finished": given.Finished} {
		if f == nil || len(f.ByOutcome) == 0 {
			continue
		}
		key := under(under(m.key, name), "by_outcome")
		if given.Outcome == nil || given.Outcome.Constant != "" {
			m.mistake(key, "needs an outcome that comes from a column; map it, or take by_outcome out")
		}
		seen := map[string]bool{}
		for i, c := range f.ByOutcome {
			if seen[c.Outcome] {
				m.mistake(entry(key, i), "the outcome %s stands here already; keep one of them", quote(c.Outcome))
			}
			seen[c.Outcome] = true
		}
	}
}

// field checks where one field comes from and what its values may become.
func (m *mapped) field(key, name string, f *Field, tag reflect.StructTag) {
	var ways []string
	if f.Column != "" {
		ways = append(ways, "column")
	}
	if len(f.Columns) > 0 {
		ways = append(ways, "columns")
	}
	if f.Constant != "" {
		ways = append(ways, "constant")
	}
	bad := m.isWrong(under(key, "column")) || m.isWrong(under(key, "columns")) || m.isWrong(under(key, "constant"))
	if len(ways) == 0 && !bad {
		m.mistake(key, "does not say where it comes from; add one of column, columns, constant")
	}
	if len(ways) > 1 {
		m.mistake(under(key, ways[1]), "stands beside %s; keep one of %s", ways[0], strings.Join(ways, ", "))
	}
	if f.Constant != "" && (name == "id" || name == "code") {
		m.mistake(under(key, "constant"), "would make all rows one %s; name the column", m.record)
	} else if f.Constant != "" {
		m.meaning(under(key, "constant"), name, f.Constant, tag)
		if tag.Get("holds") == "date" {
			m.dateConstant(key, f)
		}
	}
	m.columns(key, name, f, tag)
	holds := tag.Get("holds")
	for _, of := range []struct{ name, value string }{{"number", f.Number}, {"percent", f.Percent}} {
		if of.value != "" && holds != "number" && f.Above == "" && !m.isWrong(under(key, of.name)) {
			m.mistake(under(key, of.name), "is for numbers; %s is none, take it out", name)
		}
	}
	m.period(key, name, f, holds)
	if len(f.Layouts) > 0 && holds != "date" {
		m.mistake(under(key, "layouts"), "is for dates; %s is none, take it out", name)
	} else if len(f.Values) > 0 && holds == "date" {
		m.mistake(under(key, "values"), "cannot be used with a date; write its form under layouts, and texts that mean no date under empty")
		return
	}
	m.values(key, name, f.Values, tag)
}

// columns checks what depends on the kind of field: ways into lists, by_outcome and above.
func (m *mapped) columns(key, name string, f *Field, tag reflect.StructTag) {
	mark := tag.Get("allowed") == "|yes|no"
	dated := name == "received" || name == "due" || name == "finished"
	for _, column := range f.names() {
		if ParseColumn(column).Several() && !mark && !dated && name != "paused_from" && name != "paused_to" {
			m.mistake(key, "%s gives several values and %s takes one; write [0] for the first, [-1] for the last or [#] for how many", quote(column), name)
			break
		}
	}
	for i, name := range f.Optional {
		if !f.has(name) {
			m.mistake(entry(under(key, "optional"), i), "%s is none of the field's columns; write it as there, a list without its way", quote(name))
		}
	}
	if len(f.ByOutcome) > 0 && !dated {
		m.mistake(under(key, "by_outcome"), "is for received, due and finished; %s cannot have it, take it out", name)
	} else if len(f.ByOutcome) > 0 && f.Constant != "" {
		m.mistake(under(key, "by_outcome"), "stands beside constant; keep one of them")
	}
	if f.Above != "" && !mark {
		m.mistake(under(key, "above"), "is for yes-or-no fields; %s is none, take it out", name)
	} else if f.Above != "" && (len(f.Values) > 0 || f.Constant != "") {
		m.mistake(under(key, "above"), "stands beside values or constant; keep one of them")
	}
}

// values checks a value map.
func (m *mapped) values(key, name string, values []ValueMap, tag reflect.StructTag) {
	first := map[string]int{}
	for i, v := range values {
		inner := entry(under(key, "values"), i)
		if m.isWrong(inner) {
			continue
		}
		from := under(inner, "from")
		if !m.given(from) {
			m.mistake(inner, "from is missing; write the text in the column, in quotes where it is null or empty")
			continue
		}
		text := strings.TrimSpace(v.From)
		if at, twice := first[text]; twice {
			m.mistake(from, "%s stands here already (%s); keep one of them", quote(text), m.line(under(entry(under(key, "values"), at), "from")))
		} else {
			first[text] = i
		}
		if v.Waits && (name != "outcome" || v.To != "" || v.Skip) && !m.isWrong(under(inner, "waits")) {
			m.mistake(under(inner, "waits"), "is for open dossiers, of outcome with an empty to; take it out")
		}
		switch to := under(inner, "to"); {
		case m.isWrong(to):
		case v.Skip && v.To != "":
			m.mistake(to, "says what the value means, but skip passes its rows over; keep one of them")
		case !v.Skip:
			m.meaning(to, name, v.To, tag)
		}
	}
}

// meaning checks a value that a row would get.
func (m *mapped) meaning(key, name, text string, tag reflect.StructTag) {
	allowed, listed := tag.Lookup("allowed")
	options := strings.Split(allowed, "|")
	switch {
	case listed && slices.Contains(options, text):
	case listed && text == "":
		m.mistake(key, "is empty, and each %s without %s is rejected; use %s", m.record, name, oneOf(options))
	case listed:
		m.mistake(key, "%s is not allowed for %s; use %s", quote(text), name, oneOf(options))
	case text == "":
	case tag.Get("holds") == "number":
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			m.mistake(key, "%s is not a number; write it as 12.5", quote(text))
		}
	case name == "unit":
		knownUnit(m.journal, key, text, m.units)
	case name == "measure" && !slices.Contains(m.measures, text):
		hint := fmt.Sprintf("declare it: measures: [{id: %s, kind: flow}]", text)
		if nearest(text, m.measures) != "" {
			hint = suggest(text, m.measures)
		}
		m.mistake(key, "%s is not a declared measure; %s", quote(text), hint)
	}
}
