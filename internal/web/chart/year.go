package chart

// Moment is a value at a part of the year, from 0 to 1.
type Moment struct {
	At float64
	Value
}

// Year is what is known and expected of a year.
type Year struct {
	Now, Before []Moment // of this year and of the one before, in the order of time
	Target      Value
	// Ahead is expected for the end of the year, between Low and High.
	Ahead, Low, High Value
	FromZero         bool     // the value axis begins at 0
	Months           []string // the labels of equal parts of the year; an empty one is left out
}

// Layout lays a year out. limit is as in FromZero; write writes the values of the axis.
func (y Year) Layout(limit float64, write func(float64) string) Plot {
	var all []float64
	for _, v := range []Value{y.Target, y.Ahead, y.Low, y.High} {
		if v.OK {
			all = append(all, v.V)
		}
	}
	for _, moments := range [][]Moment{y.Now, y.Before} {
		for _, m := range moments {
			if m.OK {
				all = append(all, m.V)
			}
		}
	}
	a := Around(limit, all...)
	if y.FromZero {
		a = FromZero(limit, all...)
	}
	var p Plot
	p.label(a, write)
	for i, label := range y.Months {
		if label != "" {
			p.Times = append(p.Times, Label{number((float64(i) + 0.5) / float64(len(y.Months)) * 100), label})
		}
	}
	last := y.last()
	if last.OK && y.Ahead.OK && last.At < 1 {
		from := number(last.At*Width) + " " + number(a.y(last.V))
		if y.Low.OK && y.High.OK {
			p.add(ClassBand, "M"+from+"L"+number(Width)+" "+number(a.y(y.High.V))+"V"+number(a.y(y.Low.V))+"z")
		}
		p.add(ClassAhead, "M"+from+"L"+number(Width)+" "+number(a.y(y.Ahead.V)))
	}
	p.add(ClassBefore, over(y.Before, a))
	if y.Target.OK {
		p.add(ClassTarget, "M0 "+number(a.y(y.Target.V))+"H"+number(Width))
	}
	p.add(ClassNow, over(y.Now, a))
	if last.OK {
		p.add(ClassDots, "M"+number(last.At*Width)+" "+number(a.y(last.V))+"h0")
	}
	return p
}

func over(moments []Moment, a Axis) string {
	return line(len(moments), func(i int) (spot, bool) {
		return spot{moments[i].At * Width, a.y(moments[i].V)}, moments[i].OK
	})
}

// last returns the last moment of this year that has a value; not OK where none has.
func (y Year) last() (last Moment) {
	for _, m := range y.Now {
		if m.OK {
			last = m
		}
	}
	return last
}
