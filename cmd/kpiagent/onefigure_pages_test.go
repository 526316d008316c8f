package main

import (
	"encoding/csv"
	"fmt"
	"html"
	"math"
	"regexp"
	"strconv"
	"strings"

	"kpiagent/internal/i18n"
	"kpiagent/internal/kpi"
)

// The ways in which pages show a figure.
var (
	kpiCard   = regexp.MustCompile(`<div class="card (\w+)[^"]*">\s*<p class="now"><span class="big[^"]*">([^<]*)`)
	childRow  = regexp.MustCompile(`<tr><th scope="row"><a href="/units/([^"?]*)[^"]*">[^<]*</a></th><td class="n[^"]*"><a [^>]*>([^<]*)</a>[^<]*</td><td>[^<]*</td><td><span class="chip (\w+)">`)
	monthsOf  = regexp.MustCompile(`(?s)<table class="plain"><caption>([^<]*)</caption>(.*?)</table>`)
	monthRow  = regexp.MustCompile(`<tr><th scope="row">[^<]*</th><td>([^<]*)</td>(?:<td>[^<]*</td>)?<td>([^<]*)</td></tr>`)
	boardCard = regexp.MustCompile(`(?s)<li class="row card (\w+)[^"]*">(.*?)</li>`)
	cardName  = regexp.MustCompile(`<h3><a href="/kpis/(\w+)`)
	cardMonth = regexp.MustCompile(`<span class="big[^"]*">([^<]*)(?:<small>[^<]*</small>)?</span>(?: <span class="chip (\w+)">)?`)
	cardYear  = regexp.MustCompile(`<p class="year"><span class="when">[^<]*</span> <b[^>]*>([^<]*)(?:<small>[^<]*</small>)?</b>(?: <span class="chip (\w+)">)?`)
	tile      = regexp.MustCompile(`(?s)<li class="tile (\w+)">\s*<h3><a href="/kpis/(\w+)[^>]*>[^<]*</a></h3>\s*<p class="big"><b>([^<]*)</b>`)
	targetRow = regexp.MustCompile(`(?s)<tr><th scope="row"><a href="/kpis/(\w+)[^>]*>[^<]*</a>[^\n]*</th>\s*<td class="bc (\w+)">[^\n]*</td>\s*<td class="r"><b>([^<]*)</b>`)
	otherRow  = regexp.MustCompile(`<tr><th scope="row"><a href="/kpis/(\w+)[^>]*>[^<]*</a></th><td class="n">([^<]*)</td><td class="n">`)
	unitRow   = regexp.MustCompile(`(?s)<tr><th scope="row"><a href="/units/(\w+)[^>]*>.*?</tr>`)
	unitCell  = regexp.MustCompile(`<td class="(\w+)"[^>]*>(?:<i[^>]*>[^<]*</i>)?(?:<span class="label">[^<]*</span>)?<a href="/kpis/(\w+)[^>]*>([^<]*)</a>`)
)

// statusOf are the statuses of the command by the classes of pages; risk, pending and out are those of the outlook, see compare.
var statusOf = map[string]string{"met": "met", "risk": "risk", "missed": "missed", "out": "out", "pending": "pending", "none": "no_data",
	"plain": "plain"}

// read reads a figure from a page.
func (w *walk) read(lang, text, class string) seen {
	w.t.Helper()
	language := i18n.Builtin().In(lang)
	text = strings.TrimSpace(html.UnescapeString(text))
	s := seen{status: statusOf[class], within: 0.05}
	if text == "–" || text == language.Say("none") || text == language.Say("none.levels") {
		s.none = true
		return s
	}
	before, after, _ := strings.Cut(language.Percentage(), "{}")
	number, share := text, false
	if after = strings.TrimSpace(after); strings.HasSuffix(text, after) && strings.HasPrefix(text, before) {
		number, share = strings.TrimSuffix(text, after), true
	}
	number, _, _ = strings.Cut(strings.ReplaceAll(strings.TrimSpace(number), "\u00a0", " "), " ") // "5,2 ngày làm việc"
	group := map[string]string{",": ".", ".": ","}[language.Decimal()]
	number = strings.ReplaceAll(strings.ReplaceAll(number, group, ""), language.Decimal(), ".")
	v, err := strconv.ParseFloat(strings.ReplaceAll(number, "−", "-"), 64)
	if err != nil {
		w.t.Fatalf("a page shows %q for a figure", text)
	}
	if _, decimals, some := strings.Cut(number, "."); some {
		s.within = math.Pow10(-len(decimals)) / 2
	}
	if class == "missed" || class == "out" { // what is missed may be cut towards the worse
		s.within *= 2
	}
	if s.value = v; share {
		s.value, s.within = v/100, s.within/100
	}
	return s
}

