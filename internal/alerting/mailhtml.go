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

// html writes a message for readers of mail: Vietnamese first, English second.
func (m message) html() (string, error) {
	form, err := template.New("").Parse(mailForm)
	if err != nil {
		return "", err
	}
	p := page{Subject: m.subject()}
	for _, w := range []words{vietnamese, english} {
		p.Parts = append(p.Parts, w.part(m))
	}
	var out strings.Builder
	err = form.Execute(&out, p)
	return out.String(), err
}

func (w words) part(m message) part {
	made := part{Language: w.language, Counts: w.counts(m), Footer: w.footer(m)}
	for _, list := range []struct {
		title, note string
		entries     []entry
	}{{w.Firing, "", m.Firing}, {w.Resolved, w.Then, m.Resolved}} {
		if len(list.entries) == 0 {
			continue
		}
		s := section{Title: list.title, Note: list.note}
		for _, e := range list.entries {
			one := shown{Summary: e.Summary.in(w.language), Grade: w.grade(e), Span: w.span(e), Page: w.page(e), Colour: colours[e.Severity], Text: e.Text.in(w.language)}
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
