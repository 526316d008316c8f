package promapi

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// cutTo leaves out the series beyond a limit, where that is above 0.
func cutTo(v parser.Value, limit int) (_ parser.Value, cut bool) {
	switch list := v.(type) {
	case promql.Matrix:
		if limit > 0 && len(list) > limit {
			return list[:limit], true
		}
	case promql.Vector:
		if limit > 0 && len(list) > limit {
			return list[:limit], true
		}
	}
	return v, false
}

// encode writes the value of a query as the API has it. The types' own MarshalJSON takes several times as long for the points,
// which are nearly all of an answer.
func encode(v parser.Value) (json.RawMessage, error) {
	b := fmt.Appendf(nil, `{"resultType":%q,"result":`, v.Type())
	var err error
	switch v := v.(type) {
	case promql.Vector:
		b, err = appendList(b, v, appendSample)
	case promql.Matrix:
		b, err = appendList(b, v, appendSeries)
	case promql.Scalar, promql.String:
		var text []byte
		text, err = json.Marshal(v)
		b = append(b, text...)
	default:
		err = fmt.Errorf("a value of type %s cannot be answered", v.Type())
	}
	return append(b, '}'), err
}

func appendList[T any](b []byte, list []T, one func([]byte, *T) ([]byte, error)) (_ []byte, err error) {
	b = append(b, '[')
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = one(b, &list[i]); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendSample(b []byte, s *promql.Sample) ([]byte, error) {
	if s.H != nil { // which no series of the agent's is
		text, err := s.MarshalJSON()
		return append(b, text...), err
	}
	metric, err := s.Metric.MarshalJSON()
	b = append(append(append(b, `{"metric":`...), metric...), `,"value":`...)
	return append(appendPoint(b, s.T, s.F), '}'), err
}

func appendSeries(b []byte, s *promql.Series) ([]byte, error) {
	if len(s.Histograms) > 0 { // as little as a sample
		text, err := json.Marshal(struct {
			Metric     labels.Labels   `json:"metric"`
			Values     []promql.FPoint `json:"values,omitempty"`
			Histograms []promql.HPoint `json:"histograms"`
		}{s.Metric, s.Floats, s.Histograms})
		return append(b, text...), err
	}
	metric, err := s.Metric.MarshalJSON()
	b = append(append(append(b, `{"metric":`...), metric...), `,"values":[`...)
	for i, p := range s.Floats {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendPoint(b, p.T, p.F)
	}
	return append(b, ']', '}'), err
}

// appendPoint writes [seconds, "value"].
func appendPoint(b []byte, t int64, v float64) []byte {
	const small, large = 1e-6, 1e21 // beyond which JSON's numbers have an exponent in JavaScript, and so in Prometheus
	format := byte('f')
	if abs := math.Abs(v); abs != 0 && (abs < small || abs >= large) {
		format = 'e'
	}
	b = append(appendTime(append(b, '['), t), ',', '"')
	return append(strconv.AppendFloat(b, v, format, -1, 64), '"', ']')
}

// appendTime writes milliseconds as seconds, with three digits after the point or none.
func appendTime(b []byte, t int64) []byte {
	if t < 0 {
		b, t = append(b, '-'), -t
	}
	b = strconv.AppendInt(b, t/1000, 10)
	if rest := t % 1000; rest != 0 {
		b = append(b, '.', byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
	}
	return b
}
