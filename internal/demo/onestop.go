package demo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver named sqlite

	"kpiagent/internal/kpi"
)

// oneStop is a one-stop database with codes of its own. It is opened for each use and closed again, so that it can be
// moved away and back like the file that it is.
type oneStop struct{ path string }

// schema is in the words of the unit: dates are local texts, and cap_nhat tells when a row last changed.
const schema = `
create table ho_so (
  ma_ho_so        text primary key,
  ma_thu_tuc      text not null,
  kenh            integer not null, -- 1 trực tiếp, 2 trực tuyến, 3 bưu chính
  ngay_tiep_nhan  text not null,
  ngay_hen_tra    text,
  ngay_ket_thuc   text,
  trang_thai      integer not null, -- 4 đang xử lý, 5 chờ bổ sung, 3 từ chối, 7 công dân rút, 8 dừng, 9 đã xong
  co_le_phi       integer,
  thanh_toan      text,             -- TT trực tuyến, TM tiền mặt
  so_hoa          integer,
  ket_qua_dien_tu integer,
  danh_gia        integer,          -- 1 đến 5
  cap_nhat        text not null
);
create table bo_sung (
  ma_ho_so text not null references ho_so,
  tu_luc   text not null,
  den_luc  text,
  primary key (ma_ho_so, tu_luc)
);`

// Codes of the database.
var (
	kenhOf      = map[kpi.Channel]int{kpi.Counter: 1, kpi.Online: 2, kpi.Postal: 3, strangeChannel: 7}
	trangThaiOf = map[kpi.Outcome]int{kpi.Open: 4, kpi.Refused: 3, kpi.Withdrawn: 7, kpi.Stopped: 8, kpi.Settled: 9}
	thanhToanOf = map[kpi.Mark]any{kpi.Yes: "TT", kpi.No: "TM"}
	yesNoOf     = map[kpi.Mark]any{kpi.Yes: 1, kpi.No: 0}
	danhGiaOf   = map[kpi.Mark]any{kpi.Yes: 5, kpi.No: 2}
)

const waitingForSupplement = 5

func (s *oneStop) present() (bool, error) { return present(s.path) }

func present(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// use opens the database, without making one, and runs do.
func (s *oneStop) use(ctx context.Context, mode string, do func(*sql.DB) error) error {
	options := url.Values{"mode": {mode}, "_pragma": {"busy_timeout(10000)", "synchronous(0)"}}
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(s.path), RawQuery: options.Encode()}
	db, err := sql.Open("sqlite", address.String())
	if err != nil {
		return fmt.Errorf("database %s: %w", s.path, err)
	}
	db.SetMaxOpenConns(1)
	err = do(db)
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("database %s: %w", s.path, err)
	}
	return ctx.Err()
}

// create makes the database with its first rows.
func (s *oneStop) create(ctx context.Context, rows []change, dirty []dirtyRow) error {
	return s.use(ctx, "rwc", func(db *sql.DB) error {
		return inTransaction(ctx, db, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, schema); err != nil {
				return err
			}
			for _, row := range dirty {
				rows = append(rows, row.change)
			}
			if err := write(ctx, tx, rows); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, `create index ho_so_cap_nhat on ho_so (cap_nhat)`) // quicker behind the rows than before them
			return err
		})
	})
}

// put stores changed dossiers.
func (s *oneStop) put(ctx context.Context, rows []change) error {
	return s.use(ctx, "rw", func(db *sql.DB) error {
		return inTransaction(ctx, db, func(tx *sql.Tx) error { return write(ctx, tx, rows) })
	})
}

