package chart

import "slices"

// Column is one stretch of time in a row of equal ones.
type Column struct {
	Value
	// Class is the class of its bar.
	Class  string
	Target Value
	Trend  Value
	Label  string // below it; empty for none
}

// cutAt is where bars that do not begin at 0 are cut.
const cutAt = 93

// gap is the part of a column's width that is left free beside its bar.
const gap = 0.28

// Columns lays out bars with the target as steps and a trend line over them. A column without a value has no bar. limit is as
// in FromZero; write writes the values of the axis. Bars stand on 0, unless all values lie in the upper half of what can be:
// there they would look all the same. Then they are cut, and the plot says so.
func Columns(columns []Column, limit float64, write func(float64) string) Plot {
	all := values(columns)
	a := FromZero(limit, all...)
	var p Plot
	if near := Around(limit, all...); limit > 0 && len(all) > 0 && slices.Min(all) > limit/2 && near.Low > 0 {
		a = near
		p.Cut = write(a.Low)
	}
	p.label(a, write)
	wide := float64(Width) / float64(max(len(columns), 1))
	p.Times = below(columns)
	bars := map[string]string{}
	var order []string
	for i, c := range columns {
		if !c.OK {
			continue
		}
		if _, known := bars[c.Class]; !known {
			order = append(order, c.Class)
		}
		bars[c.Class] += bar((float64(i)+gap/2)*wide, wide*(1-gap), a.y(c.V))
	}
	for _, class := range order {
		p.add(class, bars[class])
	}
	if p.Cut != "" {
		p.add(ClassCut, "M0 "+number(cutAt)+"H"+number(Width))
	}
	p.add(ClassTarget, steps(columns, wide, a))
	p.add(ClassTrend, line(len(columns), func(i int) (spot, bool) {
		return spot{(float64(i) + 0.5) * wide, a.y(columns[i].Trend.V)}, columns[i].Trend.OK
	}))
	return p
}

// least is the least height of a bar: that of 0 can be told from a gap.
const least = 1.2

func bar(x, width, top float64) string {
	top = min(top, Height-least)
	return "M" + number(x) + " " + number(top) + "h" + number(width) + "V" + number(Height) + "h" + number(-width) + "z"
}

// steps draws the target over the columns that have one.
func steps(columns []Column, wide float64, a Axis) (path string) {
	for i := 0; i < len(columns); {
		end := i + 1
		for end < len(columns) && columns[end].Target == columns[i].Target {
			end++
		}
		if of := columns[i].Target; of.OK {
			path += "M" + number(float64(i)*wide) + " " + number(a.y(of.V)) + "H" + number(float64(end)*wide)
		}
		i = end
	}
	return path
}

// Points lays out the same columns as a line with dots, on an axis that holds them closely.
func Points(columns []Column, limit float64, write func(float64) string) Plot {
	a := Around(limit, values(columns)...)
	var p Plot
	p.label(a, write)
	wide := float64(Width) / float64(max(len(columns), 1))
	p.Times = below(columns)
	at := func(i int) spot { return spot{(float64(i) + 0.5) * wide, a.y(columns[i].V)} }
	dots := ""
	for i, c := range columns {
		if c.OK {
			dots += "M" + number(at(i).x) + " " + number(at(i).y) + "h0"
		}
	}
	p.add(ClassTarget, steps(columns, wide, a))
	p.add(ClassNow, line(len(columns), func(i int) (spot, bool) { return at(i), columns[i].OK }))
	p.add(ClassDots, dots)
	return p
}

// below returns the labels below columns.
func below(columns []Column) (labels []Label) {
	for i, c := range columns {
		if c.Label != "" {
			labels = append(labels, Label{number((float64(i) + 0.5) / float64(len(columns)) * 100), c.Label})
		}
	}
	return labels
}

// values are all values that an axis has to hold.
func values(columns []Column) (list []float64) {
	for _, c := range columns {
		for _, v := range []Value{c.Value, c.Target, c.Trend} {
			if v.OK {
				list = append(list, v.V)
			}
		}
	}
	return list
}
