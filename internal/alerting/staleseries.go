package alerting

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"kpiagent/internal/evaluation"
)

// endStaleSeries ends the series of alerts that were active before began and that no rule has brought back since: queries of
// the history would see them fire for as long as a value holds there.
func endStaleSeries(ctx context.Context, o Options, began time.Time) (err error) {
	const name = model.MetricNameLabel
	q, err := o.Select.Querier(began.Add(-evaluation.LongestOutage).UnixMilli(), time.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("alerts: %w", err)
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	appender := o.Append.Appender(ctx)
	for _, metric := range []string{"ALERTS", "ALERTS_FOR_STATE"} {
		found := q.Select(ctx, false, nil, labels.MustNewMatcher(labels.MatchEqual, name, metric))
		for found.Next() {
			at, last := int64(0), math.Float64frombits(value.StaleNaN)
			it := found.At().Iterator(nil)
			for it.Next() == chunkenc.ValFloat {
				at, last = it.At()
			}
			if value.IsStaleNaN(last) || at >= began.UnixMilli() {
				continue
			}
			if _, err := appender.Append(0, found.At().Labels(), time.Now().UnixMilli(),
				math.Float64frombits(value.StaleNaN)); err != nil {
				return errors.Join(fmt.Errorf("alerts: %w", err), appender.Rollback())
			}
		}
		if err := found.Err(); err != nil {
			return errors.Join(fmt.Errorf("alerts: %w", err), appender.Rollback())
		}
	}
	return appender.Commit()
}
