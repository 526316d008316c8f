package kinds

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/config"
)

// Whatever kind the configuration takes can be made, and no other.
func TestTheConfigurationKnowsTheSameKinds(t *testing.T) {
	want := slices.Sorted(slices.Values(config.Kinds()))
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(kinds))); diff != "" {
		t.Error(diff)
	}
}
