package sql

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// notes is a sink that writes down the first row.
type notes struct {
	collectors.Sink
	names []string
	cells []string
}

func (n *notes) Columns(_ string, names []string) error { n.names = names; return nil }
func (n *notes) Reached(string)                         {}
func (n *notes) Warn(kpi.Reason, string)                {}

func (n *notes) Row(_ collectors.Position, values []collectors.Value) error {
	kinds := [...]string{"null", "text", "int", "float", "bool", "time"}
	for i := range values {
		zoned := ""
		if values[i].Zoned {
			zoned = " zoned"
			values[i].Time = values[i].Time.In(vietnam)
		}
		n.cells = append(n.cells, strings.TrimSpace(fmt.Sprint(n.names[i], ": ", kinds[values[i].Kind], zoned, " ", values[i].String())))
	}
	return nil
}

func TestWhatEachTypeBecomes(t *testing.T) {
	for driver, test := range map[string]struct {
		tables []string
		query  string
		want   []string
	}{
		"postgres": {nil, `select true a, (-3)::smallint b, 70000::int c, 9000000000 d, 1.5::real e, 2.25::float8 f, 12345678901234567890.10::numeric g,
			'chữ'::text h, 'x'::char(3) i, date '2026-03-02' j, timestamp '1969-12-31 23:59:59.5' k, timestamptz '2026-03-02 01:00:00Z' l,
			'infinity'::timestamp m, '-infinity'::date n, null::int o, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid p, '{"a": 1}'::jsonb q, array[1,2] r,
			(timestamptz '2026-03-01 20:00:00Z')::date s, interval '1 day' u`,
			[]string{
				"a: bool true", "b: int -3", "c: int 70000", "d: int 9000000000", "e: float 1.5", "f: float 2.25", "g: text 12345678901234567890.10",
				"h: text chữ", "i: text x", "j: time 2026-03-02 00:00:00", "k: time 1969-12-31 23:59:59.5", "l: time zoned 2026-03-02 08:00:00+07:00",
				"m: text infinity", "n: text -infinity", "o: null", "p: text a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", `q: text {"a": 1}`, "r: text {1,2}",
				"s: time 2026-03-02 00:00:00", "u: text 1 day",
			}},
		"mysql": {[]string{
			"set sql_mode = 'ALLOW_INVALID_DATES'",
			"create table t(a bit(1), b tinyint, c bigint unsigned, d double, e decimal(20,2), f varchar(20) character set utf8mb4, g date, h datetime(3), i datetime, j date, k timestamp null, l blob, m enum('x','y'), n year, o time, p int)",
			"set time_zone = '+00:00'",
			"insert into t values (b'1', -3, 18446744073709551615, 2.25, 123456789.10, 'chữ', '2026-03-02', '2026-03-02 10:00:00.250', '0000-00-00 00:00:00', '2025-02-30', '2026-03-02 01:00:00', 'ab', 'y', 2026, '10:00:00', null)",
		}, "select t.*, now() > '2000-01-01' q from t",
			[]string{
				"a: int 1", "b: int -3", "c: text 18446744073709551615", "d: float 2.25", "e: text 123456789.10", "f: text chữ", "g: time 2026-03-02 00:00:00",
				"h: time 2026-03-02 10:00:00.25", "i: null", "j: text 2025-02-30", "k: time zoned 2026-03-02 08:00:00+07:00", "l: text ab", "m: text y", "n: int 2026",
				"o: text 10:00:00", "p: null", "q: int 1",
			}},
		"sqlite": {[]string{
			"create table t(a integer, b real, c text, d datetime, e datetime, f datetime, g text, h date, i blob, j boolean)",
			"insert into t values (9000000000, 2.25, 'chữ', '2026-03-02 10:00:00.25', '2026-03-02T01:00:00Z', '2026-03-02 03:00:00+02:00', '2026-03-02', '2025-02-30', x'6162', 1)",
		}, "select *, null k from t",
			[]string{
				"a: int 9000000000", "b: float 2.25", "c: text chữ", "d: time zoned 2026-03-02 10:00:00.25+07:00", "e: time zoned 2026-03-02 08:00:00+07:00",
				"f: time zoned 2026-03-02 08:00:00+07:00", "g: text 2026-03-02", "h: text 2025-02-30", "i: text ab", "j: int 1", "k: null",
			}},
	} {
		t.Run(driver, func(t *testing.T) {
			d := open(t, driver)
			d.db.SetMaxOpenConns(1) // the settings hold for the statements that follow
			d.exec(t, test.tables...)
			n := &notes{}
			if _, err := collectors.Read(t.Context(), d.source(t, test.query, nil), collectors.Request{Now: noon}, n); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, n.cells); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// changing changes a table while a test reads it: every dossier is paid in the end.
func changing(ctx context.Context, d database, rows int, done chan<- error) {
	for i := range rows {
		changed := noon.Add(time.Duration(i)*time.Millisecond - time.Hour).Format("2006-01-02 15:04:05.000")
		paid := map[string]string{"postgres": "true"}[d.driver]
		if paid == "" {
			paid = "1"
		}
		if _, err := d.db.ExecContext(ctx, fmt.Sprintf("update ho_so set tra = %s, sua = '%s' where ma = 'H%d'", paid, changed, i)); err != nil {
			done <- err
			return
		}
	}
	done <- nil
}

func TestRowsThatChangeWhileTheyAreRead(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		const rows = 500
		d.table(t)
		tx, err := d.db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range rows {
			if _, err := tx.ExecContext(t.Context(), fmt.Sprintf("insert into ho_so(ma, tthc, kenh, nhan, sua) values ('H%d', '1.001', 2, '2026-03-02 08:00:00', '2026-03-02 08:00:00')", i)); err != nil {
				t.Fatal(err)
			}
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		source := d.source(t, query+" where sua > :since", &config.Incremental{Column: "sua", Overlap: time.Second})
		done := make(chan error, 1)
		go changing(t.Context(), d, rows, done)

		paid, state, over := map[string]bool{}, "", false
		for last := false; !last; {
			last = over // one more read after the last change
			g := mustCollect(t, source, collectors.Request{State: state})
			for _, row := range g.Rows {
				id, _, _ := strings.Cut(row, " ")
				paid[id] = strings.Contains(row, `"yes"`)
			}
			state = g.Result.State
			select {
			case err := <-done:
				if err != nil {
					t.Fatal(err)
				}
				over = true
			default:
			}
		}
		for i := range rows {
			if !paid[fmt.Sprint("H", i)] {
				t.Fatalf("H%d is not paid", i)
			}
		}
		if len(paid) != rows {
			t.Errorf("%d dossiers", len(paid))
		}
	})
}

// A server that lacks the agent's zone keeps its own: the read goes on.
func TestPostgresWithoutTheZone(t *testing.T) {
	d := open(t, "postgres")
	source := d.source(t, "select current_setting('TimeZone') as zone", nil)
	for _, test := range []struct {
		zone  *time.Location
		known bool
	}{{vietnam, true}, {time.FixedZone("Nowhere/Nothing", 7*3600), false}} {
		source.location = test.zone
		n := &notes{}
		if _, err := collectors.Read(t.Context(), source, collectors.Request{Now: noon}, n); err != nil {
			t.Fatal(err)
		}
		if known := n.cells[0] == "zone: text "+test.zone.String(); known != test.known {
			t.Errorf("%s: got %s", test.zone, n.cells[0])
		}
	}
}
