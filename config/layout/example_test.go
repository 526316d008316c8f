package layout_test

import (
	"fmt"
	"time"

	"kpiagent/config/layout"
)

// A layout reads the dates of one form, and tells a date that does not exist from a text of another form.
func ExampleParse() {
	l, err := layout.Parse("dd/MM/yyyy HH:mm")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, text := range []string{"02/03/2026 14:05", "31/02/2026 14:05", "2026-03-02"} {
		moment, fit := l.Read(text)
		fmt.Println(moment.Time(time.UTC).Format(time.DateTime), fit == layout.Fits, fit == layout.Absurd)
	}
	_, err = layout.Parse("YYYY-MM-DD")
	fmt.Println(err)
	// Output:
	// 2026-03-02 14:05:00 true false
	// 1970-01-01 00:00:00 false true
	// 1970-01-01 00:00:00 false false
	// YYYY is unknown; the year is yyyy
}
