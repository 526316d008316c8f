package pages

// HistoryTrouble is something that is wrong with the agent's own history.
type HistoryTrouble struct {
	Kind string // not_written, late, damaged, as history has them, or PastNotWritten
	Why  string // as the log has it
}

// PastNotWritten is the kind of trouble where closed days cannot be written.
const PastNotWritten = "past_not_written"

// PastLags is the kind of trouble where corrections of closed days wait to be written.
const PastLags = "past_lags"

// historyLine tells of such trouble, and what to do.
type historyLine struct{ Text, Why string }

func (r *request) historyLines() (lines []historyLine) {
	if r.pages.History == nil {
		return nil
	}
	for _, t := range r.pages.History() {
		lines = append(lines, historyLine{r.Say("history." + t.Kind), t.Why})
	}
	return lines
}
