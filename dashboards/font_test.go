package dashboards_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// font has the widths of letters in thousandths of the size of the type, of Grafana's own font.
type font map[rune]float64

// strange is the width of a letter that the font does not have: browsers take it from another one, and none is wider.
const strange = 1000

// fonts are Inter as cells have it, and the heavier one of heads. The file has a line for each pair of widths.
var fonts = sync.OnceValue(func() (list [2]font) {
	text, err := os.ReadFile("testdata/inter-widths.txt")
	if err != nil {
		panic(err)
	}
	list = [2]font{{}, {}}
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimRight(line, "\n"), " ", 3)
		for i := range list {
			width, err := strconv.ParseFloat(parts[i], 64)
			if err != nil {
				panic(err)
			}
			for _, letter := range parts[2] {
				list[i][letter] = width
			}
		}
	}
	return list
})

// of returns how many pixels a text of so many pixels high type is wide.
func (f font) of(text string, size float64) (pixels float64) {
	for _, letter := range text {
		width, known := f[letter]
		if !known {
			width = strange
		}
		pixels += width * size / 1000
	}
	return pixels
}

const (
	cellSize    = 14 // pixels of the type in tables
	cellPadding = 12 // left and right of a cell's text
)

// words returns the words that a column of a table may show in the place of numbers: those of its mappings, or of the table's.
func (p *panel) words(column string) (list []string) {
	mappings := slices.Clone(p.FieldConfig.Defaults.Mappings)
	for _, o := range p.FieldConfig.Overrides {
		if o.Matcher.Options == column {
			o.of("mappings", &mappings)
		}
	}
	for _, m := range mappings {
		switch m.Type {
		case "value":
			var each map[string]struct{ Text string }
			if json.Unmarshal(m.Options, &each) == nil {
				for _, one := range each {
					list = append(list, one.Text)
				}
			}
		case "special":
			var one struct{ Result struct{ Text string } }
			if json.Unmarshal(m.Options, &one) == nil {
				list = append(list, one.Result.Text)
			}
		}
	}
	return list
}

// narrow says which coloured column would cut a word off: what is left of "not met" may read as met.
func (p *panel) narrow() (problems []string) {
	if p.Type != "table" {
		return nil
	}
	for _, c := range p.laidOut() {
		if !p.coloured(c.name) {
			continue
		}
		for _, word := range p.words(c.name) {
			if need := fonts()[0].of(word, cellSize) + cellPadding; need > c.width {
				problems = append(problems, fmt.Sprintf("%q needs %.0f px, the column %q has %.0f", word, need, c.title, c.width))
			}
		}
	}
	return problems
}

func (p *panel) coloured(column string) bool {
	for _, o := range p.FieldConfig.Overrides {
		var mode string
		if o.Matcher.Options == column && o.of("custom.displayMode", &mode) {
			return strings.HasPrefix(mode, "color-")
		}
	}
	return false
}

func TestTextsAreMeasured(t *testing.T) {
	for text, want := range map[string]float64{"": 0, "Đạt": 22.5, "✕ Chưa đạt": 77, "🏛": 14} {
		if got := fonts()[0].of(text, cellSize); got < want-1.5 || got > want+1.5 {
			t.Errorf("%q is %.1f px wide, want %.0f", text, got, want)
		}
	}
}
