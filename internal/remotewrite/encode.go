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

// encoder makes the bodies of requests, in the same memory each time. One goroutine uses it.
type encoder struct {
	second bool // version 2 of the protocol
	buffer compression.EncodeBuffer
	raw    []byte // before compression
}

func newEncoder(protobuf int) *encoder {
	return &encoder{second: protobuf == 2, buffer: compression.NewSyncEncodeBuffer()}
}

// encode returns the body of a request, which is valid until the next one. Samples of a series that follow each other share its
// labels.
func (e *encoder) encode(samples []sample) ([]byte, error) {
	if e.second {
		return e.version2(samples)
	}
	request := new(prompb.WriteRequest)
	runs(samples, func(run []sample) {
		series := prompb.TimeSeries{Labels: prompb.FromLabels(run[0].labels, nil), Samples: make([]prompb.Sample, len(run))}
		for i, s := range run {
			series.Samples[i] = prompb.Sample{Value: s.value, Timestamp: s.time}
		}
		request.Timeseries = append(request.Timeseries, series)
	})
	return e.pack(request)
}

func (e *encoder) version2(samples []sample) ([]byte, error) {
	symbols := writev2.NewSymbolTable()
	request := new(writev2.Request)
	runs(samples, func(run []sample) {
		series := writev2.TimeSeries{LabelsRefs: symbols.SymbolizeLabels(run[0].labels, nil)}
		for _, s := range run {
			series.Samples = append(series.Samples, writev2.Sample{Value: s.value, Timestamp: s.time})
		}
		request.Timeseries = append(request.Timeseries, series)
	})
	request.Symbols = symbols.Symbols()
	return e.pack(request)
}

// probe returns the body of a request without samples, which every store takes. It is not empty, which no store could decompress:
// with version 1 it describes a metric that is the agent's alone, as some stores keep what they are told last of a name.
func (e *encoder) probe() ([]byte, error) {
	if e.second {
		return e.version2(nil)
	}
	return e.pack(&prompb.WriteRequest{Metadata: []prompb.MetricMetadata{{Type: prompb.MetricMetadata_GAUGE, MetricFamilyName: storeUp,
		Help: exposition.Help(storeUp)}}})
}

func (e *encoder) pack(request interface {
	Size() int
	MarshalToSizedBuffer(to []byte) (int, error)
}) ([]byte, error) {
	size := request.Size()
	e.raw = slices.Grow(e.raw[:0], size)[:size]
	_, err := request.MarshalToSizedBuffer(e.raw)
	var packed []byte
	if err == nil {
		packed, err = compression.Encode(compression.Snappy, e.raw, e.buffer)
	}
	if err != nil {
		return nil, fmt.Errorf("making a request: %w", err)
	}
	return packed, nil
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
