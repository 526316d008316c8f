package html

import (
	"testing"
	"time"
	"unicode/utf8"

	"kpiagent/collectors"
	"kpiagent/internal/outbound"
)

var noSurroundings = outbound.Env{Now: time.Now}

// strict is a sink that wants each row to fit its header, and texts to be texts.
type strict struct {
	notes
	t       *testing.T
	columns int
}

func (s *strict) Columns(_ string, names []string) error { s.columns = len(names); return nil }
func (s *strict) Row(_ collectors.Position, values []collectors.Value) error {
	if len(values) != s.columns {
		s.t.Errorf("%d values for %d columns", len(values), s.columns)
	}
	for _, v := range values {
		if !utf8.ValidString(v.Text) {
			s.t.Errorf("%q is no text", v.Text)
		}
	}
	return nil
}