// chipped is read for a place that has a chip only where there is a figure.
func (w *walk) chipped(lang, text, class string) seen {
	s := w.read(lang, text, class)
	if s.none {
		s.status = "no_data"
	}
	return s
}

// pages returns the steps that compare the pages for people; all asks for those of each KPI and unit, and in both languages.
func (w *walk) pages(all bool) (steps []func()) {
	m := w.session.model
	languages := []string{"vi"}
	periods := []kpi.Period{w.periodOf(kpi.PeriodMonth, w.today)}
	if all {
		languages = []string{"vi", "en"}
		for _, kind := range []kpi.PeriodKind{kpi.PeriodQuarter, kpi.PeriodHalf, kpi.PeriodYear} {
			periods = append(periods, w.periodOf(kind, w.today))
		}
	}
	for _, kind := range []kpi.PeriodKind{kpi.PeriodMonth, kpi.PeriodQuarter, kpi.PeriodYear} {
		periods = append(periods, kpi.PeriodOf(kind, w.today, m.CutOff).Previous(m.CutOff))
	}
	for i, p := range periods {
		lang := languages[i%len(languages)]
		for _, def := range m.Catalogue {
			steps = append(steps, func() {
				w.kpiPage(lang, def, m.Tree.Root(), p)
				if all && i == 0 {
					for _, u := range m.Tree.Children(m.Tree.Root()) {
						w.kpiPage(lang, def, u.ID, p)
					}
				}
			})
		}
		for _, u := range m.Tree.Units() {
			steps = append(steps, func() { w.board(lang, u.ID, p) })
		}
	}
	for _, u := range m.Tree.Units() {
		for _, kind := range []kpi.PeriodKind{kpi.PeriodMonth, kpi.PeriodYear} {
			steps = append(steps, func() { w.unitPage(languages[0], u.ID, w.periodOf(kind, w.today)) })
		}
	}
	for _, kind := range []kpi.PeriodKind{kpi.PeriodMonth, kpi.PeriodQuarter, kpi.PeriodYear} {
		steps = append(steps, func() { w.firstPage(languages[len(languages)-1], w.periodOf(kind, w.today)) })
	}
	return steps
}

// unitPage compares what the page of a unit has of a period.
func (w *walk) unitPage(lang, unit string, p kpi.Period) {
	w.t.Helper()
	w.targets("unit page", lang, unit, w.get(fmt.Sprintf("/units/%s?period=%s&lang=%s", unit, p.Label, lang)), p)
}

// kpiPage compares the page of a KPI: its figure, those of the units below, and the table of its 24 months.
func (w *walk) kpiPage(lang string, def kpi.Definition, unit string, p kpi.Period) {
	w.t.Helper()
	page := w.get(fmt.Sprintf("/kpis/%s?unit=%s&period=%s&lang=%s", def.ID, unit, p.Label, lang))
	main := kpiCard.FindStringSubmatch(page)
	if main == nil {
		w.t.Fatalf("the page of %s for %s in %s shows no figure:\n%s", def.ID, unit, p.Label, page)
	}
	w.compare("KPI page", unit, def.ID, p, w.read(lang, main[2], main[1]))
	children := childRow.FindAllStringSubmatch(page, -1)
	if want := len(w.session.model.Tree.Children(unit)); len(children) != want {
		w.t.Errorf("the page of %s for %s lists %d units, want %d", def.ID, unit, len(children), want)
	}
	for _, c := range children {
		w.compare("KPI page", c[1], def.ID, p, w.read(lang, c[2], c[3]))
	}
	if tables := monthsOf.FindAllStringSubmatch(page, -1); len(tables) > 0 {
		w.months(lang, def.ID, unit, p, tables[0][2])
	}
}

// months compares a table of months, the latest first, which ends with the one that holds the last day of a period.
func (w *walk) months(lang, id, unit string, p kpi.Period, table string) {
	w.t.Helper()
	rows := monthRow.FindAllStringSubmatch(table, -1)
	if len(rows) != 24 {
		w.t.Errorf("%s of %s: a table of months has %d rows", id, unit, len(rows))
	}
	month := kpi.PeriodOf(kpi.PeriodMonth, p.To, w.session.model.CutOff)
	for _, row := range rows {
		if month.From <= w.lastNews { // from then on units fall silent, and pictures have a gap and not what the books know
			w.compare("table", unit, id, month.ToDate(w.today), w.read(lang, row[1], ""))
		}
		month = month.Previous(w.session.model.CutOff)
	}
}

