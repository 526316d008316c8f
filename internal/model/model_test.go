package model_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kpiagent/config"
	"kpiagent/internal/kpi"
	"kpiagent/internal/model"
)

// A system of several units serves those below its own unit, too; a unit's figures are as old as its oldest source.
func TestFreshnessAndServes(t *testing.T) {
	m := made(t, &config.Config{Units: []config.Unit{{ID: "bo"}, {ID: "so", Parent: "bo"}, {ID: "cuc", Parent: "bo"}}, Sources: []config.Source{
		{Unit: "so", ID: "motcua", StaleAfter: time.Hour},
		{Unit: "bo", ID: "cong", StaleAfter: time.Hour, Mapping: config.Mapping{Unit: &config.Field{Column: "don_vi"}}},
	}})
	now := time.Date(2026, 3, 20, 9, 0, 0, 0, time.UTC)
	last := map[string]time.Time{"so/motcua": now.Add(-2 * time.Hour), "bo/cong": now.Add(-time.Minute)}
	for _, test := range []struct {
		unit             string
		asOf             time.Duration
		fresh            bool
		motcua, boServes bool
	}{
		{"bo", -2 * time.Hour, false, true, true},
		{"so", -2 * time.Hour, false, true, true},
		{"cuc", -time.Minute, true, false, true},
	} {
		asOf, fresh := m.Freshness(test.unit, last, now)
		if !asOf.Equal(now.Add(test.asOf)) || fresh != test.fresh {
			t.Errorf("%s is as of %s, fresh %v", test.unit, asOf, fresh)
		}
		if got := m.Serves("so/motcua", test.unit); got != test.motcua {
			t.Errorf("so/motcua serves %s: %v", test.unit, got)
		}
		if got := m.Serves("bo/cong", test.unit); got != test.boServes {
			t.Errorf("bo/cong serves %s: %v", test.unit, got)
		}
	}
	if asOf, fresh := m.Freshness("bo", map[string]time.Time{"so/motcua": now}, now); !asOf.IsZero() || fresh {
		t.Errorf("with a source that never answered it is as of %s, fresh %v", asOf, fresh)
	}
	if _, err := m.Unit("khac"); err == nil || !strings.Contains(err.Error(), "[bo so cuc]") {
		t.Errorf("an unknown unit: %v", err)
	}
}

// What a page asks of 1,000 units with a source each.
func BenchmarkFreshnessOfAThousandUnits(b *testing.B) {
	c := &config.Config{Units: []config.Unit{{ID: "bo"}}}
	last, now := map[string]time.Time{}, time.Now()
	for i := range 999 {
		id := fmt.Sprintf("so_%d", i)
		c.Units = append(c.Units, config.Unit{ID: id, Parent: "bo"})
		c.Sources = append(c.Sources, config.Source{Unit: id, ID: "motcua", StaleAfter: time.Hour})
		last[id+"/motcua"] = now
	}
	m := made(b, c)
	for b.Loop() {
		for _, u := range m.Tree.Units() {
			if _, fresh := m.Freshness(u.ID, last, now); !fresh {
				b.Fatal(u.ID)
			}
		}
	}
}

func made(t testing.TB, c *config.Config) *model.Model {
	t.Helper()
	m, err := model.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Whom to call: whom the target names, else the unit, else the nearest unit above it that names anybody.
func TestContact(t *testing.T) {
	office, desk := kpi.Contact{Phone: "024 1"}, kpi.Contact{Phone: "024 2", Name: kpi.Text{"vi": "Phòng Một cửa"}}
	m := made(t, &config.Config{Units: []config.Unit{{ID: "bo", Contact: office}, {ID: "cuc", Parent: "bo"}, {ID: "phong", Parent: "cuc"},
		{ID: "vien", Parent: "bo", Contact: kpi.Contact{Mail: "vien@example.vn"}}},
		Targets: []kpi.Target{{KPI: "on_time_share", Year: 2026, Value: 0.9, Contact: desk}, {KPI: "overdue_open", Year: 2026, Value: 9}}})
	for _, test := range []struct{ unit, kpi, phone, mail string }{
		{"bo", "", "024 1", ""},
		{"phong", "", "024 1", ""},
		{"phong", "overdue_open", "024 1", ""},
		{"phong", "on_time_share", "024 2", ""},
		{"vien", "overdue_open", "", "vien@example.vn"},
		{"nobody", "", "", ""},
	} {
		if c := m.Contact(test.unit, test.kpi, 2026); c.Phone != test.phone || c.Mail != test.mail {
			t.Errorf("%s of %s: %+v", test.kpi, test.unit, c)
		}
	}
}
