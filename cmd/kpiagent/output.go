package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"

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
	return fmt.Errorf("--format %q is not known: allowed are table, json and csv", format)
}

// align pads the columns; numbers stand to the right.
func (t *table) align(to io.Writer) error {
	t.round()
	width := make([]int, len(t.columns))
	for _, row := range append([][]string{t.columns}, t.rows...) {
		for i, cell := range row {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.StripEscape)
	for _, row := range append([][]string{t.columns}, t.rows...) {
		cells := make([]string, len(row))
		for i, cell := range row {
			if i < len(t.numeric) && t.numeric[i] {
				cell = strings.Repeat(" ", width[i]-len([]rune(cell))) + cell
			}
			cells[i] = cell
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(strings.Join(cells, "\t"), " ")); err != nil {
			return err
		}
	}
	return w.Flush()
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
