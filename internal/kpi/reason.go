package kpi

import (
	"cmp"
	"fmt"
	"slices"
)

// Reason says in one word why a row is not taken into the ledger, or why it is taken with a warning. It is the label
// value of egov_source_rejected_rows_total.
type Reason string

// Reasons for which a row is rejected: it is kept for inspection with its raw content and changes no figure.
const (
	MissingField      Reason = "missing_field"       // a required field is empty
	BadDate           Reason = "bad_date"            // not a date in any configured layout, or a day that does not exist
	BadValue          Reason = "bad_value"           // not a number, not a yes or no, out of range
	UnknownChannel    Reason = "unknown_channel"     // a value that no value map names
	UnknownOutcome    Reason = "unknown_outcome"     // likewise
	UnknownProcedure  Reason = "unknown_procedure"   // a code that the catalogue of procedures lacks
	UnknownUnit       Reason = "unknown_unit"        // a unit that the configuration lacks
	UnknownMeasure    Reason = "unknown_measure"     // an observation that the configuration does not declare
	DueBeforeReceived Reason = "due_before_received" // on an earlier day
	EndBeforeReceived Reason = "end_before_received" // on an earlier day
	EndInFuture       Reason = "end_in_future"       // finished on a day after today
	ReceivedInFuture  Reason = "received_in_future"  // received on a day after today
	OutcomeWithoutEnd Reason = "outcome_without_end" // the status says ended, no end date
	EndWithoutOutcome Reason = "end_without_outcome" // an end date, the status says open
	BadPause          Reason = "bad_pause"           // pauses that run backwards or lie outside the dossier
	ConflictingRow    Reason = "conflicting_row"     // the same id twice in one read, different content, none newer
	MalformedRow      Reason = "malformed_row"       // the row itself cannot be read, for example a stray quote
	Unbalanced        Reason = "unbalanced"          // figures of a report that do not add up
	NoDetail          Reason = "no_detail"           // the second answer that the row needs did not come
	DestroyedCode     Reason = "destroyed_code"      // an id or code that a spreadsheet has shortened: its last digits are lost
	TooLong           Reason = "too_long"            // an id or code longer than the ledger keeps
)

// RejectReasons lists the reasons for which a row can be rejected.
func RejectReasons() []Reason {
	return []Reason{MissingField, BadDate, BadValue, UnknownChannel, UnknownOutcome, UnknownProcedure, UnknownUnit, UnknownMeasure,
		DueBeforeReceived, EndBeforeReceived, EndInFuture, ReceivedInFuture, OutcomeWithoutEnd, EndWithoutOutcome, BadPause, ConflictingRow,
		MalformedRow, Unbalanced, NoDetail, DestroyedCode, TooLong}
}

// Warnings: the row counts, but somebody should look.
const (
	EndsBeforeStartSameDay Reason = "ends_before_start_same_day" // same day, earlier hour: handling time is zero
	IDInOtherUnit          Reason = "id_in_other_unit"           // another unit holds the same id; in one source only the newer counts
	IDInOtherSource        Reason = "id_in_other_source"         // another source of the same unit holds the same id; both count
	PauseUnlikeStatus      Reason = "pause_unlike_status"        // it waits by its status and not by its pauses, or the reverse; the pauses count
	ChangedInFuture        Reason = "changed_in_future"          // the row's change time lies after the agent's clock
	RepeatedRow            Reason = "repeated_row"               // the same unit, measure and day twice in one read, with the same value; it counts once
	OverlappingPauses      Reason = "overlapping_pauses"         // waits that overlap count as one, from the first beginning to the last end
	NumberAsCode           Reason = "number_as_code"             // a procedure's code is a number with decimals: a spreadsheet cuts zeros off at its end
	LikeOtherID            Reason = "like_other_id"              // two ids of one read differ only by case, zeros that a spreadsheet cuts off, or what looks alike
	SwallowedRows          Reason = "swallowed_rows"             // a cell of several lines has as many separators as a row: quotes may have swallowed rows
	DoubtfulColumn         Reason = "doubtful_column"            // a column as a whole looks wrong; its rows count
	JumpedValues           Reason = "jumped_values"              // a column, or a list, is very unlike the last read; its rows count
	SlippedRows            Reason = "slipped_rows"               // rows came on two pages of one read: others may have slipped through
	FallenTotal            Reason = "fallen_total"               // a total of the year so far is below the one before it; what came in between is negative
	CounterReset           Reason = "counter_reset"              // a counter began anew: what it counted just before is not known
)

// WarningReasons lists the reasons for which a row, or a column, counts with a warning.
func WarningReasons() []Reason {
	return []Reason{EndsBeforeStartSameDay, IDInOtherUnit, IDInOtherSource, PauseUnlikeStatus, ChangedInFuture, RepeatedRow, OverlappingPauses,
		NumberAsCode, LikeOtherID, SwallowedRows, DoubtfulColumn, JumpedValues, SlippedRows, FallenTotal, CounterReset}
}

// MaxCode is the longest id or code, in bytes, that the ledger keeps.
const MaxCode = 200

// Fault is why a row is rejected: the reason, the field it is about, and what was found and what is allowed.
type Fault struct {
	Reason Reason
	Field  string
	Detail string
}

