package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

// mostProfile bounds what is kept of the columns of one source, in bytes.
const mostProfile = 200_000

// storeProfile keeps what the columns of the read held: that of a complete read, or of any where there is none yet.
func (r *Run) storeProfile(ctx context.Context, tx *sql.Tx, e *Ending) error {
	if e.Profile == nil || e.Unchanged || len(e.Profile.Headers) == 0 {
		return nil
	}
	p := *e.Profile
	p.Read, p.Complete = e.Now, e.Complete
	content, err := json.Marshal(&p)
	if err == nil && len(content) > mostProfile {
		p.Base = nil
		content, err = json.Marshal(&p)
	}
	if err != nil || len(content) > mostProfile {
		return err
	}
	_, err = tx.ExecContext(ctx, `insert into profile (source, content) values (?1, ?2) on conflict (source) do update
		set content = excluded.content where ?3 or not coalesce(json_extract(content, '$.complete'), 0)`, r.source.id, string(content), e.Complete)
	return err
}

// Profile returns what the columns of the last complete read of a source held; nil where that is not known.
func (l *Ledger) Profile(ctx context.Context, source string) (*sourcelog.Profile, error) {
	var content string
	err := l.reader.QueryRowContext(ctx, "select content from profile where source = (select id from source where name = ?)", source).Scan(&content)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, l.explain("read what the columns held", err)
	}
	p := new(sourcelog.Profile)
	if err := json.Unmarshal([]byte(content), p); err != nil {
		l.log.Warn("what the columns of the last read held cannot be read; the next complete read replaces it", "source", source, "err", err)
		return nil, nil
	}
	return p, nil
}

// parts divides the rows of a run that do not count.
type parts struct {
	ByReason  map[kpi.Reason]int64 `json:"by_reason,omitempty"`
	SkippedBy map[string]int64     `json:"skipped_by,omitempty"`
}

// noteParts writes what the rows of the run became into the run log.
func (r *Run) noteParts(ctx context.Context, tx *sql.Tx) error {
	content, err := json.Marshal(parts{r.ByReason, r.SkippedBy})
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "update run set good = ?, skipped = ?, parts = ? where id = ?", r.Good, r.Skipped, string(content), r.id)
	return err
}

// readParts reads what noteParts wrote; of earlier runs there is nothing.
func readParts(content string, to *sourcelog.Summary) error {
	if content == "" {
		return nil
	}
	var p parts
	err := json.Unmarshal([]byte(content), &p)
	to.ByReason, to.SkippedBy = p.ByReason, p.SkippedBy
	return err
}
