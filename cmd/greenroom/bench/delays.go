package bench

import (
	"math"
	"math/bits"
	"time"
)

// delays is a histogram of times: exact below 128 ns, in steps of less than 1 %
// above.
type delays struct {
	count   [64 * steps]int64
	total   int64
	longest time.Duration
}

const (
	stepBits = 7
	steps    = 1 << stepBits
)

func (d *delays) add(t time.Duration) {
	t = max(t, 0)
	d.count[stepOf(t)]++
	d.total++
	d.longest = max(d.longest, t)
}

// stepOf and upper know the steps: the 7 highest bits of a time and how many
// bits follow.
func stepOf(t time.Duration) int {
	shift := max(0, bits.Len64(uint64(t))-stepBits)
	return shift*steps + int(uint64(t)>>shift)
}

func upper(step int) time.Duration {
	shift, high := step/steps, step%steps
	return time.Duration((uint64(high)+1)<<shift - 1)
}

// at is the time within which the share q of all came; it is not told too
// short.
func (d *delays) at(q float64) time.Duration {
	if d.total == 0 {
		return 0
	}
	rank, seen := int64(math.Ceil(q*float64(d.total))), int64(0)
	for step, n := range d.count {
		if seen += n; n > 0 && seen >= rank {
			return min(upper(step), d.longest)
		}
	}
	return d.longest
}

// schedule says when each message of an open loop was to be sent. A delay counts
// from then: what was sent late because something stalled is as late as its
// reader sees it, and nothing that should have been sent meanwhile is left out
// (coordinated omission).
type schedule struct {
	start    time.Duration // on the crowd's clock
	interval time.Duration // between two messages
	senders  int           // who take turns
}

func (s schedule) due(i int) time.Duration { return s.start + time.Duration(i)*s.interval }

// delay is that of the n-th message of a sender since the start, read at now.
func (s schedule) delay(sender, n int, now time.Duration) time.Duration {
	return now - s.due(n*s.senders+sender)
}