func (f *Fault) Error() string {
	if f.Field == "" {
		return fmt.Sprintf("%s: %s", f.Reason, f.Detail)
	}
	return fmt.Sprintf("%s: %s: %s", f.Reason, f.Field, f.Detail)
}

// Check reports whether the dossier can stand in the ledger on the given day: fault is nil when it can, else the first
// fault. warnings say what deserves a look although it stands. Waits that overlap are united. Days decide, not hours: a
// dossier that ends an hour before it begins on the same day is kept with a handling time of zero.
func (d *Dossier) Check(today Day) (warnings []Reason, fault *Fault) {
	for _, f := range []struct{ field, text string }{{"id", d.ID}, {"unit", d.Unit}, {"procedure", d.Procedure}} {
		if f.text == "" {
			return nil, &Fault{MissingField, f.field, "is empty"}
		}
		if len(f.text) > MaxCode {
			return nil, &Fault{TooLong, f.field, fmt.Sprintf("has %d bytes, at most %d are kept", len(f.text), MaxCode)}
		}
	}
	if d.Channel == 0 {
		return nil, &Fault{MissingField, "channel", "is empty"}
	}
	if d.Received.IsZero() {
		return nil, &Fault{MissingField, "received", "is empty"}
	}
	if fault := d.checkDates(today); fault != nil {
		return nil, fault
	}
	if fault := d.checkPauses(today); fault != nil {
		return nil, fault
	}
	if d.unitePauses() {
		warnings = append(warnings, OverlappingPauses)
	}
	if !d.Finished.IsZero() && d.Finished < d.Received {
		warnings = append(warnings, EndsBeforeStartSameDay)
	}
	return warnings, nil
}

// No dossier is older than firstStamp or due after lastStamp: such dates are typing errors or stand for "none".
var (
	firstStamp = Date(1900, 1, 1).Stamp()
	lastStamp  = Date(2200, 1, 1).Stamp() - 1
)

func (d *Dossier) checkDates(today Day) *Fault {
	for _, f := range []struct {
		field string
		at    Stamp
	}{{"received", d.Received}, {"due", d.Due}, {"finished", d.Finished}} {
		if !f.at.IsZero() && (f.at < firstStamp || f.at > lastStamp) {
			return &Fault{BadDate, f.field, fmt.Sprintf("%s is outside the years 1900 to 2199", f.at)}
		}
	}
	received := d.Received.Day()
	if received > today {
		return &Fault{ReceivedInFuture, "received", fmt.Sprintf("%s is after today, %s", d.Received, today)}
	}
	if !d.Due.IsZero() && d.Due.Day() < received {
		return &Fault{DueBeforeReceived, "due", fmt.Sprintf("%s is before the receipt, %s", d.Due, d.Received)}
	}
	if d.Finished.IsZero() {
		if d.Outcome != Open {
			return &Fault{OutcomeWithoutEnd, "outcome", fmt.Sprintf("is %q but there is no end date", d.Outcome)}
		}
		return nil
	}
	if d.Outcome == Open {
		return &Fault{EndWithoutOutcome, "finished", fmt.Sprintf("is %s but the status says that it is open", d.Finished)}
	}
	if d.Finished.Day() < received {
		return &Fault{EndBeforeReceived, "finished", fmt.Sprintf("%s is before the receipt, %s", d.Finished, d.Received)}
	}
	if d.Finished.Day() > today {
		return &Fault{EndInFuture, "finished", fmt.Sprintf("%s is after today, %s", d.Finished, today)}
	}
	return nil
}

func (d *Dossier) checkPauses(today Day) *Fault {
	for i, p := range d.Pauses {
		fault := func(format string, about ...any) *Fault {
			return &Fault{BadPause, "pauses", fmt.Sprintf("pause %d ", i+1) + fmt.Sprintf(format, about...)}
		}
		switch {
		case p.From.IsZero() || p.From.Day() < d.Received.Day():
			return fault("begins %q, before %s", p.From, d.Received)
		case p.From.Day() > today:
			return fault("begins %s, after today, %s", p.From, today)
		case p.From > lastStamp || p.To > lastStamp || !d.Finished.IsZero() && p.From.Day() > d.Finished.Day():
			return fault("begins %s, after the end of the dossier", p.From)
		case !p.To.IsZero() && p.To < p.From:
			return fault("ends %s, before it begins, %s", p.To, p.From)
		}
	}
	return nil
}

// unitePauses orders the pauses by their beginning and makes one of those that overlap: two sections may ask the applicant
// at once, and the clock waits until both are answered. It reports whether any overlapped.
func (d *Dossier) unitePauses() (overlapped bool) {
	slices.SortStableFunc(d.Pauses, func(a, b Pause) int { return cmp.Compare(a.From, b.From) })
	united := d.Pauses[:0]
	for _, p := range d.Pauses {
		if n := len(united); n > 0 && (united[n-1].To.IsZero() || p.From < united[n-1].To) {
			overlapped = true
			if last := &united[n-1]; p.To.IsZero() || !last.To.IsZero() && p.To > last.To {
				last.To = p.To
			}
			continue
		}
		united = append(united, p)
	}
	d.Pauses = united
	return overlapped
}
