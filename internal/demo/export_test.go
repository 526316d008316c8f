package demo

import (
	"context"
	"time"
)

// BuildShort is Build with a history of three months, for what does not need two years.
func BuildShort(ctx context.Context, dir string, seed uint64, now time.Time) (*Ministry, error) {
	return build(ctx, dir, seed, now, 90)
}
