package config

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"unicode/utf8"
)

// File is a report file.
type File struct {
	Path         string     `yaml:"path" path:"true" doc:"A path or a glob; a relative path starts at the configuration file's folder."`
	URL          string     `yaml:"url" check:"url" doc:"The report's address, http or https, instead of path. It is asked for only where it may have changed."`
	Format       string     `yaml:"format" default:"csv" allowed:"csv|xlsx" doc:"csv, or xlsx for Excel workbooks (.xlsx, .xlsm), whose macros are never run."`
	Form         string     `yaml:"form" allowed:"|ii06a" doc:"The report is of this form, ii06a being II.06a/VPCP/KSTT of Circular 01/2020: its table, period and sums are known, and mapping may have unit only. Empty: a plain table."`
	PeriodEnd    string     `yaml:"period_end" check:"day" doc:"Only with form: the last day of the report's period, where its titles do not say it."`
	Encoding     string     `yaml:"encoding" default:"auto" allowed:"auto|utf-8|utf-16|windows-1258|tcvn3|vni" doc:"auto knows UTF-8 and UTF-16 by their marks and takes UTF-8 otherwise. tcvn3 is ABC (fonts .Vn…), vni is VNI-Windows; a row that is not UTF-8 says in which of them it reads as Vietnamese."`
	Quotes       string     `yaml:"quotes" default:"csv" allowed:"csv|none" doc:"csv: cells may be in quotes, as RFC 4180 has it. none: a quote is a letter like any other, as in files of programs that do not know quotes."`
	Separator    string     `yaml:"separator" default:"," check:"separator" doc:"One character between the cells; \\t for a tab. A first line such as sep=; in the file itself counts instead, and is no line of header_row."`
	RowWidth     string     `yaml:"row_width" default:"exact" allowed:"exact|loose" doc:"Only with format csv: exact rejects a row with more or fewer cells than the header. loose: cells that are missing at its end are empty, and surplus empty ones do not count."`
	HeaderRow    int        `yaml:"header_row" default:"1" check:"positive" doc:"The line, or the row of the sheet, that holds the column names."`
	Sheet        string     `yaml:"sheet" doc:"Only with format xlsx: the sheet's name, or its number among the visible ones; empty: the first visible one. A glob such as * or Tháng *: each visible sheet that it fits and that is not empty, one after the other, each with its own header."`
	HeaderRows   int        `yaml:"header_rows" default:"1" allowed:"1|2|3|4" doc:"Only with format xlsx: how many rows, from header_row on, make up the column names; two rows join as upper / lower."`
	MaxRows      int64      `yaml:"max_rows" default:"1048576" check:"positive" doc:"Only with format xlsx: a sheet with more rows is not read."`
	MaxUnzipped  int64      `yaml:"max_unzipped_bytes" default:"536870912" check:"positive" doc:"Only with format xlsx: a workbook that unpacks to more is not read."`
	MaxRow       int        `yaml:"max_row_bytes" default:"1048576" check:"positive" doc:"A row with more text is rejected."`
	Texts        []FileText `yaml:"texts" doc:"Columns to add from texts beside the table, such as the month in the file's name."`
	Change       string     `yaml:"change_column" doc:"The column whose later value wins where a dossier has several rows; it may be one of texts, so that the later file or sheet wins."`
	ChangeLayout string     `yaml:"change_layout" default:"rfc3339" check:"layout_or_number" doc:"The layout of the change column, which may lack the day or the month: yyyy-MM, yyyy; number for a version number."`
	HTTP         `yaml:",inline"`
}

// FileText is a column that a text beside the table fills, the same for each row.
type FileText struct {
	Column  string `yaml:"column" required:"true" doc:"The column's name."`
	From    string `yaml:"from" required:"true" allowed:"file_name|sheet|titles" doc:"file_name: the name of the file, without its folder. sheet: that of the sheet. titles: the lines above the header."`
	Pattern string `yaml:"pattern" check:"pattern" doc:"A regular expression: its first group, or all that it matches, is the text; empty: the whole text."`
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
	if _, err := filepath.Match(f.Path, ""); err != nil && !j.isWrong(under(key, "path")) {
		j.mistake(under(key, "path"), "%s is no valid glob; close the bracket, or put a \\ before it", quote(f.Path))
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
	f.checkTexts(j, key)
	formats := map[string]string{"encoding": "csv", "separator": "csv", "quotes": "csv", "row_width": "csv", "sheet": "xlsx", "header_rows": "xlsx", "max_rows": "xlsx", "max_unzipped_bytes": "xlsx"}
	checkBound(j, key, reflect.ValueOf(f).Elem(), "format", f.Format, formats)
}

// checkTexts wants each added column to have a name of its own, and a source that the format has.
func (f *File) checkTexts(j *journal, key string) {
	first := map[string]int{}
	for i, text := range f.Texts {
		inner := entry(under(key, "texts"), i)
		if at, twice := first[text.Column]; twice && text.Column != "" {
			j.mistake(under(inner, "column"), "%s is added already (%s); give each column its own name", quote(text.Column), j.line(entry(under(key, "texts"), at)))
		}
		first[text.Column] = i
		switch {
		case text.From == "sheet" && f.Format != "xlsx" && !j.isWrong(under(key, "format")):
			j.mistake(under(inner, "from"), "is for format xlsx: a CSV file has no sheets; take file_name or titles")
		case text.From == "titles" && f.HeaderRow == 1 && f.Form == "":
			j.mistake(under(inner, "from"), "are the lines above the header, and header_row is 1; write in which row the column names stand")
		}
	}
}

func checkSeparator(text string) string {
	if text == `\t` || utf8.RuneCountInString(text) == 1 && !strings.ContainsAny(text, "\"\r\n\uFFFD") {
		return ""
	}
	return fmt.Sprintf("%s cannot separate cells; write one character, for example ; or \\t for a tab", quote(text))
}
