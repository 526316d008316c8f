package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// table is a result for people (aligned columns), for spreadsheets (CSV) and for programs (JSON).
type table struct {
	columns []string     // for people and for CSV
	numeric []bool       // columns aligned to the right
	shorten map[int]bool // columns of fractions, of which people see four digits
	rows    [][]string
	records any // the same as values, for JSON
}

// formatFlag declares --format.
func formatFlag(c *cobra.Command) *string {
	return c.Flags().String("format", "table", "table for people; json or csv for machines.")
}

func (t *table) print(to io.Writer, format string) error {
	switch format {
	case "json":
		encoder := json.NewEncoder(to)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(t.records)
	case "csv":
		w := csv.NewWriter(to)
		if err := w.WriteAll(append([][]string{t.columns}, t.rows...)); err != nil {
			return err
		}
		return w.Error()
	case "table":
		return t.align(to)
	}
	return checkFormat(format)
}

// checkFormat reports whether a format is known.
func checkFormat(format string) error {
	if format == "table" || format == "json" || format == "csv" {
		return nil
	}
	return fmt.Errorf("--format %q is not known: allowed are table, json and csv", format)
}

// align pads the columns; numbers stand to the right.
func (t *table) align(to io.Writer) error {
	t.round()
	lines := append([][]string{t.columns}, t.rows...)
	width := make([]int, len(t.columns))
	for _, cells := range lines {
		for i, cell := range cells {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	var out strings.Builder
	for _, cells := range lines {
		var line strings.Builder
		for i, cell := range cells {
			padding := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i < len(t.numeric) && t.numeric[i] {
				line.WriteString(padding + cell + "  ")
			} else {
				line.WriteString(cell + padding + "  ")
			}
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(to, out.String())
	return err
}

// round cuts fractions to four digits; machines get all of them.
func (t *table) round() {
	for _, row := range t.rows {
		for i := range t.shorten {
			if v, err := strconv.ParseFloat(row[i], 64); err == nil && v != math.Trunc(v) {
				row[i] = strconv.FormatFloat(v, 'f', 4, 64)
			}
		}
	}
}

// number prints a figure without a tail of rounding.
func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func count(n int64) string { return strconv.FormatInt(n, 10) }
