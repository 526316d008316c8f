package kpi

import (
	"encoding/json"
	"reflect"
	"testing"
)

// Every count of a tally has its column, under the name that it has in JSON and in the same order.
func TestTallyColumnsAreTheFieldsOfATally(t *testing.T) {
	var tally Tally
	for i := range reflect.TypeFor[Tally]().NumField() {
		reflect.ValueOf(&tally).Elem().Field(i).SetInt(int64(i + 1))
	}
	text, err := json.Marshal(tally)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]int64{}
	if err := json.Unmarshal(text, &named); err != nil {
		t.Fatal(err)
	}
	columns := TallyColumns()
	if len(columns) != len(named) {
		t.Errorf("there are %d columns for %d counts", len(columns), len(named))
	}
	for i, c := range columns {
		if got := c.Of(tally); got != int64(i+1) || named[c.Name] != got {
			t.Errorf("column %d, %s, has %d; in JSON it is %d", i+1, c.Name, got, named[c.Name])
		}
	}
	if sum := tally.Add(tally); sum.Total != 2 || sum.OpenUndated != 32 {
		t.Errorf("twice as many are %+v", sum)
	}
}
