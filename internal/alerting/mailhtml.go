package alerting

import (
	_ "embed"
	"html/template"
	"strings"
)

//go:embed mail.html.tmpl
var mailForm string

// page is a message for the template.
type page struct {
	Subject string
	Parts   []part
}

// part is a message in one language.
type part struct {
	Language, Counts, Footer string
	Sections                 []section
}

type section struct {
	Title, Note string
	Entries     []shown
}

// shown is an entry in one language.
type shown struct {
	Summary, Grade, Span, Text, Page, Colour string
}

// colours are told apart by the colour-blind, and stand beside a word.
var colours = map[string]string{"critical": "#D55E00", "warning": "#E69F00", "info": "#0072B2"}

const mended = "#009E73"

// html writes a message for readers of mail, in every language.
func (m message) html() (string, error) {
	form, err := template.New("").Parse(mailForm)
	if err != nil {
		return "", err
	}
	p := page{Subject: m.subject()}
	for _, t := range translations() {
		p.Parts = append(p.Parts, t.part(m))
	}
	var out strings.Builder
	err = form.Execute(&out, p)
	return out.String(), err
}

func (t translation) part(m message) part {
	made := part{Language: t.Code, Counts: t.counts(m), Footer: t.footer(m)}
	for _, list := range []struct {
		title, note string
		entries     []entry
	}{{t.Say("alert.firing"), "", m.Firing}, {t.Say("alert.resolved"), t.Say("alert.resolved.note"), m.Resolved}} {
		if len(list.entries) == 0 {
			continue
		}
		s := section{Title: list.title, Note: list.note}
		for _, e := range list.entries {
			one := shown{Summary: e.Summary.In(t.Code), Grade: t.grade(e), Span: t.span(e), Page: t.page(e),
				Colour: colours[e.Severity], Text: e.Text.In(t.Code)}
			if !e.To.IsZero() {
				one.Text, one.Colour = "", mended
			}
			if one.Colour == "" {
				one.Colour = colours["info"]
			}
			s.Entries = append(s.Entries, one)
		}
		made.Sections = append(made.Sections, s)
	}
	return made
}
