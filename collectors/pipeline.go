package collectors

import (
	"errors"
	"fmt"
	"strings"

	"kpiagent/internal/kpi"
)

// rowSteps are what happens to each row, in this order, until one of them has settled it: a row ends as records, as skipped,
// or as rejected.
var rowSteps = [...]func(b *Binding) (settled bool){
	(*Binding).shapeRow,  // a rule of the configuration passes it over, or fills it in
	(*Binding).skipRow,   // a value map says that it is no record, or none yet
	(*Binding).refuseRow, // the source knows something to be wrong with it
	(*Binding).mapRow,    // its fields make records: see dossierSteps for those of a dossier
}

// take maps one row into the batch.
func (b *Binding) take(to *openBatch, at Position, values []Value) {
	to.batch.Rows++
	b.nested.begin()
	b.row = presentRow{at, values, to}
	for _, step := range rowSteps {
		if step(b) {
			return
		}
	}
}

// malformed takes a row that is none.
func (b *Binding) malformed(to *openBatch, number int64, text string, err error) {
	to.batch.Rows++
	if b.shapeMalformed(to, number, text) {
		return
	}
	var fault *kpi.Fault
	if !errors.As(err, &fault) {
		fault = &kpi.Fault{Reason: kpi.MalformedRow, Detail: err.Error()}
	}
	to.reject(kpi.Reject{Row: number, Fault: b.placed(fault), Raw: rawText(text)})
}

func (b *Binding) skipRow() bool {
	f := b.skippedBy()
	if f == nil {
		return false
	}
	b.row.to.skip(b.row.at.Number, f.skippedAs)
	return true
}

// skippedBy returns the field whose value says that the row is no record, or none yet; nil where it is one.
func (b *Binding) skippedBy() *field {
	for _, f := range b.skips {
		if f.isOne(f.skips, b.row.values) {
			return f
		}
	}
	return nil
}

func (b *Binding) refuseRow() bool {
	if b.row.at.Fault == nil {
		return false
	}
	b.bad(b.record.id(b.row.values), b.row.at.Fault)
	return true
}

func (b *Binding) mapRow() bool {
	b.record.records(b)
	return true
}

// good adds a record that the row became.
func (b *Binding) good(record kpi.Record, id string) {
	if fault := b.nested.noted(); fault != nil {
		b.bad(id, fault)
		return
	}
	record.Row, record.Changed, record.Origin = b.row.at.Number, b.row.at.Changed, b.origin
	b.row.to.add(record, id)
}

// bad rejects a record of the row; id is what could be read of its id.
func (b *Binding) bad(id string, fault *kpi.Fault) {
	if noted := b.nested.noted(); noted != nil {
		fault = noted
	}
	b.row.to.reject(kpi.Reject{Row: b.row.at.Number, ID: strings.Clone(cut(id, kpi.MaxCode)), Fault: b.placed(fault),
		Raw: rawRow(b.columns, b.row.values), Changed: b.row.at.Changed})
}

// placed adds the place to a fault where the source has several.
func (b *Binding) placed(fault *kpi.Fault) kpi.Fault {
	placed := *fault
	placed.Detail = kpi.In(placed.Detail, b.origin)
	return placed
}

// warn warns of the record that the row became.
func (b *Binding) warn(reason kpi.Reason, detail string) {
	b.row.to.warn(reason, kpi.In(detail, b.origin))
}

// unitOf returns the unit of the row: the source's own where the mapping has no unit.
func (b *Binding) unitOf() (string, *kpi.Fault) { return b.unitIn(b.unit) }

// unitIn returns the unit that a field names; the source's own where the field has no column.
func (b *Binding) unitIn(f *textField) (string, *kpi.Fault) {
	if len(f.columns) == 0 && !f.fixed {
		return b.source.Unit, nil
	}
	text, fault := f.read(b.row.values)
	if fault != nil {
		return "", fault
	}
	if text == "" {
		return "", f.missing()
	}
	unit, known := b.units[text]
	if !known {
		return "", f.about(&kpi.Fault{Reason: kpi.UnknownUnit, Detail: fmt.Sprintf("%s is not a configured unit", quote(text))})
	}
	return unit, nil
}

// declaredMeasure is the fault of a measure that the configuration does not declare.
func (b *Binding) declaredMeasure(f *field, measure string) *kpi.Fault {
	if b.checks.Measure == nil || b.checks.Measure(measure) {
		return nil
	}
	return f.about(&kpi.Fault{Reason: kpi.UnknownMeasure, Detail: quote(measure) + " is not declared under measures"})
}

// tooLong is the fault of a text with more bytes than are kept.
func (f *field) tooLong(text string, most int) *kpi.Fault {
	if len(text) <= most {
		return nil
	}
	return f.about(&kpi.Fault{Reason: kpi.TooLong, Detail: fmt.Sprintf("has %d bytes, at most %d are kept", len(text), most)})
}