func inTransaction(ctx context.Context, db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func write(ctx context.Context, tx *sql.Tx, rows []change) error {
	dossiers := &inserts{ctx: ctx, tx: tx, into: "ho_so", columns: 13}
	supplements := &inserts{ctx: ctx, tx: tx, into: "bo_sung", columns: 3}
	for i := range rows {
		d := &rows[i]
		state := trangThaiOf[d.Outcome]
		if waits(&d.Dossier) {
			state = waitingForSupplement
		}
		err := dossiers.add(d.ID, d.Procedure, kenhOf[d.Channel], d.Received.String(), text(d.Due), text(d.Finished), state,
			yesNoOf[d.FeeDue], thanhToanOf[d.PaidOnline], yesNoOf[d.InputDigitised], yesNoOf[d.ResultElectronic], danhGiaOf[d.Satisfied], d.at.String())
		for _, p := range d.Pauses {
			err = errors.Join(err, supplements.add(d.ID, p.From.String(), text(p.To)))
		}
		if err != nil {
			return err
		}
	}
	return errors.Join(dossiers.end(), supplements.end())
}

// together is how many rows go into one statement: one by one they would take twice as long.
const together = 100

// inserts puts rows into a table, replacing those with the same key.
type inserts struct {
	ctx     context.Context
	tx      *sql.Tx
	into    string
	columns int
	full    *sql.Stmt // for as many rows as go together
	values  []any
}

func (s *inserts) add(values ...any) (err error) {
	if s.values = append(s.values, values...); len(s.values) < together*s.columns {
		return nil
	}
	if s.full == nil {
		if s.full, err = s.tx.PrepareContext(s.ctx, s.statement(together)); err != nil {
			return err
		}
	}
	_, err = s.full.ExecContext(s.ctx, s.values...)
	s.values = s.values[:0]
	return err
}

// end puts the last rows in.
func (s *inserts) end() (err error) {
	if len(s.values) > 0 {
		_, err = s.tx.ExecContext(s.ctx, s.statement(len(s.values)/s.columns), s.values...)
	}
	if s.full != nil {
		err = errors.Join(err, s.full.Close())
	}
	return err
}

func (s *inserts) statement(rows int) string {
	row := "(?" + strings.Repeat(", ?", s.columns-1) + ")"
	return "insert or replace into " + s.into + " values " + row + strings.Repeat(", "+row, rows-1)
}

// waits says whether an open dossier waits for its applicant.
func waits(d *kpi.Dossier) bool {
	return d.Finished.IsZero() && len(d.Pauses) > 0 && d.Pauses[len(d.Pauses)-1].To.IsZero()
}

func text(s kpi.Stamp) any {
	if s.IsZero() {
		return nil
	}
	return s.String()
}

// load reads the open dossiers back, and how many there are of each day.
func (s *oneStop) load(ctx context.Context) (found stock, err error) {
	found = newStock()
	err = s.use(ctx, "ro", func(db *sql.DB) error {
		rows, err := db.QueryContext(ctx, `select ma_ho_so, ma_thu_tuc, kenh, ngay_tiep_nhan, coalesce(ngay_hen_tra, ''), coalesce(ngay_ket_thuc, ''),
			coalesce(co_le_phi, -1), coalesce(thanh_toan, ''), coalesce(so_hoa, -1),
			coalesce((select group_concat(tu_luc || '..' || coalesce(den_luc, ''), ';' order by tu_luc) from bo_sung b where b.ma_ho_so = h.ma_ho_so), '')
			from ho_so h order by ngay_tiep_nhan, ma_ho_so`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r oneStopRow
			if err := rows.Scan(&r.id, &r.procedure, &r.kenh, &r.received, &r.due, &r.finished, &r.fee, &r.paid, &r.digitised, &r.pauses); err != nil {
				return err
			}
			found.add(r.dossier())
		}
		return rows.Err()
	})
	return found, err
}

type oneStopRow struct {
	id, procedure, received, due, finished, paid, pauses string
	kenh, fee, digitised                                 int
}

func (r *oneStopRow) dossier() kpi.Dossier {
	d := kpi.Dossier{ID: r.id, Unit: trade, Procedure: r.procedure}
	for channel, code := range kenhOf {
		if code == r.kenh {
			d.Channel = channel
		}
	}
	d.Received, d.Due, d.Finished = stamp(time.DateTime, r.received), stamp(time.DateTime, r.due), stamp(time.DateTime, r.finished)
	if r.fee >= 0 {
		d.FeeDue = mark(r.fee == 1)
	}
	if r.paid != "" {
		d.PaidOnline = mark(r.paid == "TT")
	}
	if r.digitised >= 0 {
		d.InputDigitised = mark(r.digitised == 1)
	}
	for part := range strings.SplitSeq(r.pauses, ";") {
		if from, to, ok := strings.Cut(part, ".."); ok {
			d.Pauses = append(d.Pauses, kpi.Pause{From: stamp(time.DateTime, from), To: stamp(time.DateTime, to)})
		}
	}
	return d
}

// stamp reads a local time that we wrote ourselves; 0 for anything else.
func stamp(layout, text string) kpi.Stamp {
	t, err := time.Parse(layout, text)
	if err != nil {
		return 0
	}
	return kpi.StampOf(t)
}
