package series_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"

	"kpiagent/internal/series"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`up`, `{__name__="up", job="kpiagent"}`},
		{`up{}`, `{__name__="up", job="kpiagent"}`},
		{`egov_kpi_value{kpi="on_time_share",unit="bct",period="month"}`, `{__name__="egov_kpi_value", job="kpiagent", kpi="on_time_share", period="month", unit="bct"}`},
		{`egov_unit_info{name="Cục \"A\", B\\C\n= 1}"}`, `{__name__="egov_unit_info", job="kpiagent", name="Cục \"A\", B\\C\n= 1}"}`},
	} {
		got, err := series.Parse([]byte(c.text), labels.Label{Name: "job", Value: "kpiagent"})
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
		} else if got.String() != c.want {
			t.Errorf("%s: got %s, want %s", c.text, got, c.want)
		}
	}
}

func TestParseTellsWhatIsWrong(t *testing.T) {
	for _, text := range []string{``, `{a="b"}`, `up{`, `up{a`, `up{a="b`, `up{a="b\`, `up{a="b"`, `up{a="b"} 1`, `up{="b"}`, `up{a="b",a="c"}`, `up{job="x"}`} {
		if got, err := series.Parse([]byte(text), labels.Label{Name: "job", Value: "kpiagent"}); err == nil {
			t.Errorf("%q was taken for %s", text, got)
		} else if text != "" && !strings.Contains(err.Error(), "up") && !strings.Contains(err.Error(), "a=") {
			t.Errorf("%q: the error does not show the text: %v", text, err)
		}
	}
}

// FuzzParse holds what Parse makes of a text against Prometheus' own parser, wherever that takes it.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`up`, `a{b="c"}`, `a{b="\"\\\n",c=""}`, `a{b="c",}`, `{"a",b="c"}`, `a{b="ồ"}`, `a{b="\0\\0"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := series.Parse([]byte(text))
		if err != nil || strings.ContainsAny(text, "\n#") {
			return
		}
		parser, err := textparse.New([]byte(text+" 1\n"), "text/plain", labels.NewSymbolTable(), textparse.ParserOptions{})
		if err != nil {
			t.Fatal(err)
		}
		entry, err := parser.Next()
		if err != nil || entry != textparse.EntrySeries {
			return // what no exporter writes may be read in any way
		}
		var want labels.Labels
		parser.Labels(&want)
		if _, _, v := parser.Series(); v != 1 || !strings.HasPrefix(got.Get(model.MetricNameLabel), want.Get(model.MetricNameLabel)) {
			return
		}
		if diff := cmp.Diff(want.WithoutEmpty().String(), got.WithoutEmpty().String()); diff != "" {
			t.Errorf("%q (-Prometheus +here):\n%s", text, diff)
		}
	})
}
