package series

import (
	"bytes"
	"fmt"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// Parse reads a series as the text format of Prometheus writes it, name{label="value",…}, and adds the labels extra. The
// error shows the text.
func Parse(text []byte, extra ...labels.Label) (labels.Labels, error) {
	name, rest, labelled := bytes.Cut(text, []byte{'{'})
	b := labels.NewScratchBuilder(8)
	b.Add(model.MetricNameLabel, string(name))
	for _, l := range extra {
		b.Add(l.Name, l.Value)
	}
	for labelled && len(rest) > 0 && rest[0] != '}' {
		label, after, found := bytes.Cut(rest, []byte(`="`))
		if !found || !model.LegacyValidation.IsValidLabelName(string(label)) {
			return labels.EmptyLabels(), wrong(text)
		}
		end := closing(after)
		if end < 0 {
			return labels.EmptyLabels(), wrong(text)
		}
		b.Add(string(label), unescape(after[:end]))
		rest = bytes.TrimPrefix(after[end+1:], []byte{','})
	}
	if !model.LegacyValidation.IsValidMetricName(string(name)) || labelled && !bytes.Equal(rest, []byte{'}'}) {
		return labels.EmptyLabels(), wrong(text)
	}
	b.Sort()
	l := b.Labels()
	if twice, has := l.HasDuplicateLabelNames(); has {
		return labels.EmptyLabels(), fmt.Errorf("series %q has the label %s twice", text, twice)
	}
	return l, nil
}

func wrong(text []byte) error {
	return fmt.Errorf("%q is not a series; it should look like name{label=\"value\"}", text)
}

// closing finds the quotation mark that ends a value; -1 where there is none.
func closing(text []byte) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// unescape gives the value that a text stands for. \\, \" and \n are the only marks that there are; another backslash stands
// for itself, as with Prometheus.
func unescape(text []byte) string {
	if bytes.IndexByte(text, '\\') < 0 {
		return string(text)
	}
	value := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			switch text[i+1] {
			case 'n':
				value = append(value, '\n')
				i++
				continue
			case '\\', '"':
				i++
			}
		}
		value = append(value, text[i])
	}
	return string(value)
}
