package pages

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kpiagent/internal/kpi"
)

// look is one look at a figure, as the visitor's own browser remembers it. The agent keeps nothing about visitors.
type look struct {
	at     time.Time
	period string // the label of the period
	cut    kpi.CutOff
	figure kpi.Figure
}

// since says how a figure has changed since the visitor looked at it last.
type since struct {
	Title   string
	Changes []string
}

const (
	// oneLook is how long a visit counts as the same look: loading the page again does not lose what has changed.
	oneLook = time.Hour
	// looksKept is how long a browser keeps the cookie.
	looksKept = 180 * 24 * time.Hour
	// looksAtMost is how many looks a browser keeps of one KPI, at units and procedures: all of them go along with each request
	// for one, and a server in front of the agent may take no more than some kilobytes.
	looksAtMost = 20
	// lookPrefix begins the name of the cookie; the unit's id and the procedure's code follow, and its path is the figure's.
	lookPrefix = "seen_"
)

// sinceLastVisit compares a figure with the last look at it, and returns the cookie that remembers this look, and those that end
// others. Both may be nil: a browser that keeps no cookies is told of no changes.
func (b *builder) sinceLastVisit(s subject, a kpi.Assessment) (*since, []*http.Cookie) {
	var last, now look
	var looked, looking bool
	name := lookPrefix + a.Unit
	if s.code != "" {
		name += fmt.Sprintf(".%x", s.code) // a code may have signs that a cookie's name may not
	}
	if cookie, err := b.http.Cookie(name); err == nil {
		before, current, _ := strings.Cut(cookie.Value, "~")
		last, looked = b.parseLook(before)
		now, looking = b.parseLook(current)
	}
	if looking && b.now.Sub(now.at) < oneLook {
		return b.changes(s, last, looked), nil
	}
	if looking {
		last, looked = now, true
	}
	if b.http.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return nil, nil // who comes from another site brings no cookie, and must not lose the one that he has
	}
	here := look{b.now, a.Period.Label, b.goals.CutOff, a.Figure}
	value := here.String()
	if looked {
		value = last.String() + "~" + value
	} else {
		value = "~" + value
	}
	return b.changes(s, last, looked), append(b.endOldLooks(name), b.lookCookie(name, value, int(looksKept.Seconds())))
}

func (b *builder) lookCookie(name, value string, seconds int) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: b.http.URL.EscapedPath(), MaxAge: seconds,
		HttpOnly: true, Secure: b.http.TLS != nil, SameSite: http.SameSiteStrictMode}
}

// endOldLooks ends the looks beyond the latest, so that there is room for one of that name.
func (b *builder) endOldLooks(name string) (ended []*http.Cookie) {
	var others []*http.Cookie
	for _, c := range b.http.Cookies() {
		if strings.HasPrefix(c.Name, lookPrefix) && c.Name != name {
			others = append(others, c)
		}
	}
	at := func(c *http.Cookie) int64 { // 0 of what is no look
		_, current, _ := strings.Cut(c.Value, "~")
		l, ok := b.parseLook(current)
		if !ok {
			return 0
		}
		return l.at.Unix()
	}
	slices.SortStableFunc(others, func(x, y *http.Cookie) int { return cmp.Compare(at(y), at(x)) })
	for _, c := range others[min(len(others), looksAtMost-1):] {
		ended = append(ended, b.lookCookie(c.Name, "", -1))
	}
	return ended
}

// changes says how the figure that was looked at then is now: of the same period, which may not have been over.
func (b *builder) changes(s subject, last look, looked bool) *since {
	if !looked {
		return nil
	}
	p, err := kpi.ParsePeriod(last.period, b.today, last.cut)
	if err != nil {
		return nil
	}
	def := s.defs[0]
	now := b.explained(s, p.ToDate(b.today)).Figure
	c := &since{Title: b.Say("since", b.moment(last.at), b.period(p))}
	then := last.figure
	switch {
	case now.OK && !then.OK:
		c.Changes = append(c.Changes, b.Say("since.first"))
	case !now.OK && then.OK:
		c.Changes = append(c.Changes, b.Say("since.gone", b.value(def, then.Value)))
	case now.OK && math.Abs(now.Value-then.Value) > 1e-9:
		key := "since.value"
		if now.Value < then.Value {
			key = "since.down"
		}
		c.Changes = append(c.Changes,
			b.Say(key, b.difference(def, now.Value-then.Value), b.value(def, then.Value, now.Value), b.value(def, now.Value, then.Value)))
	}
	c.Changes = append(c.Changes, b.partChanges(def, then, now)...)
	if len(c.Changes) == 0 {
		c.Changes = []string{b.Say("since.same")}
	}
	return c
}

// partChanges says what has been added to, or taken out of, numerator and denominator.
func (b *builder) partChanges(def kpi.Definition, then, now kpi.Figure) (list []string) {
	add := func(change float64, what string) {
		if math.Abs(change) > 1e-9 {
			list = append(list, b.Say("since.part", what, b.signed(change, 1)))
		}
	}
	switch def.Kind {
	case kpi.KindShare:
		add(now.Denominator-then.Denominator, b.terms(def.Denominator))
		add(now.Numerator-then.Numerator, b.terms(def.Numerator))
	case kpi.KindMean, kpi.KindQuantile:
		add(now.Denominator-then.Denominator, b.Say("term.handled"))
	}
	return list
}

// difference writes by how much a value has changed.
func (l locale) difference(def kpi.Definition, v float64) string {
	text := l.margin(def, math.Abs(v))
	if v < 0 {
		return "−" + text
	}
	return "+" + text
}

func (l locale) signed(v float64, decimals int) string {
	if v > 0 {
		return "+" + l.Number(v, decimals)
	}
	return l.Number(v, decimals)
}

// String writes a look as a part of a cookie's value; parseLook reads it.
func (l look) String() string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	return strings.Join([]string{strconv.FormatInt(l.at.Unix(), 10), l.period, l.cut.String(),
		number(l.figure.Numerator), number(l.figure.Denominator), number(l.figure.Value), strconv.FormatBool(l.figure.OK)}, "_")
}

// parseLook reads what a browser says of a look. It may say anything: what cannot be is no look.
func (b *builder) parseLook(text string) (l look, ok bool) {
	fields := strings.Split(text, "_")
	if len(fields) != 7 {
		return look{}, false
	}
	seconds, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil || seconds <= 0 || seconds > b.now.Unix() {
		return look{}, false
	}
	l = look{at: time.Unix(seconds, 0), period: fields[1]}
	if l.cut, ok = kpi.ParseCutOff(fields[2]); !ok {
		return look{}, false
	}
	if p, err := kpi.ParsePeriod(l.period, b.today, l.cut); err != nil || p.Label != l.period || p.From > b.today {
		return look{}, false
	}
	for i, to := range []*float64{&l.figure.Numerator, &l.figure.Denominator, &l.figure.Value} {
		if *to, err = strconv.ParseFloat(fields[3+i], 64); err != nil || math.IsNaN(*to) || math.Abs(*to) > 1e12 {
			return look{}, false
		}
	}
	l.figure.OK, err = strconv.ParseBool(fields[6])
	return l, err == nil
}
