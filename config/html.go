package config

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html/charset"
)

// HTML is a web page with tables.
type HTML struct {
	URL         string     `yaml:"url" required:"true" check:"url" doc:"The address of the page, http or https."`
	Table       string     `yaml:"table" default:"table" check:"css" doc:"CSS selector: the table, or what it stands in."`
	Tables      string     `yaml:"tables" default:"one" allowed:"one|all" doc:"one: the selector has to match one table; all: the rows of every table that it matches are read, each with its own header."`
	HeaderRow   int        `yaml:"header_row" default:"1" check:"positive" doc:"The row of the table with the column names."`
	HeaderRows  int        `yaml:"header_rows" default:"0" allowed:"0|1|2|3|4" doc:"How many rows, from header_row on, make up the column names; two rows join as upper / lower. 0: those in thead, without one those of th cells only, else one."`
	Rows        string     `yaml:"rows" default:"tbody tr" check:"css" doc:"CSS selector: which rows below the header are read. A table without tbody has one all the same; rows of tfoot are sums."`
	Ignore      string     `yaml:"ignore" check:"css" doc:"CSS selector: rows and parts of cells that do not count, such as tr.total or sup."`
	IgnoreRows  []string   `yaml:"ignore_rows_with" doc:"Rows whose first text begins so do not count, such as Tổng cộng; upper and lower case are the same. The same as a rule of rows.skip with begins_with."`
	GroupColumn string     `yaml:"group_column" doc:"The name of a column to add: the text of the last row above that is one cell across the whole table."`
	Texts       []PageText `yaml:"texts" doc:"Columns to add from texts beside the table, such as the day of the figures."`
	DayColumn   string     `yaml:"day_column" doc:"The name of a column to add: the day of the reading, for a page that shows the present without a date. What earlier days showed then stays."`
	Encoding    string     `yaml:"encoding" default:"auto" check:"encoding" doc:"auto takes what the page says of itself, and UTF-8 where it says nothing."`
	MaxCells    int        `yaml:"max_cells" default:"200000" check:"positive" doc:"A page with more cells is not read."`
	HTTP        `yaml:",inline"`
}

// PageText is a column that a text of the page fills, the same for each row.
type PageText struct {
	Column  string `yaml:"column" required:"true" doc:"The column's name."`
	Select  string `yaml:"select" required:"true" check:"css" doc:"CSS selector: the element with the text; the first one counts."`
	Pattern string `yaml:"pattern" check:"pattern" doc:"A regular expression: its first group, or all that it matches, is the text; empty: the whole text."`
}

// Asked returns the page's address, and how it is asked for.
func (h *HTML) Asked() (string, *HTTP) { return h.URL, &h.HTTP }

func (h *HTML) rows() *knownRows { return nil }

func (h *HTML) check(j *journal, key string, _ *Source, _ *Config) {
	key = under(key, "html")
	names := []string{h.GroupColumn, h.DayColumn}
	for i, text := range h.Texts {
		if text.Column != "" && slices.Contains(names, text.Column) {
			j.mistake(under(entry(under(key, "texts"), i), "column"), "%s is added already; give each column its own name", quote(text.Column))
		}
		names = append(names, text.Column)
	}
	if h.DayColumn != "" && h.DayColumn == h.GroupColumn {
		j.mistake(under(key, "day_column"), "%s is group_column already; give each column its own name", quote(h.DayColumn))
	}
	checkHTTP(j, key, &h.HTTP)
}

func checkCSS(text string) string {
	if _, err := cascadia.ParseGroup(text); err != nil {
		return fmt.Sprintf("%s is not a CSS selector: %v; write for example table#thong-ke, .bao-cao table or tr.tong", quote(text), err)
	}
	return ""
}

func checkPattern(text string) string {
	if _, err := regexp.Compile(text); err != nil {
		return fmt.Sprintf("%s is not a regular expression: %v; write for example (\\d+/\\d+/\\d+)", quote(text), err)
	}
	return ""
}

func checkEncoding(text string) string {
	if text == "auto" {
		return ""
	}
	if found, _ := charset.Lookup(text); found == nil {
		return quote(text) + " is not an encoding of web pages; write for example windows-1258, or auto"
	}
	return ""
}