// board compares the page for leaders.
func (w *walk) board(lang, unit string, p kpi.Period) {
	w.t.Helper()
	page := w.get(fmt.Sprintf("/board?unit=%s&period=%s&lang=%s", unit, p.Label, lang))
	year := kpi.PeriodOf(kpi.PeriodYear, p.To, w.session.model.CutOff).ToDate(w.today)
	w.cards("board", lang, unit, page, p, year)
}

// cards compares the KPIs of a unit in two periods.
func (w *walk) cards(way, lang, unit, page string, p, year kpi.Period) {
	w.t.Helper()
	for _, card := range boardCard.FindAllStringSubmatch(page, -1) {
		name, month, whole := cardName.FindStringSubmatch(card[2]), cardMonth.FindStringSubmatch(card[2]), cardYear.FindStringSubmatch(card[2])
		if name == nil || month == nil {
			w.t.Fatalf("a card of %s on the page %s cannot be read:\n%s", unit, way, card[0])
		}
		w.compare(way, unit, name[1], p, w.chipped(lang, month[1], month[2]))
		if whole != nil {
			w.compare(way, unit, name[1], year, w.chipped(lang, whole[1], whole[2]))
		}
		if tables := monthsOf.FindAllStringSubmatch(card[2], -1); len(tables) > 0 {
			w.months(lang, name[1], unit, p, tables[0][2])
		}
	}
}

// targets compares the KPIs of a unit with a target, and those without one.
func (w *walk) targets(way, lang, unit, page string, p kpi.Period) {
	w.t.Helper()
	for _, found := range tile.FindAllStringSubmatch(page, -1) {
		w.compare(way, unit, found[2], p, w.read(lang, found[3], found[1]))
	}
	for _, found := range targetRow.FindAllStringSubmatch(page, -1) {
		w.compare(way, unit, found[1], p, w.read(lang, found[3], found[2]))
	}
	for _, found := range otherRow.FindAllStringSubmatch(page, -1) {
		w.compare(way, unit, found[1], p, w.read(lang, found[2], ""))
	}
}

// firstPage compares the ministry's figures and the league of units.
func (w *walk) firstPage(lang string, p kpi.Period) {
	w.t.Helper()
	page := w.get("/?lang=" + lang + "&period=" + p.Label)
	w.targets("first page", lang, w.session.model.Tree.Root(), page, p)
	shares := map[string]bool{}
	for _, def := range w.session.model.Catalogue {
		shares[def.ID] = def.Kind == kpi.KindShare
	}
	for _, row := range unitRow.FindAllStringSubmatch(page, -1) {
		for _, cell := range unitCell.FindAllStringSubmatch(row[0], -1) {
			f := w.read(lang, cell[3], cell[1])
			if shares[cell[2]] { // without the sign of per cent
				f.value, f.within = f.value/100, f.within/100
			}
			w.compare("league", row[1], cell[2], p, f)
		}
	}
}

// files returns the steps that compare form II.06a as a file with the command tally.
func (w *walk) files() (steps []func()) {
	m := w.session.model
	month := kpi.PeriodOf(kpi.PeriodMonth, w.today, m.CutOff)
	for _, by := range []string{"unit", "field", "procedure"} {
		for _, u := range m.Tree.Units() {
			steps = append(steps, func() { w.form(u.ID, by, month) })
		}
	}
	return append(steps, func() { w.form(m.Tree.Root(), "unit", month.Previous(m.CutOff)) },
		func() { w.form(m.Tree.Root(), "unit", kpi.PeriodOf(kpi.PeriodYear, w.today, m.CutOff)) })
}

func (w *walk) form(unit, by string, p kpi.Period) {
	w.t.Helper()
	var lines []kpi.FormLine
	w.command(&lines, "tally", "--unit", unit, "--by", by, "--period", p.Label)
	file := w.get(fmt.Sprintf("/units/%s/form.csv?by=%s&period=%s", unit, by, p.Label))
	rows, err := csv.NewReader(strings.NewReader(file)).ReadAll()
	if err != nil || len(rows) != len(lines)+1 {
		w.t.Fatalf("the form of %s by %s for %s has %d rows, want %d: %v", unit, by, p.Label, len(rows), len(lines)+1, err)
	}
	for i, line := range lines {
		w.made(strconv.FormatInt(line.Books, 10))
		for c, column := range kpi.TallyColumns() {
			w.compared["file"]++
			if got, want := rows[i+1][3+c], strconv.FormatInt(column.Of(line.Tally), 10); got != want {
				w.found = append(w.found, fmt.Sprintf("the form of %s by %s for %s: %s of line %d is %s, and the command says %s",
					unit, by, p.Label, column.Name, i+1, got, want))
			}
		}
	}
}
