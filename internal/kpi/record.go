package kpi

// Record is what one row of a unit system became: exactly one of Dossier, Procedure and Observation is set.
type Record struct {
	Dossier     *Dossier
	Procedure   *Procedure
	Observation *Observation

	// Changed orders the versions of a dossier within one read: the row's change time in microseconds, or its version
	// number. 0 where the source has no change column.
	Changed int64
	// Row is the row's number in its source, counted from 1; a file counts lines.
	Row int64
	// Origin is the file, sheet or table of the row where its source has several, else empty.
	Origin string
}

// In adds the origin of a row to what is said of it.
func In(detail, origin string) string {
	if origin == "" {
		return detail
	}
	return detail + " (in " + origin + ")"
}

// Reject is a row that is not taken: it changes no figure and is kept, with its content as it was read.
type Reject struct {
	Row   int64
	ID    string // the dossier's id, procedure's code or measure where it could be read; else ""
	Fault Fault
	Raw   string // the row as read, as a JSON object in the order of its columns, or the line of text
	// Changed orders the versions of a dossier, as Record has it; 0 where the source has no change column.
	Changed int64
}

// Warned is a row that is taken but deserves a look.
type Warned struct {
	Row    int64
	ID     string
	Reason Reason
	Detail string
}

// Deletion is a dossier that the system has deleted. Changed is that of its row, as of a Record.
type Deletion struct {
	ID      string
	Changed int64
}

// Batch is a stretch of rows of one source, in the order in which they were read. The ledger takes it whole or not at all.
type Batch struct {
	Records  []Record
	Rejects  []Reject
	Warnings []Warned
	// Deleted are dossiers that the system has deleted and still shows. Their rows are among those skipped.
	Deleted []Deletion
	// Rows is the number of rows read, taken or not.
	Rows int64
	// Skipped is how many of them are no records, or none yet: a dossier that was handed in and not received.
	Skipped int64
	// SkippedBy divides them by what passed them over: "rule 'tổng'", "mapping.outcome". nil where there are none.
	SkippedBy map[string]int64
	// State, when not empty, is the source's cursor that holds once this batch is in the ledger.
	State string
}

// Kept begins a state that is no cursor but what a source remembers, such as where counters stood: it stays where everything
// is read anew because the configuration has changed, and goes along with a full read.
const Kept = "keep:"
