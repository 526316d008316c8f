package cursor

import "testing"

func TestACursorIsStoredAsText(t *testing.T) {
	for text, byNumber := range map[string]bool{"number:42": true, "number:-7": true, "time:2026-03-02T10:00:00.123456Z": false, "time:2026-03-02T10:00:00": false} {
		if got := Parse(text, byNumber).Text(byNumber); got != text {
			t.Errorf("%s became %q", text, got)
		}
		if other := Parse(text, !byNumber); other.Set {
			t.Errorf("%s is a cursor of the other kind", text)
		}
	}
	if Parse("", true).Set || Parse("time:gestern", false).Set {
		t.Error("a text that is none is a cursor")
	}
}
