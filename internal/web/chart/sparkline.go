package chart

import (
	"slices"
	"strconv"
	"strings"
)

// The size of a sparkline in its own units; the margin keeps dots and lines inside.
const (
	sparkWidth, sparkHeight = 200, 40
	sparkMargin             = 4
)

// Sparkline is a small line without axes.
type Sparkline struct {
	Width, Height int
	Lines         []string // the points of each stretch without gaps
	Dots          []Dot    // of the values that are there, in order
	Target        string   // its height; empty without a target
}

// Dot is a value of a sparkline.
type Dot struct {
	X, Y string
	Last bool // it is the latest value of all
}

// NewSparkline lays out values in the order of time; it reports false where none is there.
func NewSparkline(values []Value, target Value) (Sparkline, bool) {
	s := Sparkline{Width: sparkWidth, Height: sparkHeight}
	var known []float64
	for _, v := range values {
		if v.OK {
			known = append(known, v.V)
		}
	}
	if len(known) == 0 {
		return s, false
	}
	if target.OK {
		known = append(known, target.V)
	}
	low, high := slices.Min(known), slices.Max(known)
	if low == high {
		low, high = low-1, high+1
	}
	fixed := func(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
	y := func(v float64) string { return fixed(sparkMargin + (high-v)/(high-low)*(sparkHeight-2*sparkMargin)) }
	var line []string
	end := func() {
		if len(line) > 1 {
			s.Lines = append(s.Lines, strings.Join(line, " "))
		}
		line = nil
	}
	for i, v := range values {
		if !v.OK {
			end()
			continue
		}
		x := fixed(sparkMargin + float64(i)*(sparkWidth-2*sparkMargin)/float64(max(len(values)-1, 1)))
		line = append(line, x+","+y(v.V))
		s.Dots = append(s.Dots, Dot{x, y(v.V), i == len(values)-1})
	}
	end()
	if target.OK {
		s.Target = y(target.V)
	}
	return s, true
}
