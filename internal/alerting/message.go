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
)

// message is what people are told of a group of alerts.
type message struct {
	Firing, Resolved []entry
	Pages            string
}

// entry is one alert of a message.
type entry struct {
	Severity string
	Summary  bilingual
	Text     bilingual
	From, To time.Time // local; To is zero while it fires
	Page     string    // "" where the address of the pages is not configured
	Unit     string
}

// bilingual is a text in both languages.
type bilingual struct{ Vi, En string }

func (b bilingual) in(language string) string {
	if language == "vi" {
		return b.Vi
	}
	return b.En
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
		text := func(name string) bilingual {
			vi, en := string(a.Annotations[model.LabelName(name+"_vi")]), string(a.Annotations[model.LabelName(name+"_en")])
			return bilingual{cmp.Or(vi, en, a.Name()), cmp.Or(en, vi, a.Name())}
		}
		e := entry{Severity: string(a.Labels["severity"]), Summary: text("summary"), Text: text("description"), From: a.StartsAt.In(where),
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
			return cmp.Or(cmp.Compare(gravity(a.Severity), gravity(b.Severity)), cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Summary.Vi, b.Summary.Vi))
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

// subject is one line for a list of mails, in Vietnamese.
func (m message) subject() string {
	const longest = 160
	first := func(list []entry) string {
		text := strings.Join(strings.Fields(list[0].Summary.Vi), " ")
		if len(list) > 1 {
			text += "; …"
		}
		return text
	}
	var text string
	switch f, r := len(m.Firing), len(m.Resolved); {
	case f == 1 && r == 0:
		text = "Cảnh báo: " + first(m.Firing)
	case f == 0 && r == 1:
		text = "Đã khắc phục: " + first(m.Resolved)
	case r == 0:
		text = fmt.Sprintf("%d cảnh báo: %s", f, first(m.Firing))
	case f == 0:
		text = fmt.Sprintf("Đã khắc phục %d cảnh báo: %s", r, first(m.Resolved))
	default:
		text = fmt.Sprintf("Đã khắc phục %d, còn %d cảnh báo: %s", r, f, first(m.Firing))
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

// words of the frame around the alerts' own texts.
type words struct {
	language, moment                      string
	Firing, Resolved, Then, From, To, See string
	CountFiring, CountResolved            string
	Footer, Unit                          string
	Severities                            map[string]string
}

var (
	vietnamese = words{
		language: "vi", moment: "15:04 ngày 02/01/2006", Firing: "Đang cảnh báo", Resolved: "Đã khắc phục", Then: "Nội dung là lúc còn cảnh báo.", From: "Từ", To: "đến", See: "Xem",
		CountFiring: "%d cảnh báo", CountResolved: "%d đã khắc phục",
		Footer: "Thư tự động của kpiagent. Tạm dừng thông báo về một đơn vị: kpiagent alerts silence --unit %s --for 2d --comment \"lý do\"", Unit: "ĐƠN_VỊ",
		Severities: map[string]string{"critical": "Khẩn cấp", "warning": "Cần chú ý", "info": "Thông tin"},
	}
	english = words{
		language: "en", moment: "15:04, 2 January 2006", Firing: "Alerts", Resolved: "Resolved", Then: "Told as it was while it lasted.", From: "Since", To: "until", See: "See",
		CountFiring: "%d firing", CountResolved: "%d resolved",
		Footer: "An automatic message of kpiagent. To pause messages on a unit: kpiagent alerts silence --unit %s --for 2d --comment \"why\"", Unit: "UNIT",
		Severities: map[string]string{"critical": "Critical", "warning": "Warning", "info": "Information"},
	}
)

// grade is how grave an entry is, as a word; it never is told by a colour alone.
func (w words) grade(e entry) string { return cmp.Or(w.Severities[e.Severity], e.Severity) }

// counts says how many alerts there are.
func (w words) counts(m message) string {
	var parts []string
	if len(m.Firing) > 0 {
		parts = append(parts, fmt.Sprintf(w.CountFiring, len(m.Firing)))
	}
	if len(m.Resolved) > 0 {
		parts = append(parts, fmt.Sprintf(w.CountResolved, len(m.Resolved)))
	}
	return strings.Join(parts, ", ")
}

// span says since when, and until when.
func (w words) span(e entry) string {
	text := w.From + " " + e.From.Format(w.moment)
	if !e.To.IsZero() {
		text += " " + w.To + " " + e.To.Format(w.moment)
	}
	return text
}

// page is where to look further, in the language of the text.
func (w words) page(e entry) string {
	if e.Page == "" || w.language == "vi" {
		return e.Page
	}
	mark := "?"
	if strings.Contains(e.Page, "?") {
		mark = "&"
	}
	return e.Page + mark + "lang=" + w.language
}

// footer says how to be told less, with the unit where the message is about one.
func (w words) footer(m message) string {
	unit := ""
	for _, e := range slices.Concat(m.Firing, m.Resolved) {
		if unit != "" && e.Unit != unit {
			return fmt.Sprintf(w.Footer, w.Unit)
		}
		unit = e.Unit
	}
	return fmt.Sprintf(w.Footer, cmp.Or(unit, w.Unit))
}

// depth is how much of a message is written.
type depth int

const (
	whole     depth = iota // with what each alert means and what to do
	summaries              // one line for each alert
)

// plain writes a message as text in one language, with at most so many alerts of each kind; 0 is all of them.
func (w words) plain(m message, d depth, most int) string {
	var out strings.Builder
	out.WriteString(w.counts(m) + "\n")
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
			fmt.Fprintf(&out, "%d. [%s] %s\n   %s\n", i+1, w.grade(e), e.Summary.in(w.language), w.span(e))
			if d == whole && e.To.IsZero() {
				fmt.Fprintf(&out, "   %s\n", e.Text.in(w.language))
			}
			if page := w.page(e); page != "" {
				fmt.Fprintf(&out, "   %s: %s\n", w.See, page)
			}
		}
	}
	section(w.Firing, "", m.Firing)
	section(w.Resolved, w.Then, m.Resolved)
	return out.String()
}

// plain writes a message as text: Vietnamese first, English second.
func (m message) plain() string {
	const line = "\n----------------------------------------\n\n"
	return vietnamese.plain(m, whole, 0) + "\n" + vietnamese.footer(m) + "\n" + line + english.plain(m, whole, 0) + "\n" + english.footer(m) + "\n"
}
