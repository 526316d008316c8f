package chart

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Layers lie upon one another, each between what is below it and its own height; one without values is not drawn.
func TestStack(t *testing.T) {
	p := Stack([]Layer{{"full", []float64{1, 3}}, {"none", []float64{0, 0}}, {"partial", []float64{3, 1}}}, []string{"T1", ""},
		func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) })
	var classes []string
	for _, shape := range p.Shapes {
		classes = append(classes, shape.Class)
	}
	if !slices.Equal(classes, []string{"full", "partial"}) {
		t.Fatalf("drawn are %q", classes)
	}
	top := Axis{Low: 0, High: 4}.y(4)
	want := "M0 " + number(top) + "L" + number(Width) + " " + number(top) // both months have four in all
	if got := p.Shapes[1].Path; !strings.HasPrefix(got, want) {
		t.Errorf("the uppermost layer is %s, and does not begin with %s", got, want)
	}
	if len(p.Times) != 1 || p.Times[0].Text != "T1" {
		t.Errorf("labels: %v", p.Times)
	}
}
