package demo

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"unicode"
	"unicode/utf8"

	"kpiagent/internal/kpi"
)

//go:embed procedures.csv
var proceduresText []byte

const proceduresName = "procedures.csv"

// procedure is one entry of an office's catalogue.
type procedure struct {
	Code, Name, Field string
	Level             int    // of the old decree
	Online            string // of the new one: full, partial or neither; nothing follows from Level
	Days              float64
	Fee               bool
	Group             string  // on the single window
	From, To          kpi.Day // first and last day in force; 0 where it always was, or still is
	weight            float64
}

// verb is what an applicant wants with a licence or the like: one procedure each.
type verb struct {
	name   string
	lower  bool    // the name of the thing goes on in small letters
	days   float64 // against the time of the first one
	weight float64
}

var verbs = map[rune]verb{
	'c': {"Cấp", false, 1, 1},
	'l': {"Cấp lại", false, 0.4, 0.08},
	'a': {"Cấp sau", false, 1, 0.05},
	's': {"Cấp sửa đổi, bổ sung", false, 0.6, 0.18},
	'g': {"Gia hạn", false, 0.5, 0.15},
	'd': {"Đăng ký", true, 1, 1},
	'e': {"Đăng ký sửa đổi, bổ sung", true, 0.6, 0.2},
	't': {"Thông báo", true, 1, 1},
	'u': {"Thông báo sửa đổi, bổ sung", true, 0.6, 0.2},
	'x': {"Thông báo chấm dứt", true, 0.5, 0.1},
	'-': {"", false, 1, 1},
}

func (v verb) of(thing string) string {
	if v.name == "" {
		return thing
	}
	if v.lower {
		first, size := utf8.DecodeRuneInString(thing)
		thing = string(unicode.ToLower(first)) + thing[size:]
	}
	return v.name + " " + thing
}

// procedures gives the catalogue of each office. What was raised to a higher level some months before built stands in it
// twice: as it was up to that day, and as it has been since, under a new code.
func procedures(built kpi.Day) (map[string][]procedure, error) {
	in := csv.NewReader(bytes.NewReader(proceduresText))
	in.Comma, in.Comment = ';', '#'
	rows, err := in.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", proceduresName, err)
	}
	catalogue := map[string][]procedure{}
	number := 0
	for _, row := range rows[1:] {
		for _, letter := range row[2] {
			p, months, err := readProcedure(row, letter)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", proceduresName, row[3], err)
			}
			number++
			p.Code = codeOf(number)
			if months > 0 {
				p.From = monthsBefore(built, months)
				catalogue[row[0]] = append(catalogue[row[0]], p.before(codeOf(number+oldCodes)))
			}
			catalogue[row[0]] = append(catalogue[row[0]], p)
		}
	}
	return catalogue, nil
}

func readProcedure(row []string, letter rune) (p procedure, months int, err error) {
	v, known := verbs[letter]
	if !known {
		return p, 0, fmt.Errorf("there is no verb %q", letter)
	}
	days, err := strconv.ParseFloat(row[4], 64)
	if err != nil {
		return p, 0, fmt.Errorf("days: %w", err)
	}
	weight, err := strconv.ParseFloat(row[8], 64)
	if err != nil {
		return p, 0, fmt.Errorf("weight: %w", err)
	}
	if row[9] != "" {
		if months, err = strconv.Atoi(row[9]); err != nil {
			return p, 0, fmt.Errorf("raised: %w", err)
		}
	}
	online, known := map[string]string{"f": "full", "p": "partial", "-": ""}[row[6][1:]]
	if !known || row[6][0] < '1' || row[6][0] > '4' {
		return p, 0, fmt.Errorf("there is no level %q", row[6])
	}
	return procedure{Name: v.of(row[3]), Field: row[1], Level: int(row[6][0] - '0'), Online: online, Days: max(math.Round(days*v.days), 1),
		Fee: row[5] == "yes", Group: row[7], weight: weight * v.weight}, months, nil
}

// oldCodes is how far the codes of procedures that were raised stand behind those in force.
const oldCodes = 500

// codeOf makes a code that looks like those of the national database; no two numbers give the same.
func codeOf(number int) string {
	major := 1
	if number%3 == 2 {
		major = 2
	}
	return fmt.Sprintf("%d.00%04d", major, (number*7919+1237)%10000)
}

// before gives the procedure as it was before it was raised.
func (p procedure) before(code string) procedure {
	p.Code, p.To, p.From, p.Level = code, p.From-1, 0, 2
	p.Online = map[string]string{"full": "partial"}[p.Online]
	return p
}

// monthsBefore gives the first day of the month so many months before a day.
func monthsBefore(day kpi.Day, months int) kpi.Day {
	at := day.Time()
	return kpi.DayOf(at.AddDate(0, -months, 1-at.Day()))
}

// choice draws procedures by weight among those in force on a day.
type choice struct {
	list []procedure
	upTo []float64
}

func (o *office) choice(day kpi.Day) choice {
	var c choice
	total := 0.0
	for _, p := range o.procedures {
		if (p.From == 0 || p.From <= day) && (p.To == 0 || day <= p.To) {
			total += p.weight
			c.list, c.upTo = append(c.list, p), append(c.upTo, total)
		}
	}
	return c
}

func (c choice) pick(r *rand.Rand) *procedure {
	at := r.Float64() * c.upTo[len(c.upTo)-1]
	for i, limit := range c.upTo {
		if at < limit {
			return &c.list[i]
		}
	}
	return &c.list[len(c.list)-1]
}
