package exposition

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// What has not changed is shared with the page before, whose text is never written over.
func TestWhatHasNotChangedKeepsItsBytes(t *testing.T) {
	e, err := newEncoder()
	if err != nil {
		t.Fatal(err)
	}
	encode := func(overdue float64) []segment {
		c := newCalculation(Input{})
		for u := range 50 {
			c.begun = len(c.samples.blocks)
			for p := range 80 {
				row := c.row(c.shapes.dossiers, "unit", fmt.Sprint("don_vi_", u), "procedure", fmt.Sprint(p))
				clear(row)
				if u == 7 {
					row[len(row)-len(buckets)-6] = overdue
				}
			}
		}
		page, err := e.encode(c.samples)
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	textOf := func(page []segment) string {
		return string(bytes.Join(bodyOf(page).plain, nil))
	}
	first := encode(1)
	before := textOf(first)
	if !strings.HasPrefix(before, "# HELP egov_dossiers_received") || strings.Count(before, "# HELP") != 5 {
		t.Fatalf("%d segments begin with %.60s", len(first), before)
	}
	shared := func(page []segment) (n int) {
		for i := range page {
			if &page[i].plain[0] == &first[i].plain[0] {
				n++
			}
		}
		return n
	}
	if again := encode(1); shared(again) != len(first) {
		t.Errorf("of the same samples %d of %d segments are the same", shared(again), len(first))
	}
	changed := encode(2)
	if got := shared(changed); got >= len(first) || got < len(first)-len(first)/50 {
		t.Errorf("after a change of one unit %d of %d segments are the same", got, len(first))
	}
	if textOf(changed) != strings.ReplaceAll(before, `,state="overdue"} 1`+"\n", `,state="overdue"} 2`+"\n") || textOf(first) != before {
		t.Error("the text is not that of the samples")
	}
}
