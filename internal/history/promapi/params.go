package promapi

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// The ends of a time that a request leaves open, far enough and still within milliseconds.
var (
	minTime = time.Unix(math.MinInt64/1000+62135596801, 0).UTC()
	maxTime = time.Unix(math.MaxInt64/1000-62135596801, 999999999).UTC()
)

// timeOf reads a parameter in seconds since 1970 or as RFC 3339; absent is what holds where there is none.
func timeOf(r *http.Request, name string, absent time.Time) (time.Time, error) {
	text := r.FormValue(name)
	if text == "" {
		return absent, nil
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if math.IsNaN(seconds) || math.Abs(seconds) > math.MaxInt64/2000 {
			return time.Time{}, invalid(name, fmt.Errorf("%q is no moment", text))
		}
		return time.UnixMilli(int64(math.Round(seconds * 1000))).UTC(), nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, invalid(name, fmt.Errorf("cannot parse %q to a valid timestamp", text))
	}
	return at, nil
}

// durationOf reads a parameter in seconds or as PromQL writes durations; 0 where there is none.
func durationOf(r *http.Request, name string) (time.Duration, error) {
	text := r.FormValue(name)
	if text == "" {
		return 0, nil
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if span := seconds * float64(time.Second); math.Abs(span) < math.MaxInt64 {
			return time.Duration(span), nil
		}
	} else if d, err := model.ParseDuration(text); err == nil {
		return time.Duration(d), nil
	}
	return 0, invalid(name, fmt.Errorf("cannot parse %q to a valid duration", text))
}

// numberOf reads a count; 0 where there is none, which is no limit.
func numberOf(r *http.Request, name string) (int, error) {
	text := r.FormValue(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, invalid(name, fmt.Errorf("%q is no number of at least 0", text))
	}
	return n, nil
}

// selection is what a list is about.
type selection struct {
	from, to time.Time
	limit    int
	matchers [][]*labels.Matcher
}

// selectionOf reads the parameters that all lists share.
func (a *API) selectionOf(r *http.Request) (s selection, err error) {
	if s.limit, err = numberOf(r, "limit"); err != nil {
		return s, err
	}
	if s.from, err = timeOf(r, "start", minTime); err != nil {
		return s, err
	}
	if s.to, err = timeOf(r, "end", maxTime); err != nil {
		return s, err
	}
	s.matchers, err = a.matchersOf(r)
	return s, err
}

// atMost is the limit for a storage: one more than asked for, so that it is known whether there are more.
func (s selection) atMost() int {
	if s.limit == 0 {
		return 0
	}
	return s.limit + 1
}

func (a *API) matchersOf(r *http.Request) ([][]*labels.Matcher, error) {
	const name = "match[]"
	sets, err := a.Parser.ParseMetricSelectors(r.Form[name])
	if err != nil {
		return nil, invalid(name, err)
	}
	for _, set := range sets {
		if !selective(set) {
			return nil, invalid(name, errors.New("match[] must contain at least one non-empty matcher"))
		}
	}
	return sets, nil
}

// selective reports whether a series without any of the labels does not match.
func selective(set []*labels.Matcher) bool {
	for _, m := range set {
		if m != nil && !m.Matches("") {
			return true
		}
	}
	return false
}

func invalid(parameter string, err error) error {
	return badData{fmt.Errorf("invalid parameter %q: %w", parameter, err)}
}
