package history

import (
	"context"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
)

// Appendable takes what rules record into the live store.
func (h *History) Appendable() storage.Appendable { return appendable{h} }

type appendable struct{ h *History }

// Appender drops what it gets while there is no room on the disk: the writing of pages reports the trouble.
func (a appendable) Appender(ctx context.Context) storage.Appender {
	appender := a.h.live.Appender(ctx)
	if a.h.Room() != nil {
		return forgetful{appender}
	}
	return appender
}

type forgetful struct{ storage.Appender }

func (f forgetful) Append(storage.SeriesRef, labels.Labels, int64, float64) (storage.SeriesRef, error) {
	return 0, nil
}

func (f forgetful) Commit() error { return f.Appender.Rollback() }
