package ledger

import (
	"context"
	"database/sql"
	"strings"
)

// notePrefix keeps notes apart from what else stands in the table meta.
const notePrefix = "note "

// Note keeps a short text under a name; "" forgets it.
func (l *Ledger) Note(ctx context.Context, name, text string) error {
	l.write.Lock()
	defer l.write.Unlock()
	return l.explain("note "+name, l.transact(ctx, func(tx *sql.Tx) error {
		if text == "" {
			_, err := tx.ExecContext(ctx, "delete from meta where name = ?", notePrefix+name)
			return err
		}
		_, err := tx.ExecContext(ctx, "insert or replace into meta (name, value) values (?, ?)", notePrefix+name, text)
		return err
	}))
}

// Notes gives all texts that are kept, by name.
func (l *Ledger) Notes(ctx context.Context) (map[string]string, error) {
	notes := map[string]string{}
	err := each(ctx, l.reader, func(scan func(...any) error) error {
		var name, text string
		if err := scan(&name, &text); err != nil {
			return err
		}
		if name, isNote := strings.CutPrefix(name, notePrefix); isNote {
			notes[name] = text
		}
		return nil
	}, "select name, value from meta")
	return notes, l.explain("read the notes", err)
}
