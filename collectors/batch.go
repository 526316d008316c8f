package collectors

import "kpiagent/internal/kpi"

// openBatch is a batch under construction.
type openBatch struct {
	batch  *kpi.Batch
	weight int    // bytes that its rows hold beyond what every record has
	lastID string // of the row taken last, for a warning that follows
	last   int64
}

// heaviest closes a batch early when its rows hold so many bytes.
const heaviest = 4 << 20

func (o *openBatch) add(record kpi.Record, id string) {
	o.batch.Records = append(o.batch.Records, record)
	switch {
	case record.Dossier != nil:
		o.weight += len(record.Dossier.Pauses) * 16
	case record.Procedure != nil:
		o.weight += len(record.Procedure.Name) + len(record.Procedure.Field)
	}
	o.lastID, o.last = id, record.Row
}

func (o *openBatch) empty() bool { return o.batch.Rows == 0 && len(o.batch.Warnings) == 0 }

// skip counts a row as passed over; by says by what.
func (o *openBatch) skip(row int64, by string) {
	o.batch.Skipped++
	if o.batch.SkippedBy == nil {
		o.batch.SkippedBy = map[string]int64{}
	}
	o.batch.SkippedBy[by]++
	o.lastID, o.last = "", row
}

// delete takes the row of a deleted dossier in.
func (o *openBatch) delete(d kpi.Deletion, row int64) {
	o.batch.Deleted = append(o.batch.Deleted, d)
	o.weight += len(d.ID) + 40
	o.skip(row, "mapping.deleted")
}

func (o *openBatch) reject(r kpi.Reject) {
	o.batch.Rejects = append(o.batch.Rejects, r)
	o.weight += len(r.Raw) + len(r.Fault.Detail) + len(r.ID) + 100
	o.lastID, o.last = r.ID, r.Row
}

func (o *openBatch) warn(reason kpi.Reason, detail string) {
	o.batch.Warnings = append(o.batch.Warnings, kpi.Warned{Row: o.last, ID: o.lastID, Reason: reason, Detail: detail})
	o.weight += len(detail) + 100
}
