package history

import (
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/scrape"

	"kpiagent/internal/exposition"
)

// metadataTarget says of all metrics what they mean.
func (h *History) metadataTarget() *scrape.Target {
	t := scrape.NewTarget(h.extra, &config.ScrapeConfig{}, nil, nil)
	t.SetMetadataStore(families(slices.Concat(exposition.FigureFamilies(), exposition.AgentFamilies())))
	return t
}

// families are the declared metrics as the API asks for them.
type families []exposition.Family

func (f families) ListMetadata() (list []scrape.MetricMetadata) {
	for _, family := range f {
		list = append(list, metadataOf(family))
	}
	return list
}

func (f families) GetMetadata(name string) (scrape.MetricMetadata, bool) {
	i := slices.IndexFunc(f, func(family exposition.Family) bool { return family.Name == name })
	if i < 0 {
		return scrape.MetricMetadata{}, false
	}
	return metadataOf(f[i]), true
}

func (f families) SizeMetadata() int   { return 0 }
func (f families) LengthMetadata() int { return len(f) }

func metadataOf(f exposition.Family) scrape.MetricMetadata {
	return scrape.MetricMetadata{MetricFamily: f.Name, Type: model.MetricType(f.Type), Help: f.Help}
}
