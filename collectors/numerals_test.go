package collectors

import (
	"math"
	"strings"
	"testing"

	"kpiagent/config"
)

func TestNumbersAsTextAreReadExactlyOrRejected(t *testing.T) {
	none := math.NaN()
	for _, test := range []struct {
		text                string
		unambiguous, vi, en float64 // NaN where it is rejected
	}{
		{"0", 0, 0, 0},
		{"1234", 1234, 1234, 1234},
		{"-5", -5, -5, -5},
		{"−5", -5, -5, -5}, // the minus sign of typesetters
		{"1.234", none, 1234, 1.234},
		{"1,234", none, 1.234, 1234},
		{"-1.234", none, -1234, -1.234},
		{"1.234,5", 1234.5, 1234.5, none},
		{"1,234.5", 1234.5, none, 1234.5},
		{"1.234.567", 1234567, 1234567, none},
		{"1,234,567", 1234567, none, 1234567},
		{"1.234.567,891", 1234567.891, 1234567.891, none},
		{"12,5", 12.5, 12.5, none},
		{"12.5", 12.5, none, 12.5},
		{"0.125", 0.125, none, 0.125}, // no thousands begin with 0
		{"0,125", 0.125, 0.125, none},
		{"1234.567", 1234.567, none, 1234.567},
		{"1234,567", 1234.567, 1234.567, none},
		{".5", 0.5, none, 0.5},
		{"12 345", 12345, 12345, 12345},
		{"12\u00a0345", 12345, 12345, 12345},
		{"1\u202f234\u202f567,5", 1234567.5, 1234567.5, none},
		{"12 345.678", 12345.678, none, 12345.678},
		{"9007199254740993", 9007199254740992, 9007199254740992, 9007199254740992},
		{"1.5e3", 1500, none, 1500},
		{"1.234e3", 1234, none, 1234},
		{"1 2", none, none, none},
		{"12 34", none, none, none},
		{"1.23.4", none, none, none},
		{"1.234,567,8", none, none, none},
		{"1,234.567.8", none, none, none},
		{"1.234 567", none, none, none},
		{"5.", none, none, none},
		{".", none, none, none},
		{"-", none, none, none},
		{"1-2", none, none, none},
		{"(5)", none, none, none},
		{"12 hồ sơ", none, none, none},
		{"95 %", none, none, none},
		{"NaN", none, none, none},
		{"Inf", none, none, none},
		{"0x10", none, none, none},
		{"1_000", none, none, none},
		{"1e999", none, none, none},
		{"٣", none, none, none},
	} {
		for number, want := range map[string]float64{"": test.unambiguous, "vi": test.vi, "en": test.en} {
			got, wrong := numeralsOf(&config.Field{Number: number}).parse(test.text)
			if math.IsNaN(want) != (wrong != "") || wrong == "" && got != want {
				t.Errorf("number %q reads %q as %v (%s), want %v", number, test.text, got, wrong, want)
			}
		}
	}
}

func TestPercent(t *testing.T) {
	for _, test := range []struct {
		text             string
		fraction, number float64
	}{
		{"95 %", 0.95, 95}, {"95%", 0.95, 95}, {"1,1 %", 0.011, 1.1}, {"-12.25\u00a0%", -0.1225, -12.25}, {"100", 100, 100},
	} {
		for percent, want := range map[string]float64{"fraction": test.fraction, "number": test.number} {
			got, wrong := numerals{percent: percent}.parse(test.text)
			if wrong != "" || got != want {
				t.Errorf("percent: %s reads %q as %v (%s), want %v", percent, test.text, got, wrong, want)
			}
		}
	}
}

func TestAnAmbiguousNumberSaysHowToEndTheDoubt(t *testing.T) {
	for text, want := range map[string]string{
		"12.345": "may be 12345 or 12.345; write number: vi beside the column where numbers look like 1.234,5, number: en where they look like 1,234.5",
		"95 %":   "has a percent sign; write percent: fraction beside the column where 95 % is 0.95, percent: number where it is 95",
		"mười":   "is not a number such as 12.5",
	} {
		if _, wrong := (numerals{}).parse(text); wrong != want {
			t.Errorf("%q: %s", text, wrong)
		}
	}
}

// What systems give as numbers has no doubt, however many decimals it has; texts of the configuration neither.
func TestNumbersOfMachinesHaveAPoint(t *testing.T) {
	value := Value{Kind: Text, Text: "1.234", Plain: true}
	if got, fault := (cell{Value: &value, text: "1.234"}).number(numerals{point: ','}, 0, 10); got != 1.234 || fault != nil {
		t.Error(got, fault)
	}
	for _, given := range []config.Field{
		{Constant: "1.234"},
		{Column: "a", Values: []config.ValueMap{{From: "khoảng một", To: "1.234"}}},
	} {
		n := newNumber("value", &given, true, 0, 10)
		n.at = []spot{{}}
		if got, fault := n.read(row("khoảng một")); got != 1.234 || fault != nil {
			t.Error(got, fault)
		}
	}
}

func FuzzNumerals(f *testing.F) {
	for _, seed := range []string{"1.234,5", "1,234.5", "95 %", "12\u00a0345", "-0", "1e5", "−.5%", "1.234"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.TrimSpace(text)
		loose, wrong := numerals{}.parse(text)
		vi, wrongVi := numerals{point: ','}.parse(text)
		en, wrongEn := numerals{point: '.'}.parse(text)
		switch {
		case math.IsNaN(loose) || math.IsInf(loose, 0):
			t.Errorf("%q became %v", text, loose)
		case wrong == "" && wrongVi == "" && vi != loose, wrong == "" && wrongEn == "" && en != loose:
			t.Errorf("%q is taken for sure as %v, but vi reads %v and en %v", text, loose, vi, en)
		case wrong == "" && wrongVi != "" && wrongEn != "":
			t.Errorf("%q is %v, but neither vi nor en reads it: %s, %s", text, loose, wrongVi, wrongEn)
		}
	})
}
