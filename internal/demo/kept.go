package demo

import "kpiagent/internal/kpi"

// kept is a change as a system keeps it in memory. Tens of thousands of them stay there for as long as the ministry lives, so
// what all dossiers of an office have in common is left out.
type kept struct {
	id, procedure                                     string
	received, due, finished, pausedFrom, pausedTo, at kpi.Stamp // a dossier is paused once at most
	channel                                           kpi.Channel
	outcome                                           kpi.Outcome
	fee, paid, digitised, electronic, satisfied       kpi.Mark
}

func keep(c *change) kept {
	k := kept{id: c.ID, procedure: c.Procedure, received: c.Received, due: c.Due, finished: c.Finished, at: c.at, channel: c.Channel, outcome: c.Outcome,
		fee: c.FeeDue, paid: c.PaidOnline, digitised: c.InputDigitised, electronic: c.ResultElectronic, satisfied: c.Satisfied}
	if len(c.Pauses) > 0 {
		k.pausedFrom, k.pausedTo = c.Pauses[0].From, c.Pauses[0].To
	}
	return k
}

// change gives it back.
func (k *kept) change(unit string) change {
	d := kpi.Dossier{ID: k.id, Unit: unit, Procedure: k.procedure, Channel: k.channel, Received: k.received, Due: k.due, Finished: k.finished,
		Outcome: k.outcome, FeeDue: k.fee, PaidOnline: k.paid, InputDigitised: k.digitised, ResultElectronic: k.electronic, Satisfied: k.satisfied}
	if k.pausedFrom != 0 {
		d.Pauses = []kpi.Pause{{From: k.pausedFrom, To: k.pausedTo}}
	}
	return change{d, k.at}
}

// ended says that nothing more happens to the dossier.
func (k *kept) ended() bool { return !k.finished.IsZero() }
