package remotewrite

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"time"
)

const (
	// suspectFor is how long a series is remembered after the store refused a sample of it. Then it is searched for like any
	// other, so that a store that was mended is noticed.
	suspectFor = 10 * time.Minute
	// suspectsKept is how many series are remembered for one store, by all its connections together.
	suspectsKept = 100_000
	// inVain is how many requests with samples of one moment a store may refuse before that is given up.
	inVain = 64
)

// suspects are the series of which the store has refused a sample lately, by their hash. Each connection has its own: all
// samples of a series take the same one. More than most are not remembered, and cost a search each time.
type suspects struct {
	since map[uint64]time.Time
	most  int
	apart []sample // what split gives, in the same memory each time
}

func newSuspects(most int) *suspects { return &suspects{since: map[uint64]time.Time{}, most: most} }

// add remembers a series, where there is room; another one is forgotten for it where there is none.
func (s *suspects) add(series uint64, now time.Time) {
	for other := range s.since {
		if len(s.since) < s.most {
			break
		}
		delete(s.since, other)
	}
	s.since[series] = now
}

// clear forgets series of which the store took a sample.
func (s *suspects) clear(samples []sample) {
	if len(s.since) == 0 {
		return
	}
	for _, one := range samples {
		delete(s.since, one.series)
	}
}

// split takes the samples of suspects apart, and forgets those whose time has come. Both keep their order; known is valid until
// the next call, and samples is not any more.
func (s *suspects) split(samples []sample, now time.Time) (others, known []sample) {
	if len(s.since) == 0 {
		return samples, nil
	}
	others, known = samples[:0], s.apart[:0]
	for _, one := range samples {
		since, is := s.since[one.series]
		if age := now.Sub(since); is && (age < 0 || age >= suspectFor) {
			delete(s.since, one.series)
			is = false
		}
		if is {
			known = append(known, one)
		} else {
			others = append(others, one)
		}
	}
	s.apart = known
	return others, known
}

// search sends samples, and finds by halves those that the store does not take, with less than two requests for each sample
// at worst. No good one is given up.
func (d *delivery) search(ctx context.Context, c *connection, samples []sample) bool {
	a, verdict, answered := d.send(ctx, c.encoder, samples)
	switch {
	case !answered:
		return false
	case verdict == taken:
		c.suspects.clear(samples)
		return true
	case len(samples) == 1:
		c.suspects.add(samples[0].series, d.now())
		d.reject(1, samples[0].labels.String(), a.err)
		return true
	}
	half := len(samples) / 2
	return d.search(ctx, c, samples[:half]) && d.search(ctx, c, samples[half:])
}

// retrial sends samples of suspects. A store that refuses some series for good, or everything before some time, would cost a
// search for each of their samples otherwise, without end. But a suspect's next sample may be good: the store may have been
// mended, or have refused only what was too old. So, where it does not take all, it gets each moment by itself, the oldest
// first: a moment has one sample of a series, and the samples of a series stay in their order. A moment that it takes as a
// whole is never given up, whatever came before.
//
// Where it refuses a moment, too, that is searched, but given up after inVain requests of which none was taken, which is all
// that a moment of bad samples costs. The moment is shuffled before, so that these requests come to some 27 samples of a large
// one by chance: where one in five is good, all good ones arrive but for 1 moment of 400; where one in ten is, but for 1 of 16.
// What arrives is no suspect any more, and what was given up by such a chance is tried again with the next moment, and searched
// for without an end once it is no suspect any more.
func (d *delivery) retrial(ctx context.Context, c *connection, samples []sample) bool {
	slices.SortStableFunc(samples, func(a, b sample) int { return cmp.Compare(a.time, b.time) })
	if len(samples) > 0 && samples[0].time != samples[len(samples)-1].time {
		_, verdict, answered := d.send(ctx, c.encoder, samples)
		if answered && verdict == taken {
			c.suspects.clear(samples)
		}
		if !answered || verdict == taken {
			return answered
		}
	}
	for len(samples) > 0 {
		n := 1
		for n < len(samples) && samples[n].time == samples[0].time {
			n++
		}
		moment := samples[:n]
		rand.Shuffle(n, func(i, j int) { moment[i], moment[j] = moment[j], moment[i] })
		if !d.moment(ctx, c, moment, &attempt{}) {
			return false
		}
		samples = samples[n:]
	}
	return true
}

// attempt is how the search in one moment goes.
type attempt struct {
	refused int   // requests
	some    bool  // the store took one
	last    error // of a request that was refused
}

// moment finds by halves what the store takes of one moment, unless it seems to take nothing.
func (d *delivery) moment(ctx context.Context, c *connection, samples []sample, so *attempt) bool {
	if so.refused >= inVain && !so.some {
		d.reject(len(samples), samples[0].labels.String(), so.last)
		return true
	}
	a, verdict, answered := d.send(ctx, c.encoder, samples)
	switch {
	case !answered:
		return false
	case verdict == taken:
		c.suspects.clear(samples)
		so.some = true
		return true
	case verdict == wrong: // a request that is too long says nothing of its samples
		so.refused, so.last = so.refused+1, a.err
	}
	if len(samples) == 1 {
		d.reject(1, samples[0].labels.String(), a.err)
		return true
	}
	half := len(samples) / 2
	return d.moment(ctx, c, samples[:half], so) && d.moment(ctx, c, samples[half:], so)
}
