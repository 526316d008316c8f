package collectors

import "kpiagent/internal/kpi"

// gathering is a batch in the making.
type gathering struct {
	batch  *kpi.Batch
	weight int    // bytes that its rows hold beyond what every record has
	lastID string // of the row taken last, for a warning that follows
	last   int64
}

// heaviest closes a batch early when its rows hold so many bytes.
const heaviest = 4 << 20

func (g *gathering) add(record kpi.Record, id string) {
	g.batch.Records = append(g.batch.Records, record)
	switch {
	case record.Dossier != nil:
		g.weight += len(record.Dossier.Pauses) * 16
	case record.Procedure != nil:
		g.weight += len(record.Procedure.Name) + len(record.Procedure.Field)
	}
	g.lastID, g.last = id, record.Row
}

func (g *gathering) skip(row int64) {
	g.batch.Skipped++
	g.lastID, g.last = "", row
}

func (g *gathering) reject(r kpi.Reject) {
	g.batch.Rejects = append(g.batch.Rejects, r)
	g.weight += len(r.Raw) + len(r.Fault.Detail) + len(r.ID) + 100
	g.lastID, g.last = r.ID, r.Row
}

func (g *gathering) warn(reason kpi.Reason, detail string) {
	g.batch.Warnings = append(g.batch.Warnings, kpi.Warned{Row: g.last, ID: g.lastID, Reason: reason, Detail: detail})
	g.weight += len(detail) + 100
}
