package sql

import (
	"strings"
	"testing"
)

func TestSinceBecomesThePlaceholder(t *testing.T) {
	for _, test := range []struct{ driver, query, want string }{
		{"postgres", "select * from t where a > :since or b > :since", "select * from t where a > $1 or b > $2"},
		{"mysql", "select * from t where a > :since or b > :since", "select * from t where a > ? or b > ?"},
		{"sqlite", "select :since", "select ?"},
		{"postgres", "select a::since, :since::timestamp, x:since", "select a::since, $1::timestamp, x:since"},
		{"postgres", "select :sinced, :since_, :since1, :sinceđ, (:since)", "select :sinced, :since_, :since1, :sinceđ, ($1)"},
		{"postgres", "select ':since', 'it''s :since', :since", "select ':since', 'it''s :since', $1"},
		{"postgres", `select E'\':since', '\', :since`, `select E'\':since', '\', $1`},
		{"mysql", `select '\':since', "\":since", :since`, `select '\':since', "\":since", ?`},
		{"postgres", `select ":since", "a"":since", :since`, `select ":since", "a"":since", $1`},
		{"mysql", "select `:since`, :since", "select `:since`, ?"},
		{"sqlite", "select [:since], `:since`, :since", "select [:since], `:since`, ?"},
		{"postgres", "select a[1] -- :since\n, :since", "select a[1] -- :since\n, $1"},
		{"mysql", "select 1--:since\n, 2 -- :since\n# :since\n, :since", "select 1--?\n, 2 -- :since\n# :since\n, ?"},
		{"postgres", "select 1 # :since", "select 1 # $1"},
		{"postgres", "/* :since /* */ :since */ :since", "/* :since /* */ :since */ $1"},
		{"mysql", "/* :since /* */ :since", "/* :since /* */ ?"},
		{"postgres", "select $$:since$$, $a$ :since $$ $a$, $1, :since", "select $$:since$$, $a$ :since $$ $a$, $1, $1"},
		{"postgres", "select ':since", "select ':since"},
		{"postgres", "/* :since", "/* :since"},
		{"postgres", "$a$ :since", "$a$ :since"},
		{"postgres", "", ""},
		{"sqlserver", "select [a:since], \":since\", ':since' from t where a >= :since or b >= :since", "select [a:since], \":since\", ':since' from t where a >= @p1 or b >= @p2"},
		{"sqlserver", "select geometry::since -- :since\n, /* /* :since */ :since */ N':since', :since", "select geometry::since -- :since\n, /* /* :since */ :since */ N':since', @p1"},
		{"oracle", "select q'[it's :since]', nq'!:since!', 'it''s :since', :since from dual where a > :since", "select q'[it's :since]', nq'!:since!', 'it''s :since', :1 from dual where a > :2"},
		{"oracle", "select /*+ index(t) :since */ seq'a', q'(:since", "select /*+ index(t) :since */ seq'a', q'(:since"},
	} {
		if got := place(test.query, dialects[test.driver]); got.text != test.want {
			t.Errorf("%s: %s\ngot  %s\nwant %s", test.driver, test.query, got.text, test.want)
		}
	}
}

// FuzzSince looks for crashes, and for texts that change anywhere but at :since.
func FuzzSince(f *testing.F) {
	for _, query := range []string{"select * from t where a > :since", "E'\\':since", "$a$:since$a$", "/*/**/", "--\n:since", "[`\"'", "a::since"} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		for driver, dialect := range dialects {
			s := place(query, dialect)
			if dialect.mark != "" {
				continue
			}
			if strings.Contains(query, "?") {
				continue
			}
			if back := strings.ReplaceAll(s.text, "?", sinceMark); back != query || strings.Count(s.text, "?") != s.marks {
				t.Fatalf("%s: %q became %q with %d marks", driver, query, s.text, s.marks)
			}
		}
	})
}
