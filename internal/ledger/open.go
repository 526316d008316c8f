package ledger

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"kpiagent/internal/kpi"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Options say where the ledger lies and what its contents are counted by.
type Options struct {
	Path string
	// ReadOnly looks at a ledger that an agent may be writing at the same time; it takes no lock and changes nothing.
	ReadOnly bool
	Units    []kpi.Unit
	// Rules are the counting rules of each configured source, by "unit/source". Dossiers of other sources stay in the
	// ledger and show in no figure.
	Rules map[string]kpi.Rules
	// Levels are the measures that hold until their next value.
	Levels []string
	// Running are the measures reported as totals of the year so far, which begins by CutOff.
	Running []string
	CutOff  kpi.CutOff
	// Declared are the procedures that the configuration lists.
	Declared []kpi.Procedure
	// KeptRejects and KeptRuns bound what is kept per source.
	KeptRejects, KeptRuns int
	// Location is where the days of the day log begin; nil is UTC.
	Location *time.Location
	// MaxPages bounds the size of the file in pages of 4 KiB; 0 leaves it to the disk. It stands for a full disk.
	MaxPages int
	Log      *slog.Logger
}

// Ledger is an open ledger. Its methods may be called by several goroutines.
type Ledger struct {
	path    string
	options Options
	log     *slog.Logger
	lock    io.Closer // nil where the ledger is only looked at
	db      *sql.DB
	conn    *sql.Conn // the writing connection, or the only one when read-only; nil after it was given up
	moment  *sql.Tx   // read-only: all is seen as it was when the ledger was opened
	reader  querier   // of committed rows: any connection, or moment

	write sync.Mutex // one batch at a time
	// What the writer knows; guarded by write.
	sources map[string]*source
	books   map[kpi.BookKey]kpi.BookID
	keys    map[kpi.BookID]kpi.BookKey
	nextKey int64
	novel   *novelty // the ids of all dossiers, while the ledger was empty when it was opened
	segments
	foldAt    foldLimits
	registers int // how often the register of procedures was made anew

	read    sync.RWMutex // guards what figures are computed from
	figures kpi.Books
}

// source is what the ledger knows of one source.
type source struct {
	id          int64
	name        string
	state       string
	fingerprint string
	basis       string
	established bool
	needsFull   bool
	dossiers    int64
	held        int64
	heldWhy     string
	// missed are the records that the last complete read lacked whose rows may have moved meanwhile; not kept over a restart.
	missed map[string]bool
}

// Open opens the ledger, bringing an older one up to date, and loads the daybook. Where the counting rules have changed
// since it was written, the daybook is counted anew from the dossiers.
func Open(ctx context.Context, o Options) (*Ledger, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	l := &Ledger{path: o.Path, options: o, log: o.Log, sources: map[string]*source{},
		books: map[kpi.BookKey]kpi.BookID{}, keys: map[kpi.BookID]kpi.BookKey{}, foldAt: usualFoldLimits}
	if err := l.open(ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (l *Ledger) open(ctx context.Context) (err error) {
	if err := l.lookAtPath(); err != nil {
		return err
	}
	if !l.options.ReadOnly {
		if l.lock, err = lock(l.path); err != nil {
			return err
		}
		if err := l.makeFile(); err != nil {
			return err
		}
	}
	if l.db, err = sql.Open("sqlite", l.dsn()); err != nil {
		return l.explain("open", err)
	}
	l.db.SetMaxOpenConns(4)
	if err := l.connect(ctx); err != nil {
		return l.explain("open", err)
	}
	l.reader = l.db
	if l.options.ReadOnly {
		// One transaction until Close, so that the dossiers are those that the figures were made of.
		if l.moment, err = l.conn.BeginTx(context.WithoutCancel(ctx), &sql.TxOptions{ReadOnly: true}); err != nil {
			return l.explain("open", err)
		}
		l.reader = l.moment
	}
	if err := l.migrate(ctx); err != nil {
		return err
	}
	if err := l.load(ctx); err != nil {
		return err
	}
	return l.closeInterruptedRuns(ctx)
}

// makeFile makes a new ledger's file: SQLite would let everybody read it, and it holds personal data.
func (l *Ledger) makeFile() error {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o640)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return l.explain("make its file", err)
	}
	return f.Close()
}

