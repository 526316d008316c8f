package collectors

import (
	"slices"
	"testing"
	"time"

	"kpiagent/internal/sourcelog"
)

// A list of 400 dossiers, and what it looks like in the next read.
func TestWhatHasJumpedSinceTheLastRead(t *testing.T) {
	day := func(text string) time.Time { return dateCell(text).Time }
	list := func(change func(rows *int64, c map[string]*sourcelog.Column)) *sourcelog.Profile {
		rows := int64(400)
		columns := []sourcelog.Column{
			{Name: "kênh", Texts: 400, Values: map[string]int64{"Trực tuyến": 300, "Trực tiếp": 96, "Bưu chính": 4}},
			{Name: "ngày nhận", Times: 400, First: day("2025-01-02"), Last: day("2026-11-30")},
			{Name: "ngày trả", Times: 380, Empty: 20, First: day("2025-01-09"), Last: day("2026-11-30")},
			{Name: "hẹn trả", Times: 100, Empty: 300, First: day("2025-01-09"), Last: day("2026-12-30")},
			{Name: "lệ phí", Numbers: 400, Least: 0, Most: 500_000},
		}
		if change != nil {
			named := map[string]*sourcelog.Column{}
			for i := range columns {
				named[columns[i].Name] = &columns[i]
			}
			change(&rows, named)
		}
		return &sourcelog.Profile{Read: day("2026-11-30"), Complete: true, Headers: []sourcelog.Header{{Rows: rows, Columns: columns}}}
	}
	for _, test := range []struct {
		name   string
		change func(rows *int64, c map[string]*sourcelog.Column)
		want   []string
	}{
		{"nothing", nil, nil},
		{"a day's dossiers more", func(rows *int64, c map[string]*sourcelog.Column) {
			*rows, c["ngày nhận"].Times, c["ngày nhận"].Last = 412, 412, day("2026-12-01")
		}, nil},
		{"not quite double", func(rows *int64, _ map[string]*sourcelog.Column) { *rows = 800 }, nil},
		{"more than double", func(rows *int64, _ map[string]*sourcelog.Column) { *rows = 801 },
			[]string{"the list had 400 rows in the read of 2026-11-30, now 801"}},
		{"less than half", func(rows *int64, _ map[string]*sourcelog.Column) { *rows = 199 },
			[]string{"the list had 400 rows in the read of 2026-11-30, now 199"}},
		{"a few ends are lacking", func(_ *int64, c map[string]*sourcelog.Column) {
			c["ngày trả"].Times, c["ngày trả"].Empty = 260, 140
		}, nil},
		{"the ends are lacking", func(_ *int64, c map[string]*sourcelog.Column) {
			c["ngày trả"].Times, c["ngày trả"].Empty = 220, 180
		}, []string{"5 % of its cells were empty in the read of 2026-11-30, now 45 %"}},
		{"a column that was seldom filled", func(_ *int64, c map[string]*sourcelog.Column) {
			c["hẹn trả"].Times, c["hẹn trả"].Empty = 40, 360
		}, nil},
		{"a rare value is gone", func(_ *int64, c map[string]*sourcelog.Column) { delete(c["kênh"].Values, "Bưu chính") }, nil},
		{"a value has another name", func(_ *int64, c map[string]*sourcelog.Column) {
			c["kênh"].Values = map[string]int64{"Trực tuyến": 300, "Tại quầy": 96, "Bưu chính": 4}
		}, []string{`the value "Trực tiếp" stood in 96 cells in the read of 2026-11-30, now in none`,
			`the value "Tại quầy" stands in 96 cells now, in the read of 2026-11-30 in none`}},
		{"a new value of a few rows", func(_ *int64, c map[string]*sourcelog.Column) { c["kênh"].Values["Qua VNeID"] = 12 }, nil},
		{"an old dossier", func(_ *int64, c map[string]*sourcelog.Column) { c["ngày nhận"].First = day("2019-06-03") }, nil},
		{"the last year is gone", func(_ *int64, c map[string]*sourcelog.Column) { c["ngày nhận"].Last = day("2025-11-28") },
			[]string{"its days went from 2025-01-02 to 2026-11-30 in the read of 2026-11-30, now from 2025-01-02 to 2025-11-28"}},
		{"a century too early", func(_ *int64, c map[string]*sourcelog.Column) {
			c["ngày nhận"].First, c["ngày nhận"].Last = day("1925-01-02"), day("1926-11-30")
		}, []string{"its days went from 2025-01-02 to 2026-11-30 in the read of 2026-11-30, now from 1925-01-02 to 1926-11-30"}},
		{"a large fee", func(_ *int64, c map[string]*sourcelog.Column) { c["lệ phí"].Most = 4_900_000 }, nil},
		{"fees in another unit", func(_ *int64, c map[string]*sourcelog.Column) { c["lệ phí"].Most = 500 },
			[]string{"its largest number was 500000 in the read of 2026-11-30, now 500"}},
		{"a column that was not there", func(_ *int64, c map[string]*sourcelog.Column) {
			*c["lệ phí"] = sourcelog.Column{Name: "phí", Empty: 400}
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			now := list(test.change)
			compare(list(nil), now, day("2026-12-01"))
			if got := jumpsIn(now); !slices.Equal(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
	t.Run("a short list", func(t *testing.T) {
		short := func(rows int64) *sourcelog.Profile {
			return &sourcelog.Profile{Headers: []sourcelog.Header{{Rows: rows, Columns: []sourcelog.Column{{Name: "c", Texts: rows}}}}}
		}
		now := short(5)
		if compare(short(20), now, day("2026-12-01")); len(jumpsIn(now)) > 0 {
			t.Errorf("%q", jumpsIn(now))
		}
	})
}

func jumpsIn(p *sourcelog.Profile) (said []string) {
	all := slices.Clone(p.Jumps)
	for _, h := range p.Headers {
		for _, c := range h.Columns {
			all = append(all, c.Jumps...)
		}
	}
	for _, d := range all {
		said = append(said, d.String())
	}
	return said
}

// A jump is told of for a week, or until the list is as it was before.
func TestAJumpStaysForAWeek(t *testing.T) {
	of := func(rows int64, at time.Time) *sourcelog.Profile {
		return &sourcelog.Profile{Read: at, Complete: true, Headers: []sourcelog.Header{{Rows: rows}}}
	}
	monday := time.Date(2026, 11, 2, 6, 0, 0, 0, time.UTC)
	before := of(1000, monday)
	for _, read := range []struct {
		day  int
		rows int64
		told bool
	}{{1, 1010, false}, {2, 300, true}, {3, 305, true}, {4, 1020, false}, {5, 290, true}, {9, 310, true}, {12, 320, true}, {13, 330, false}, {14, 340, false}} {
		at := monday.AddDate(0, 0, read.day)
		now := of(read.rows, at)
		compare(before, now, at)
		if told := len(now.Jumps) > 0; told != read.told {
			t.Errorf("day %d, %d rows: told %t", read.day, read.rows, told)
		}
		if now.Base != nil && now.Base.Base != nil {
			t.Errorf("day %d: it keeps more than one profile before", read.day)
		}
		before = now
	}
}
