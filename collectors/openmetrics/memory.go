package openmetrics

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"kpiagent/internal/kpi"
)

// memory is what is kept of counters between two readings.
type memory struct {
	From    string            `json:"from,omitempty"` // the page, as pageKey has it
	Metrics map[string]int64  `json:"metrics"`        // when each metric was read last, Unix seconds, by its entry in the configuration
	Series  map[string]stand  `json:"series"`         // by entry and labels
	Days    map[string]daySum `json:"days"`           // by measure and unit
}

// stand is where a counter stood.
type stand struct {
	Value   float64 `json:"value"`
	Created int64   `json:"created,omitempty"` // milliseconds, where the page says when the counter began
	At      int64   `json:"at"`                // Unix seconds
	Unread  bool    `json:"unread,omitempty"`  // it was there and no number: nobody knows where it stood
}

// daySum is what was counted on a day so far.
type daySum struct {
	Day kpi.Day `json:"day"`
	Sum float64 `json:"sum"`
}

// pageKey tells a page from others and does not show its address, whose parameters may be confidential.
func pageKey(address string) string {
	sum := sha256.Sum256([]byte(address))
	return hex.EncodeToString(sum[:8])
}

// memoryOf reads a state; what is none remembers nothing. Where the counters of another page stood says nothing of this one's;
// what the days have brought stays.
func memoryOf(state, address string) memory {
	var m memory
	text, is := strings.CutPrefix(state, kpi.Kept)
	if !is || json.Unmarshal([]byte(text), &m) != nil {
		m = memory{}
	}
	if from := pageKey(address); m.From != from {
		if m.From != "" {
			m.Metrics, m.Series = nil, nil
		}
		m.From = from
	}
	if m.Metrics == nil {
		m.Metrics = map[string]int64{}
	}
	if m.Series == nil {
		m.Series = map[string]stand{}
	}
	if m.Days == nil {
		m.Days = map[string]daySum{}
	}
	return m
}

func (m memory) String() string {
	text, err := json.Marshal(m)
	if err != nil { // finite numbers always encode
		return ""
	}
	return kpi.Kept + string(text)
}

// forgetAfter is how long a series is remembered that the page does not show.
const forgetAfter = 35 * 24 * time.Hour

// forget drops what was not seen for long.
func (m memory) forget(now time.Time) {
	before := now.Add(-forgetAfter).Unix()
	for key, s := range m.Series {
		if s.At < before {
			delete(m.Series, key)
		}
	}
}

// entryKey names a metric of the configuration by its measure and by what decides which series it chooses.
func (m *metric) entryKey() string {
	return fmt.Sprintf("%s %s %q", m.Measure, m.Metric.Metric, m.Labels)
}
