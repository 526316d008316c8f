package ii06a

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kpiagent/collectors/listing"
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

var quarters = map[string]int{"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4}

// set is where the period may be written otherwise.
const set = "write the last day of the period into file.period_end"

// periodEnd reads the last day of the period from the titles: the day up to which they say that the report reaches, else the
// month, the quarter, the half or the whole year that they name.
func periodEnd(titles []Line, cutOff kpi.CutOff) (kpi.Day, error) {
	var found [5][]string // the days; then the labels of periods, the short ones first
	for _, line := range titles {
		until, rest, err := cutDates(listing.Plain(strings.ReplaceAll(textOf(line.Cells), "|", " ")))
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
			found[2] = append(found[2], fmt.Sprintf("%s-Q%d", m[2], quarters[m[1]]))
		}
		for _, m := range half.FindAllStringSubmatch(rest, -1) {
			found[3] = append(found[3], fmt.Sprintf("%s-H%d", m[2], halves[m[1]]))
		}
		for _, m := range year.FindAllStringSubmatch(rest, -1) {
			found[4] = append(found[4], m[1]+m[2])
		}
	}
	for _, labels := range found {
		slices.Sort(labels)
		switch labels = slices.Compact(labels); len(labels) {
		case 0:
		case 1:
			period, err := kpi.ParsePeriod(labels[0], 0, cutOff)
			if err != nil {
				return 0, fmt.Errorf("the titles name the period %s, which there is not; correct the report, or %s", labels[0], set)
			}
			return period.To, nil
		default:
			return 0, fmt.Errorf("the titles name several periods: %s; %s", strings.Join(labels, ", "), set)
		}
	}
	return 0, errors.New(`the titles above the table name no period, such as "Từ ngày 15/12/2025 đến ngày 14/01/2026", "Tháng 3 năm 2026" or "Quý I năm 2026"; ` + set)
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
			return nil, "", fmt.Errorf("the titles name the day %s, which there is not; correct the report, or %s", text[m[0]:m[1]], set)
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
