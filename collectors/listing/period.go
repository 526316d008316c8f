package listing

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kpiagent/internal/kpi"
)

// How titles write the period, in plain letters.
var (
	fullDate  = regexp.MustCompile(`(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})|(\d{1,2}) thang (\d{1,2}) nam (\d{4})`)
	untilDate = regexp.MustCompile(`den(?: het)?(?: ngay)?:?$|[-–]$`)
	month     = regexp.MustCompile(`\bthang (\d{1,2})(?: nam | ?[/-] ?)(\d{4})\b`)
	quarter   = regexp.MustCompile(`\bquy (i{1,3}|iv|[1-4])(?:,? nam | ?[/-] ?)(\d{4})\b`)
	half      = regexp.MustCompile(`\b(?:6|06|sau) thang (dau|cuoi) nam (\d{4})\b`)
	months    = regexp.MustCompile(`\b(\d{1,2}) thang (?:dau )?nam (\d{4})\b`) // of the year so far: its last month ends them
	year      = regexp.MustCompile(`\b(?:ky bao cao|bao cao)\b.*\bnam (\d{4})\b|^\(?nam (\d{4})\)?$`)
)

var halves = map[string]int{"dau": 1, "cuoi": 2}

var quarterNumbers = map[string]int{"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4}

// Short forms, which count where nothing else is named: in names of files and in columns.
var (
	monthFirst   = regexp.MustCompile(`(?:^|[^\d/.-])t?(\d{1,2}) ?[-/. ] ?(\d{4})(?:[^\d/]|$)`)  // 03-2026, T3.2026
	yearFirst    = regexp.MustCompile(`(?:^|\D)(\d{4}) ?[-/. ] ?t?(\d{1,2})(?:[^\d/.-]|\.\D|$)`) // 2026-03
	shortQuarter = regexp.MustCompile(`\bq(?:uy)? ?(i{1,3}|iv|[1-4])[ ,/.-]+(?:nam )?(\d{4})\b`)
	lastQuarter  = regexp.MustCompile(`\b(\d{4})[ /.-]*q(?:uy)? ?(i{1,3}|iv|[1-4])\b`)
)

// PeriodEnd reads the last day of the period that texts name: the day up to which they say that they reach, else the month, the
// quarter, the half or the whole year. The error goes on a sentence that ends in "names".
func PeriodEnd(texts []string, cutOff kpi.CutOff) (kpi.Day, error) {
	return periodEnd(texts, cutOff, false)
}

// ShortPeriodEnd is PeriodEnd for one text that is not a title: 2026-03, T3.2026 and Q2-2026 name periods, too.
func ShortPeriodEnd(text string, cutOff kpi.CutOff) (kpi.Day, error) {
	return periodEnd([]string{text}, cutOff, true)
}

func periodEnd(texts []string, cutOff kpi.CutOff, short bool) (kpi.Day, error) {
	var found [5][]string // the days; then the labels of periods, the short ones first
	for _, text := range texts {
		until, rest, err := cutDates(Plain(strings.ReplaceAll(text, "_", " ")))
		if err != nil {
			return 0, err
		}
		found[0] = append(found[0], until...)
		for _, m := range month.FindAllStringSubmatch(rest, -1) {
			found[1] = append(found[1], fmt.Sprintf("%s-%02s", m[2], m[1]))
		}
		for _, m := range months.FindAllStringSubmatch(rest, -1) {
			found[1] = append(found[1], fmt.Sprintf("%s-%02s", m[2], m[1]))
		}
		for _, m := range quarter.FindAllStringSubmatch(rest, -1) {
			found[2] = append(found[2], fmt.Sprintf("%s-Q%d", m[2], quarterNumbers[m[1]]))
		}
		for _, m := range half.FindAllStringSubmatch(rest, -1) {
			found[3] = append(found[3], fmt.Sprintf("%s-H%d", m[2], halves[m[1]]))
		}
		for _, m := range year.FindAllStringSubmatch(rest, -1) {
			found[4] = append(found[4], m[1]+m[2])
		}
	}
	if short && !slices.ContainsFunc(found[:], func(labels []string) bool { return len(labels) > 0 }) {
		found[1], found[2] = shortForms(texts)
	}
	for _, labels := range found {
		slices.Sort(labels)
		switch labels = slices.Compact(labels); len(labels) {
		case 0:
		case 1:
			period, err := kpi.ParsePeriod(labels[0], 0, cutOff)
			if err != nil {
				return 0, fmt.Errorf("the period %s, which there is not", labels[0])
			}
			return period.To, nil
		default:
			return 0, fmt.Errorf("several periods: %s", strings.Join(labels, ", "))
		}
	}
	return 0, errNoPeriod
}

var errNoPeriod = errors.New(`no period, such as "Từ ngày 15/12/2025 đến ngày 14/01/2026", "Tháng 3 năm 2026" or "Quý I năm 2026"`)

// shortForms returns the labels of the months and quarters that texts name in short.
func shortForms(texts []string) (months, quarters []string) {
	for _, text := range texts {
		text = Plain(strings.ReplaceAll(text, "_", " "))
		for _, m := range shortQuarter.FindAllStringSubmatch(text, -1) {
			quarters = append(quarters, fmt.Sprintf("%s-Q%d", m[2], quarterNumbers[m[1]]))
		}
		for _, m := range lastQuarter.FindAllStringSubmatch(text, -1) {
			quarters = append(quarters, fmt.Sprintf("%s-Q%d", m[1], quarterNumbers[m[2]]))
		}
		if len(quarters) > 0 {
			continue
		}
		for _, m := range yearFirst.FindAllStringSubmatch(text, -1) {
			months = append(months, fmt.Sprintf("%s-%02s", m[1], m[2]))
		}
		for _, m := range monthFirst.FindAllStringSubmatch(text, -1) {
			months = append(months, fmt.Sprintf("%s-%02s", m[2], m[1]))
		}
	}
	return months, quarters
}

// cutDates returns the days up to which a title reaches, and the title without its dates: "ngày 16 tháng 3 năm 2026" is the day
// of a signature and names no month.
func cutDates(text string) (until []string, rest string, err error) {
	before := 0
	var without strings.Builder
	for _, m := range fullDate.FindAllStringSubmatchIndex(text, -1) {
		lead := text[before:m[0]]
		without.WriteString(lead)
		without.WriteByte(';')
		before = m[1]
		if !untilDate.MatchString(strings.TrimSpace(lead)) {
			continue
		}
		day, ok := dayOf(text, m)
		if !ok {
			return nil, "", fmt.Errorf("the day %s, which there is not", text[m[0]:m[1]])
		}
		until = append(until, day)
	}
	without.WriteString(text[before:])
	return until, without.String(), nil
}

// dayOf returns a date that was found as yyyy-MM-dd.
func dayOf(text string, m []int) (string, bool) {
	var parts []int
	for i := 2; i+1 < len(m); i += 2 {
		if m[i] < 0 {
			continue
		}
		n, err := strconv.Atoi(text[m[i]:m[i+1]])
		if err != nil {
			return "", false
		}
		parts = append(parts, n)
	}
	if len(parts) != 3 {
		return "", false
	}
	date := time.Date(parts[2], time.Month(parts[1]), parts[0], 0, 0, 0, 0, time.UTC)
	return date.Format(time.DateOnly), date.Day() == parts[0] && int(date.Month()) == parts[1]
}