// lookAtPath makes the ledger's folder, or says what is wrong with its place.
func (l *Ledger) lookAtPath() error {
	info, err := os.Stat(l.path)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("ledger %s: it is a folder: let ledger.path name a file in it", l.path)
	case err == nil || !l.options.ReadOnly && errors.Is(err, fs.ErrNotExist):
		break
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("ledger %s: there is none yet: run the agent first, or correct ledger.path: %w", l.path, err)
	default:
		return fmt.Errorf("ledger %s: it cannot be reached: check its folder and who may enter it: %w", l.path, err)
	}
	if l.options.ReadOnly {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(l.path), 0o750); err != nil {
		return fmt.Errorf("ledger %s: its folder: %w", l.path, err)
	}
	return nil
}

func (l *Ledger) dsn() string {
	pragmas := []string{"busy_timeout(10000)", "synchronous(NORMAL)", "foreign_keys(OFF)", "temp_store(MEMORY)"}
	query := url.Values{"_txlock": {"immediate"}}
	if l.options.ReadOnly {
		query.Set("mode", "ro")
		pragmas = append(pragmas, "query_only(1)")
	} else {
		pragmas = append(pragmas, "journal_size_limit(67108864)", "wal_autocheckpoint(16000)") // 64 MB
		if l.options.MaxPages > 0 {
			pragmas = append(pragmas, fmt.Sprintf("max_page_count(%d)", l.options.MaxPages))
		}
	}
	query["_pragma"] = pragmas
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: l.path}).EscapedPath(), RawQuery: query.Encode()}).String()
}

// migrate brings the file to the newest schema; each step is one transaction with the number it leads to.
func (l *Ledger) migrate(ctx context.Context) error {
	steps, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	slices.Sort(steps)
	version, err := l.version(ctx, len(steps))
	if err != nil || l.options.ReadOnly {
		return err
	}
	// Not before the file is known to be a ledger: this writes to it.
	if _, err := l.conn.ExecContext(ctx, "pragma journal_mode = wal"); err != nil {
		return l.explain("open", err)
	}
	for i, step := range steps[version:] {
		script, err := migrations.ReadFile(step)
		if err != nil {
			return err
		}
		err = l.transact(ctx, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, string(script)); err != nil {
				return err
			}
			if err := l.fill(ctx, tx, step); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, fmt.Sprintf("pragma user_version = %d", version+i+1))
			return err
		})
		if err != nil {
			return l.explain("bring it up to date with "+step, err)
		}
	}
	return nil
}

// fill puts into the tables of a new step what a script cannot.
func (l *Ledger) fill(ctx context.Context, tx *sql.Tx, step string) error {
	if step == "migrations/002_days.sql" {
		return l.noteRuns(ctx, tx, "ended is not null") // open ones are noted when they are closed
	}
	return nil
}

// version gives the version of the file's schema where this kpiagent, which knows up to newest, can use it.
func (l *Ledger) version(ctx context.Context, newest int) (version int, err error) {
	var q querier = l.conn
	if l.moment != nil {
		q = l.moment
	}
	if err := q.QueryRowContext(ctx, "pragma user_version").Scan(&version); err != nil {
		return 0, l.explain("read its version", err)
	}
	if version > newest {
		return 0, fmt.Errorf("ledger %s: %w: it has version %d, this kpiagent knows up to %d: install the newer kpiagent again, or restore the backup made before it",
			l.path, ErrNewer, version, newest)
	}
	var tables, ours int
	if err := q.QueryRowContext(ctx, "select count(*), count(*) filter (where name in ('dossier', 'segment', 'finding')) from sqlite_schema where type = 'table'").
		Scan(&tables, &ours); err != nil {
		return 0, l.explain("read its version", err)
	}
	if version == 0 && tables > 0 || version > 0 && ours < 3 {
		return 0, fmt.Errorf("ledger %s: %w: it is a SQLite database with other tables: let ledger.path name a file of the agent's own", l.path, ErrForeign)
	}
	if l.options.ReadOnly && version < newest {
		return 0, fmt.Errorf("ledger %s: it has version %d, this kpiagent has %d: start the agent once to bring it up to date", l.path, version, newest)
	}
	return version, nil
}

// Close gives up the file and the lock, once a batch that is on its way is in.
func (l *Ledger) Close() error {
	l.write.Lock()
	defer l.write.Unlock()
	var errs []error
	if l.moment != nil {
		errs = append(errs, l.moment.Rollback())
	}
	if l.conn != nil {
		errs = append(errs, l.conn.Close())
	}
	if l.db != nil {
		errs = append(errs, l.db.Close())
	}
	if l.lock != nil {
		errs = append(errs, l.lock.Close())
	}
	return errors.Join(errs...)
}

// Read lets do see what figures are computed from; nothing changes while it runs, so it should be quick.
func (l *Ledger) Read(do func(b *kpi.Books)) {
	l.read.RLock()
	defer l.read.RUnlock()
	do(&l.figures)
}
