package alerting

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/common/model"

	"kpiagent/internal/i18n"
	"kpiagent/internal/kpi"
)

// message is what people are told of a group of alerts.
type message struct {
	Firing, Resolved []entry
	Pages            string
}

// entry is one alert of a message.
type entry struct {
	Severity string
	Summary  kpi.Text
	Text     kpi.Text
	From, To time.Time // local; To is zero while it fires
	Page     string    // "" where the address of the pages is not configured
	Unit     string
}

// gravity orders severities: what needs action first comes first.
func gravity(severity string) int {
	if i := slices.Index(severities, severity); i >= 0 {
		return i
	}
	return len(severities)
}

func newMessage(pages string, where *time.Location, alerts []*alert.Alert) message {
	m := message{Pages: pages}
	for _, a := range alerts {
		text := func(name string) kpi.Text {
			text := kpi.Text{}
			for _, code := range i18n.Codes() {
				text[code] = string(a.Annotations[model.LabelName(name+"_"+code)])
			}
			if text.In(kpi.DefaultLanguage) == "" {
				text[kpi.DefaultLanguage] = a.Name()
			}
			return text
		}
		e := entry{Severity: string(a.Labels["severity"]), Summary: text("summary"), Text: text("description"),
			From: a.StartsAt.In(where),
			Page: pageOf(pages, a.Labels), Unit: string(a.Labels["unit"])}
		if a.Resolved() {
			e.To = a.EndsAt.In(where)
			m.Resolved = append(m.Resolved, e)
		} else {
			m.Firing = append(m.Firing, e)
		}
	}
	for _, list := range [][]entry{m.Firing, m.Resolved} {
		slices.SortStableFunc(list, func(a, b entry) int {
			return cmp.Or(cmp.Compare(gravity(a.Severity), gravity(b.Severity)), cmp.Compare(a.Unit, b.Unit),
				cmp.Compare(a.Summary.In(kpi.DefaultLanguage), b.Summary.In(kpi.DefaultLanguage)))
		})
	}
	return m
}

// pageOf is the page of the agent that shows what an alert is about; "" where the address of the pages is not configured.
func pageOf(pages string, labels model.LabelSet) string {
	label := func(name model.LabelName) string { return url.PathEscape(string(labels[name])) }
	unit, source, kpi := label("unit"), label("source"), label("kpi")
	switch {
	case pages == "":
		return ""
	case unit != "" && source != "":
		return pages + "/sources/" + unit + "/" + source
	case unit != "" && kpi != "":
		return pages + "/kpis/" + kpi + "?unit=" + url.QueryEscape(string(labels["unit"]))
	case unit != "":
		return pages + "/units/" + unit
	}
	return pages + "/"
}

// subject is one line for a list of mails, in the default language.
func (m message) subject() string {
	const longest = 160
	l := i18n.Builtin().Default()
	first := func(list []entry) string {
		text := strings.Join(strings.Fields(list[0].Summary.In(l.Code)), " ")
		if len(list) > 1 {
			text += "; …"
		}
		return text
	}
	number := func(list []entry) string { return l.Whole(int64(len(list))) }
	var text string
	switch f, r := len(m.Firing), len(m.Resolved); {
	case f == 1 && r == 0:
		text = l.Say("alert.subject.firing", first(m.Firing))
	case f == 0 && r == 1:
		text = l.Say("alert.subject.resolved", first(m.Resolved))
	case r == 0:
		text = l.Say("alert.subject.many", number(m.Firing), first(m.Firing))
	case f == 0:
		text = l.Say("alert.subject.many.resolved", number(m.Resolved), first(m.Resolved))
	default:
		text = l.Say("alert.subject.mixed", number(m.Resolved), number(m.Firing), first(m.Firing))
	}
	return shorten(text, longest)
}

// shorten cuts a text to at most so many characters.
func shorten(text string, longest int) string {
	runes := []rune(text)
	if len(runes) <= longest {
		return text
	}
	return strings.TrimSpace(string(runes[:longest-1])) + "…"
}

// translation writes messages in one language.
type translation struct{ *i18n.Language }

// translations returns a writer for each language, the default one first.
func translations() (list []translation) {
	for _, l := range i18n.Builtin().Languages() {
		list = append(list, translation{l})
	}
	return list
}

// grade is how grave an entry is, as a word; it never is told by a colour alone.
func (t translation) grade(e entry) string {
	if key := "alert.severity." + e.Severity; t.Has(key) {
		return t.Say(key)
	}
	return e.Severity
}

// counts says how many alerts there are.
func (t translation) counts(m message) string {
	var parts []string
	if n := len(m.Firing); n > 0 {
		parts = append(parts, t.Say("alert.count.firing", t.Whole(int64(n))))
	}
	if n := len(m.Resolved); n > 0 {
		parts = append(parts, t.Say("alert.count.resolved", t.Whole(int64(n))))
	}
	return strings.Join(parts, ", ")
}

// span says since when, and until when.
func (t translation) span(e entry) string {
	if e.To.IsZero() {
		return t.Say("alert.since", t.LongMinute(e.From))
	}
	return t.Say("alert.between", t.LongMinute(e.From), t.LongMinute(e.To))
}

// page is where to look further, in the language of the text.
func (t translation) page(e entry) string {
	if e.Page == "" || t.Code == kpi.DefaultLanguage {
		return e.Page
	}
	mark := "?"
	if strings.Contains(e.Page, "?") {
		mark = "&"
	}
	return e.Page + mark + "lang=" + t.Code
}

// footer says how to be told less, with the unit where the message is about one.
func (t translation) footer(m message) string {
	unit := ""
	for _, e := range slices.Concat(m.Firing, m.Resolved) {
		if unit != "" && e.Unit != unit {
			unit = ""
			break
		}
		unit = e.Unit
	}
	return t.Say("alert.footer", cmp.Or(unit, t.Say("alert.unit")))
}

// depth is how much of a message is written.
type depth int

const (
	whole     depth = iota // with what each alert means and what to do
	summaries              // one line for each alert
)

// plain writes a message as text in one language, with at most so many alerts of each kind; 0 is all of them.
func (t translation) plain(m message, d depth, most int) string {
	var out strings.Builder
	out.WriteString(t.counts(m) + "\n")
	section := func(title, note string, list []entry) {
		if len(list) == 0 {
			return
		}
		out.WriteString("\n" + strings.ToUpper(title) + "\n")
		if note != "" {
			out.WriteString(note + "\n")
		}
		for i, e := range list {
			if most > 0 && i == most {
				fmt.Fprintf(&out, "… +%d\n", len(list)-most)
				return
			}
			fmt.Fprintf(&out, "%d. [%s] %s\n   %s\n", i+1, t.grade(e), e.Summary.In(t.Code), t.span(e))
			if d == whole && e.To.IsZero() {
				fmt.Fprintf(&out, "   %s\n", e.Text.In(t.Code))
			}
			if page := t.page(e); page != "" {
				fmt.Fprintf(&out, "   %s\n", t.Say("alert.see", page))
			}
		}
	}
	section(t.Say("alert.firing"), "", m.Firing)
	section(t.Say("alert.resolved"), t.Say("alert.resolved.note"), m.Resolved)
	return out.String()
}

// plain writes a message as text in every language, the default one first.
func (m message) plain() string {
	const line = "\n----------------------------------------\n\n"
	var parts []string
	for _, t := range translations() {
		parts = append(parts, t.plain(m, whole, 0)+"\n"+t.footer(m)+"\n")
	}
	return strings.Join(parts, line)
}
