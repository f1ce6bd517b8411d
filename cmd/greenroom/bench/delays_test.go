package bench

import (
	"testing"
	"time"
)

func TestPercentilesAreTheTimesWithinWhichThatShareCame(t *testing.T) {
	ms := time.Millisecond
	upTo := func(n int) (all []time.Duration) {
		for i := range n {
			all = append(all, time.Duration(i+1)*ms)
		}
		return all
	}
	for _, c := range []struct {
		name  string
		times []time.Duration
		q     float64
		want  time.Duration
	}{
		{"nothing came", nil, 0.5, 0},
		{"one", upTo(1), 0.5, ms},
		{"one, at the end", upTo(1), 1, ms},
		{"the middle of 100", upTo(100), 0.5, 50 * ms},
		{"p90", upTo(100), 0.9, 90 * ms},
		{"p99", upTo(100), 0.99, 99 * ms},
		{"p99 of ten is the last", upTo(10), 0.99, 10 * ms},
		{"p99.9 of 1,000", upTo(1000), 0.999, 999 * ms},
		{"before it was due is no delay", []time.Duration{-ms}, 1, 0},
		{"an hour", []time.Duration{time.Hour}, 0.5, time.Hour},
		{"a few nanoseconds are exact", []time.Duration{3, 90, 127}, 0.5, 90},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d delays
			for _, one := range c.times {
				d.add(one)
			}
			got := d.at(c.q)
			if got < c.want || float64(got) > float64(c.want)*1.01 {
				t.Errorf("%v, want %v and at the most 1 %% more", got, c.want)
			}
		})
	}
}

func TestEveryTimeFallsIntoAStepThatEndsWithinAPerCent(t *testing.T) {
	for d := time.Duration(1); d < 1<<62; d += d/97 + 1 {
		end := upper(stepOf(d))
		if end < d || float64(end) > float64(d)*1.016 || end > d && stepOf(end) != stepOf(d) {
			t.Fatalf("%d is in a step that ends with %d", d, end)
		}
	}
}

// A server that stalls for a second while four messages were due makes all four
// late, though only the first was sent when the stall began: what the load could
// not send in time counts from when it was due.
func TestDelaysCountFromWhenTheMessageWasDue(t *testing.T) {
	s := schedule{start: 10 * time.Second, interval: 250 * time.Millisecond, senders: 2}
	stallEnds := 11 * time.Second
	var d delays
	for _, c := range []struct {
		sender, n int
		read      time.Duration
		want      time.Duration
	}{
		{0, 0, stallEnds, 1000 * time.Millisecond},
		{1, 0, stallEnds, 750 * time.Millisecond},
		{0, 1, stallEnds, 500 * time.Millisecond},
		{1, 1, stallEnds, 250 * time.Millisecond},
		{0, 2, stallEnds + time.Millisecond, time.Millisecond},
	} {
		got := s.delay(c.sender, c.n, c.read)
		if got != c.want {
			t.Errorf("message %d of sender %d: %v late, want %v", c.n, c.sender, got, c.want)
		}
		d.add(got)
	}
	if p50 := d.at(0.5); p50 < 500*time.Millisecond {
		t.Errorf("p50 is %v: the stall was left out", p50)
	}
}
