package ledger

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNotesAreKept(t *testing.T) {
	l := opened(t, sampleOptions(t))
	for _, note := range [][2]string{{"a", "one"}, {"b", "two"}, {"a", "three"}, {"b", ""}, {"never", ""}} {
		if err := l.Note(t.Context(), note[0], note[1]); err != nil {
			t.Fatal(err)
		}
	}
	l = reopened(t, l)
	notes, err := l.Notes(t.Context())
	if diff := cmp.Diff(map[string]string{"a": "three"}, notes); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
