package remotewrite

import (
	"fmt"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
	"github.com/prometheus/prometheus/util/compression"

	"kpiagent/internal/exposition"
)

// encoder makes requests; its memory is used again. One goroutine uses it.
type encoder struct {
	second  bool // version 2 of the protocol
	buffer  compression.EncodeBuffer
	raw     []byte // before compression
	series  []prompb.TimeSeries
	labels  []prompb.Label
	samples []prompb.Sample
}

func newEncoder(protobuf int) *encoder {
	return &encoder{second: protobuf == 2, buffer: compression.NewSyncEncodeBuffer()}
}

// encode gives the body of a request, which is valid until the next one. Samples of a series that follow each other share its
// labels.
func (e *encoder) encode(samples []sample) ([]byte, error) {
	var raw []byte
	var err error
	if e.second {
		raw, err = e.encode2(samples)
	} else {
		raw, err = e.encode1(samples)
	}
	return e.pack(raw, err)
}

// probe gives the body of a request without samples, which every store takes. It is not empty, which no store could decompress:
// with version 1 it describes a metric that is the agent's alone, as some stores keep what they are told last of a name.
func (e *encoder) probe() ([]byte, error) {
	if e.second {
		raw, err := e.encode2(nil)
		return e.pack(raw, err)
	}
	raw, err := e.marshal(&prompb.WriteRequest{Metadata: []prompb.MetricMetadata{{Type: prompb.MetricMetadata_GAUGE, MetricFamilyName: storeUp,
		Help: exposition.Help(storeUp)}}})
	return e.pack(raw, err)
}

func (e *encoder) pack(raw []byte, err error) ([]byte, error) {
	if err == nil {
		raw, err = compression.Encode(compression.Snappy, raw, e.buffer)
	}
	if err != nil {
		return nil, fmt.Errorf("making a request: %w", err)
	}
	return raw, nil
}

// runs calls each for the samples of one series that follow each other.
func runs(samples []sample, each func([]sample)) {
	for len(samples) > 0 {
		n := 1
		for n < len(samples) && samples[n].series == samples[0].series && labels.Equal(samples[n].labels, samples[0].labels) {
			n++
		}
		each(samples[:n])
		samples = samples[n:]
	}
}

func (e *encoder) encode1(samples []sample) ([]byte, error) {
	e.series, e.labels, e.samples = e.series[:0], e.labels[:0], e.samples[:0]
	runs(samples, func(run []sample) {
		from, first := len(e.labels), len(e.samples)
		run[0].labels.Range(func(l labels.Label) {
			e.labels = append(e.labels, prompb.Label{Name: l.Name, Value: l.Value})
		})
		for _, s := range run {
			e.samples = append(e.samples, prompb.Sample{Value: s.value, Timestamp: s.time})
		}
		e.series = append(e.series, prompb.TimeSeries{Labels: e.labels[from:len(e.labels):len(e.labels)], Samples: e.samples[first:len(e.samples):len(e.samples)]})
	})
	defer func() { clear(e.labels[:cap(e.labels)]) }()
	return e.marshal(&prompb.WriteRequest{Timeseries: e.series})
}

// marshal uses the same memory each time.
func (e *encoder) marshal(request interface {
	Size() int
	MarshalToSizedBuffer(to []byte) (int, error)
}) ([]byte, error) {
	size := request.Size()
	e.raw = slices.Grow(e.raw[:0], size)[:size]
	n, err := request.MarshalToSizedBuffer(e.raw)
	return e.raw[size-n:], err
}

func (e *encoder) encode2(samples []sample) ([]byte, error) {
	symbols := writev2.NewSymbolTable()
	var request writev2.Request
	runs(samples, func(run []sample) {
		series := writev2.TimeSeries{LabelsRefs: symbols.SymbolizeLabels(run[0].labels, nil)}
		for _, s := range run {
			series.Samples = append(series.Samples, writev2.Sample{Value: s.value, Timestamp: s.time})
		}
		request.Timeseries = append(request.Timeseries, series)
	})
	request.Symbols = symbols.Symbols()
	return e.marshal(&request)
}
