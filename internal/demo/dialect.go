package demo

import (
	"bytes"
	"encoding/csv"
	"iter"
	"strings"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"kpiagent/internal/kpi"
)

// dialect is how one office writes its report.
type dialect struct {
	header    []string
	separator rune
	windows   bool   // Windows-1258 with CR LF; else UTF-8 with a byte order mark
	workbook  string // an Excel workbook with this title; its header has two rows, upper / lower
	date      string // layout of the package time
	channels  map[kpi.Channel]string
	states    map[kpi.Outcome]string
	yes, no   string
	happy     [2]string // satisfied, not satisfied
	cells     func(dialect, kpi.Dossier, string) []string
	at        places
}

// places says in which cell something stands; -1 is nowhere.
type places struct{ id, procedure, channel, received, due, finished, outcome, fee, paid, digitised, electronic, rating int }

const byteOrderMark = "\xEF\xBB\xBF"

func (w dialect) day(s kpi.Stamp) string {
	if s.IsZero() {
		return ""
	}
	return s.Day().Time().Add(secondsOf(s)).Format(w.date)
}

func (w dialect) answer(m kpi.Mark) string {
	switch m {
	case kpi.Yes:
		return w.yes
	case kpi.No:
		return w.no
	}
	return ""
}

func (w dialect) rating(m kpi.Mark) string {
	switch m {
	case kpi.Yes:
		return w.happy[0]
	case kpi.No:
		return w.happy[1]
	}
	return ""
}

// dossier reads a row back; ok is false for a row that is wrong.
func (w dialect) dossier(unit string, row []string) (d kpi.Dossier, ok bool) {
	if len(row) != len(w.header) {
		return kpi.Dossier{}, false
	}
	d = kpi.Dossier{ID: row[w.at.id], Unit: unit, Procedure: row[w.at.procedure]}
	for channel, name := range w.channels {
		if name == row[w.at.channel] {
			d.Channel = channel
		}
	}
	d.Received, d.Due, d.Finished = stamp(w.date, row[w.at.received]), stamp(w.date, row[w.at.due]), stamp(w.date, row[w.at.finished])
	d.FeeDue, d.PaidOnline = w.meant(row, w.at.fee), w.meant(row, w.at.paid)
	d.InputDigitised, d.ResultElectronic = w.meant(row, w.at.digitised), w.meant(row, w.at.electronic)
	if d.Finished.IsZero() {
		return d, numberOf(d.ID) < firstDirty
	}
	for outcome, name := range w.states {
		if name == row[w.at.outcome] {
			d.Outcome = outcome
		}
	}
	switch row[w.at.rating] {
	case w.happy[0]:
		d.Satisfied = kpi.Yes
	case w.happy[1]:
		d.Satisfied = kpi.No
	}
	return d, numberOf(d.ID) < firstDirty
}

func (w dialect) meant(row []string, at int) kpi.Mark {
	if at < 0 || row[at] == "" {
		return kpi.Unknown
	}
	return mark(row[at] == w.yes)
}

// encode gives the file's bytes; the header is the first of the rows.
func (w dialect) encode(rows iter.Seq[[]string]) ([]byte, error) {
	if w.workbook != "" {
		return w.encodeWorkbook(rows)
	}
	var file bytes.Buffer
	if !w.windows {
		file.WriteString(byteOrderMark)
	}
	out := csv.NewWriter(&file)
	out.Comma, out.UseCRLF = w.separator, w.windows
	for row := range rows {
		if err := out.Write(row); err != nil {
			return nil, err
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return nil, err
	}
	if w.windows {
		return toWindows1258(file.String())
	}
	return file.Bytes(), nil
}

// decode reads the file's bytes.
func (w dialect) decode(file []byte) ([][]string, error) {
	if w.workbook != "" {
		return w.decodeWorkbook(file)
	}
	text := strings.TrimPrefix(string(file), byteOrderMark)
	if w.windows {
		decoded, err := charmap.Windows1258.NewDecoder().String(text)
		if err != nil {
			return nil, err
		}
		text = norm.NFC.String(decoded)
	}
	in := csv.NewReader(strings.NewReader(text))
	in.Comma, in.FieldsPerRecord = w.separator, -1
	return in.ReadAll()
}
