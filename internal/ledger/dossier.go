package ledger

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kpiagent/internal/kpi"
)

// stored is a dossier as the ledger holds it.
type stored struct {
	key     int64 // 0 before it is written
	hash    uint64
	source  int64
	book    kpi.BookID
	changed int64
	dossier kpi.Dossier
}

// hashOf is FNV-1a over the id. It must never change: it is stored.
func hashOf(id string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * 1099511628211
	}
	return h
}

// same says whether two states of a dossier are equal in all that the ledger keeps.
func same(a, b *kpi.Dossier) bool {
	return a.ID == b.ID && a.Unit == b.Unit && a.Procedure == b.Procedure && a.Channel == b.Channel &&
		a.Received == b.Received && a.Due == b.Due && a.Finished == b.Finished && a.Outcome == b.Outcome &&
		marksOf(a) == marksOf(b) && slices.Equal(a.Pauses, b.Pauses)
}

// marksOf packs the marks of a dossier, two bits each in the order of kpi.Marks.
func marksOf(d *kpi.Dossier) (packed int64) {
	for i, mark := range kpi.Marks() {
		packed |= int64(*mark.In(d)) << (2 * i)
	}
	return packed
}

func setMarks(d *kpi.Dossier, packed int64) {
	for i, mark := range kpi.Marks() {
		*mark.In(d) = kpi.Mark(packed >> (2 * i) & 3)
	}
}

// pausesText keeps pauses as "from/to;from/" in seconds since 1970-01-01; nil for none.
func pausesText(pauses []kpi.Pause) driver.Value {
	if len(pauses) == 0 {
		return nil
	}
	var text []byte
	for i, p := range pauses {
		if i > 0 {
			text = append(text, ';')
		}
		text = append(strconv.AppendInt(text, p.From.Unix(), 10), '/')
		if !p.To.IsZero() {
			text = strconv.AppendInt(text, p.To.Unix(), 10)
		}
	}
	return string(text)
}

func parsePauses(text string) ([]kpi.Pause, error) {
	if text == "" {
		return nil, nil
	}
	var pauses []kpi.Pause
	for part := range strings.SplitSeq(text, ";") {
		from, to, _ := strings.Cut(part, "/")
		var p kpi.Pause
		seconds, err := strconv.ParseInt(from, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: pauses %q: %w", errImpossible, text, err)
		}
		p.From = kpi.StampFromUnix(seconds)
		if to != "" {
			if seconds, err = strconv.ParseInt(to, 10, 64); err != nil {
				return nil, fmt.Errorf("%w: pauses %q: %w", errImpossible, text, err)
			}
			p.To = kpi.StampFromUnix(seconds)
		}
		pauses = append(pauses, p)
	}
	return pauses, nil
}

func stampTo(s kpi.Stamp) driver.Value {
	if s.IsZero() {
		return nil
	}
	return s.Unix()
}

func stampFrom(n sql.NullInt64) kpi.Stamp {
	if !n.Valid {
		return 0
	}
	return kpi.StampFromUnix(n.Int64)
}

const dossierColumns = "key, hash, source, book, id, channel, received, due, finished, outcome, marks, pauses, changed"

// maxKey bounds the keys of dossiers: they are given out one by one, so that larger ones are damage. A set of keys takes a
// bit for each.
const maxKey = 1 << 32

// scanDossier reads a row of dossierColumns. keys names the books.
func scanDossier(scan func(...any) error, keys map[kpi.BookID]kpi.BookKey) (stored, error) {
	var s stored
	var hash, received, marks int64
	var due, finished sql.NullInt64
	var pauses sql.NullString
	err := scan(&s.key, &hash, &s.source, &s.book, &s.dossier.ID, &s.dossier.Channel, &received, &due, &finished,
		&s.dossier.Outcome, &marks, &pauses, &s.changed)
	if err != nil {
		return s, err
	}
	s.hash = uint64(hash)
	s.dossier.Received, s.dossier.Due, s.dossier.Finished = kpi.StampFromUnix(received), stampFrom(due), stampFrom(finished)
	setMarks(&s.dossier, marks)
	if s.dossier.Pauses, err = parsePauses(pauses.String); err != nil {
		return s, err
	}
	key, known := keys[s.book]
	if !known || s.key <= 0 || s.key > maxKey {
		return s, fmt.Errorf("%w: dossier %d stands in book %d, which is not there", errImpossible, s.key, s.book)
	}
	s.dossier.Unit, s.dossier.Procedure = key.Unit, key.Procedure
	return s, nil
}

// lookUpChunk is how many hashes one query asks for.
const lookUpChunk = 200

// lookUp hands the stored dossiers with one of the hashes to take: those of all sources.
func (l *Ledger) lookUp(ctx context.Context, tx *sql.Tx, hashes []uint64, take func(stored)) error {
	slices.Sort(hashes) // neighbours in the index share pages
	hashes = slices.Compact(hashes)
	args := make([]any, 0, lookUpChunk)
	var statement *sql.Stmt
	var prepared int
	defer func() {
		if statement != nil {
			statement.Close()
		}
	}()
	for chunk := range slices.Chunk(hashes, lookUpChunk) {
		args = args[:0]
		for _, h := range chunk {
			args = append(args, int64(h))
		}
		if statement == nil || prepared != len(chunk) {
			if statement != nil {
				statement.Close()
			}
			var err error
			statement, err = tx.PrepareContext(ctx, "select "+dossierColumns+" from dossier where hash in (?"+strings.Repeat(",?", len(chunk)-1)+")")
			if err != nil {
				return err
			}
			prepared = len(chunk)
		}
		rows, err := statement.QueryContext(ctx, args...)
		if err != nil {
			return err
		}
		err = eachOf(rows, func(scan func(...any) error) error { // closes them in any case: before the statement
			s, err := scanDossier(scan, l.keys)
			if err == nil {
				take(s)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
