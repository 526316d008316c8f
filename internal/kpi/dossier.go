package kpi

import "fmt"

// Channel is how a dossier came in (design §2). The zero value is not a channel.
type Channel uint8

// The channels of form II.06a.
const (
	Online  Channel = iota + 1 // trực tuyến
	Counter                    // trực tiếp
	Postal                     // bưu chính
)

// Outcome is how a dossier ended; Open while it has not.
type Outcome uint8

// Settled and Refused are the agency's own endings; Withdrawn and Stopped are exits.
const (
	Open Outcome = iota
	Settled
	Refused
	Withdrawn
	Stopped
)

// Timeliness says how the end of a dossier compares with its due date.
type Timeliness uint8

// A dossier without a due date is Undated, never on time (design §4).
const (
	Early Timeliness = iota
	OnTime
	Late
	Undated
)

// Mark is a yes-or-no property that may also be unknown: the dossier then counts in neither part of a share.
type Mark uint8

// The three values of a Mark.
const (
	Unknown Mark = iota
	No
	Yes
)

// names of the enumerations, in the order of their constants; they are label values and mapping targets.
var (
	channelNames    = []string{"", "online", "counter", "postal"}
	outcomeNames    = []string{"", "settled", "refused", "withdrawn", "stopped"}
	timelinessNames = []string{"early", "on_time", "late", "undated"}
	markNames       = []string{"", "no", "yes"}
)

// ChannelNames lists the channels in the order of their constants.
func ChannelNames() []string { return append([]string(nil), channelNames[1:]...) }

// OutcomeNames lists the outcomes of finished dossiers.
func OutcomeNames() []string { return append([]string(nil), outcomeNames[1:]...) }

// TimelinessNames lists how an end can compare with the due date.
func TimelinessNames() []string { return append([]string(nil), timelinessNames...) }

func (c Channel) String() string    { return nameOf(channelNames, int(c)) }
func (o Outcome) String() string    { return nameOf(outcomeNames, int(o)) }
func (t Timeliness) String() string { return nameOf(timelinessNames, int(t)) }
func (m Mark) String() string       { return nameOf(markNames, int(m)) }

func nameOf(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("invalid(%d)", i)
}

// ParseChannel reads "online", "counter" or "postal".
func ParseChannel(text string) (Channel, bool) {
	i := indexOf(channelNames[1:], text)
	return Channel(i + 1), i >= 0
}

// ParseOutcome reads "settled", "refused", "withdrawn" or "stopped"; "" is Open.
func ParseOutcome(text string) (Outcome, bool) {
	i := indexOf(outcomeNames, text)
	return Outcome(max(i, 0)), i >= 0
}

// ParseMark reads "yes" or "no"; "" is Unknown.
func ParseMark(text string) (Mark, bool) {
	i := indexOf(markNames, text)
	return Mark(max(i, 0)), i >= 0
}

func indexOf(names []string, text string) int {
	for i, name := range names {
		if name == text {
			return i
		}
	}
	return -1
}

// Pause is a stretch in which the clock waits for the applicant (chờ bổ sung). A zero To is still waiting.
type Pause struct {
	From, To Stamp
}

// Dossier is one application's whole present state (hồ sơ). Unit and Procedure are codes as configured.
type Dossier struct {
	ID        string
	Unit      string
	Procedure string
	Channel   Channel
	Received  Stamp
	Due       Stamp // zero: no due date
	Finished  Stamp // zero: still open
	Outcome   Outcome
	Pauses    []Pause // in order of From, not overlapping

	FeeDue           Mark // a fee or duty has to be paid
	PaidOnline       Mark
	InputDigitised   Mark
	ResultElectronic Mark
	Satisfied        Mark // the applicant's rating; Unknown where nobody rated
}

// Procedure is one administrative procedure (TTHC) of a unit's catalogue.
type Procedure struct {
	Unit         string
	Code         string
	Name         string
	Field        string  // lĩnh vực
	Level        uint8   // 1 to 4 under Decree 43/2011; 0 where it was never given
	Online       string  // "full" or "partial" under Decree 42/2022; "" for neither
	StatutoryDay float64 // statutory time in days; 0 unknown
	WorkingDays  bool    // the statutory time counts working days
	Fee          Mark
	Group        string // single-window group; "" for none
	From, To     Day    // in force from and to (both included); zero is unbounded
}

// Observation is one reported total (design §4): a measure's value for a day.
type Observation struct {
	Unit    string
	Measure string
	Day     Day
	Value   float64
}

// SupplementClock says what the wait for a supplement does to the due date and to the handling time; three practices
// are seen in the field, so each source chooses.
type SupplementClock uint8

// AsGiven trusts the due date of the unit's system, which already counts supplements.
const (
	AsGiven SupplementClock = iota
	// PauseClock moves the due date by the working time waited.
	PauseClock
	// RestartClock starts the whole time anew when the supplement is there.
	RestartClock
	// ShiftClock moves the due date by the calendar days waited.
	ShiftClock
)

var clockNames = []string{"as_given", "pause", "restart", "shift"}

func (c SupplementClock) String() string { return nameOf(clockNames, int(c)) }

// ParseSupplementClock reads one of ClockNames.
func ParseSupplementClock(text string) (SupplementClock, bool) {
	i := indexOf(clockNames, text)
	return SupplementClock(max(i, 0)), i >= 0
}
