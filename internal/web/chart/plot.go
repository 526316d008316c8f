package chart

import (
	"math"
	"strconv"
)

// Width and Height are the size of a plot in its own units; it is stretched to the room that it has.
const (
	Width  = 480
	Height = 100
)

// Value is a value that may be missing.
type Value struct {
	V  float64
	OK bool
}

// Label is a text at a place of an axis, in percent of the axis from the left or the top.
type Label struct {
	At   string
	Text string
}

// Shape is one path with the class that gives it its looks.
type Shape struct{ Class, Path string }

// Plot is a picture ready to be drawn: first the first shape.
type Plot struct {
	Values []Label // of the value axis
	Times  []Label // of the time axis
	Shapes []Shape
	Cut    string // the value at which bars begin, where that is not 0
}

// The classes of shapes.
const (
	ClassTarget = "target" // what has to be reached
	ClassTrend  = "trend"  // a line over bars
	ClassNow    = "now"    // this year
	ClassBefore = "before" // the year before
	ClassAhead  = "ahead"  // what is expected
	ClassBand   = "band"   // within which it is expected
	ClassDots   = "dots"
	ClassCut    = "cut" // through bars that do not begin at 0
)

// label adds the labels of the value axis.
func (p *Plot) label(a Axis, write func(float64) string) {
	for _, tick := range a.Ticks {
		p.Values = append(p.Values, Label{number(a.y(tick) / Height * 100), write(tick)})
	}
}

func (p *Plot) add(class, path string) {
	if path != "" {
		p.Shapes = append(p.Shapes, Shape{class, path})
	}
}

// number writes a coordinate, shortly.
func number(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "0"
	}
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}

// spot is a place in a plot.
type spot struct{ x, y float64 }

// line joins spots; one that is not there makes a gap. One alone becomes a stroke without a length, which is a dot where
// strokes end round.
func line(n int, at func(i int) (s spot, ok bool)) string {
	var path []byte
	length := 0
	end := func() {
		if length == 1 {
			path = append(path, "h0"...)
		}
		length = 0
	}
	for i := range n {
		s, ok := at(i)
		if !ok {
			end()
			continue
		}
		if length == 0 {
			path = append(path, 'M')
		} else {
			path = append(path, 'L')
		}
		path = append(path, number(s.x)+" "+number(s.y)...)
		length++
	}
	end()
	return string(path)
}
