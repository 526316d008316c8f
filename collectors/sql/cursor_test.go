package sql

import (
	stdsql "database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
	"kpiagent/internal/outbound"
)

func TestACursorOfNumbers(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		d.exec(t, "create table ho_so(ma varchar(40), phien_ban smallint)")
		d.exec(t, "insert into ho_so values ('H1', 1), ('H2', 40), ('H3', 41), ('H4', null)")
		source := d.with(t, config.SQL{
			Query:       "select ma, '1' as tthc, 2 as kenh, '2026-03-02' as nhan, null as hen, null as xong, null as tra, phien_ban from ho_so where phien_ban >= :since order by ma",
			FullQuery:   "select ma, '1' as tthc, 2 as kenh, '2026-03-02' as nhan, null as hen, null as xong, null as tra, phien_ban from ho_so order by ma",
			Incremental: &config.Incremental{Column: "phien_ban", Type: "number", Back: 1},
		})
		first := mustCollect(t, source, collectors.Request{})
		if first.ids() != "H1 H2 H3 H4" || first.Result != (collectors.Result{State: "number:41", Complete: true}) {
			t.Errorf("%+v", first)
		}
		second := mustCollect(t, source, collectors.Request{State: first.Result.State})
		if second.ids() != "H2 H3" || second.Result != (collectors.Result{State: "number:41"}) {
			t.Errorf("%+v", second)
		}
		if other := mustCollect(t, source, collectors.Request{State: "time:2026-03-02T10:00:00"}); !other.Result.Complete {
			t.Error("a state of another kind is not followed by a full read")
		}
	})
}

func TestACursorOfTexts(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		for _, test := range []struct{ layout, first, late, new, state string }{
			{"yyyyMMddHHmmss", "20260302100000", "20260302095500", "20260302100001", "time:2026-03-02T10:00:01"},
			{"rfc3339", "2026-03-02T10:00:00+07:00", "2026-03-02T02:55:00Z", "2026-03-02T04:00:01+01:00", "time:2026-03-02T03:00:01Z"},
		} {
			d.exec(t, "drop table if exists ho_so", "create table ho_so(ma varchar(40), sua varchar(40))", "insert into ho_so values ('H1', '"+test.first+"')")
			source := d.source(t, "select ma, '1' as tthc, 2 as kenh, '2026-03-02' as nhan, null as hen, null as xong, null as tra, sua from ho_so where sua > :since order by ma",
				&config.Incremental{Column: "sua", Layout: test.layout, Overlap: 10 * time.Minute})
			first := mustCollect(t, source, collectors.Request{})
			d.exec(t, "insert into ho_so values ('H2', '"+test.late+"'), ('H3', '"+test.new+"'), ('H4', 'hôm nay')")
			second := mustCollect(t, source, collectors.Request{State: first.Result.State})
			if second.ids() != "H1 H2 H3" || second.Result.State != test.state || len(second.Rejects) != 1 {
				t.Errorf("%s: %s, %s, %q", test.layout, second.ids(), second.Result.State, second.Rejects)
			}
		}
	})
}

func TestACursorOfInstants(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		column := map[string]string{"postgres": "timestamptz", "mysql": "timestamp(3) null", "sqlite": "datetime"}[d.driver]
		put := map[string]string{"postgres": "'2026-03-02 %s+07'", "mysql": "convert_tz('2026-03-02 %s', '+07:00', @@time_zone)", "sqlite": "'2026-03-02 %s'"}[d.driver]
		d.exec(t, "create table ho_so(ma varchar(40), sua "+column+")")
		insert := func(id, clock string) {
			d.exec(t, "insert into ho_so values ('"+id+"', "+fmt.Sprintf(put, clock)+")")
		}
		insert("H1", "10:00:00.5")
		source := d.source(t, "select ma, '1' as tthc, 2 as kenh, '2026-03-02' as nhan, null as hen, null as xong, null as tra, sua from ho_so where sua > :since order by ma",
			&config.Incremental{Column: "sua", Overlap: 10 * time.Minute})
		first := mustCollect(t, source, collectors.Request{})
		if first.ids() != "H1" || first.Result != (collectors.Result{State: "time:2026-03-02T03:00:00.5Z", Complete: true}) {
			t.Fatalf("%+v", first)
		}
		insert("H2", "09:49:00")
		insert("H3", "09:51:00")
		insert("H4", "10:00:01")
		second := mustCollect(t, source, collectors.Request{State: first.Result.State})
		if second.ids() != "H1 H3 H4" || second.Result.State != "time:2026-03-02T03:00:01Z" {
			t.Errorf("%+v", second)
		}
	})
}

// SQLite compares times as texts, so the agent has to know when they carry a zone.
func TestSQLiteTimesWithAZoneNeedALayout(t *testing.T) {
	path := filepath.Join(t.TempDir(), "zoned.db")
	db, err := stdsql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "create table ho_so (ma text, cap_nhat text); insert into ho_so values ('1', '2026-03-02T17:30:00Z')"); err != nil {
		t.Fatal(err)
	}
	for layout, wrong := range map[string]bool{"": true, "rfc3339": false} {
		source, err := New(config.SQL{Driver: "sqlite", Path: path, Query: "select ma, cap_nhat from ho_so where cap_nhat >= :since",
			Incremental: &config.Incremental{Column: "cap_nhat", Type: "time", Layout: layout}}, outbound.Env{}, vietnam)
		if err != nil {
			t.Fatal(err)
		}
		_, err = collectors.Read(t.Context(), source, collectors.Request{Full: true, Now: time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)}, discard{})
		if wrong != (err != nil && strings.Contains(err.Error(), "set incremental.layout to rfc3339")) {
			t.Errorf("layout %q: %v", layout, err)
		}
	}
}

// discard is a sink that forgets.
type discard struct{}

func (discard) Columns(string, []string) error                    { return nil }
func (discard) Row(collectors.Position, []collectors.Value) error { return nil }
func (discard) Warn(kpi.Reason, string)                           {}
func (discard) Malformed(int64, string, error) error              { return nil }
func (discard) Reached(string)                                    {}
