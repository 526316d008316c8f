package pages

// HistoryTrouble is something that is wrong with the agent's own history.
type HistoryTrouble struct {
	Kind string // not_written, late, damaged, as history has them, or PastNotWritten
	Why  string // as the log has it
}

// PastNotWritten is the kind of trouble where closed days cannot be written.
const PastNotWritten = "past_not_written"

// historyLine tells of such trouble, and what to do.
type historyLine struct{ Text, Why string }

func (v *visit) historyLines() (lines []historyLine) {
	if v.pages.History == nil {
		return nil
	}
	for _, t := range v.pages.History() {
		lines = append(lines, historyLine{v.Say("history." + t.Kind), t.Why})
	}
	return lines
}
