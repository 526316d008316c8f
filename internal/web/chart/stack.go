package chart

// Layer is one part of a stack: a value for each moment.
type Layer struct {
	Class  string
	Values []float64
}

// Stack lays layers out one upon the other, the first at the bottom; all have as many values as there are labels. A layer of zeros is
// not drawn.
func Stack(layers []Layer, labels []string, write func(float64) string) Plot {
	n := len(labels)
	tops := make([][]float64, len(layers)+1)
	tops[0] = make([]float64, n)
	most := 0.0
	for i, layer := range layers {
		tops[i+1] = make([]float64, n)
		for k, v := range layer.Values {
			tops[i+1][k] = tops[i][k] + v
			most = max(most, tops[i+1][k])
		}
	}
	a := FromZero(0, most)
	a.High = max(most, 1)
	for len(a.Ticks) > 0 && a.Ticks[len(a.Ticks)-1] > a.High {
		a.Ticks = a.Ticks[:len(a.Ticks)-1]
	}
	var p Plot
	p.label(a, write)
	x := func(k int) float64 { return float64(k) / float64(max(n-1, 1)) * Width }
	for k, label := range labels {
		if label != "" {
			p.Times = append(p.Times, Label{number(x(k) / Width * 100), label})
		}
	}
	for i, layer := range layers {
		p.add(layer.Class, area(tops[i], tops[i+1], x, a))
	}
	return p
}

// area goes along the top and back along the bottom; "" where there is nothing between them.
func area(bottom, top []float64, x func(int) float64, a Axis) string {
	path, some := []byte(nil), false
	for k := range top {
		path = append(path, "ML"[min(k, 1)])
		path = append(path, number(x(k))+" "+number(a.y(top[k]))...)
		some = some || top[k] != bottom[k]
	}
	if !some {
		return ""
	}
	for k := len(bottom) - 1; k >= 0; k-- {
		path = append(path, "L"+number(x(k))+" "+number(a.y(bottom[k]))...)
	}
	return string(append(path, 'z'))
}
