package client

import (
	"math/rand/v2"
	"time"
)

// Backoff says how long to wait before connecting again: longer each time, and
// never the same for all, so that a restarted server is not met by everybody at
// once. The zero Backoff waits from half a second to half a minute.
type Backoff struct {
	Min, Max time.Duration
	tries    int
}

const (
	defaultMinBackoff = time.Second
	defaultMaxBackoff = 30 * time.Second
)

// Next is between half of and the whole step; steps double up to Max.
func (b *Backoff) Next() time.Duration {
	step, most := b.Min, b.Max
	if step <= 0 {
		step = defaultMinBackoff
	}
	if most <= 0 {
		most = defaultMaxBackoff
	}
	for range b.tries {
		if step >= most {
			break
		}
		step *= 2
	}
	step = min(step, most)
	b.tries++
	return step/2 + rand.N(step/2+1)
}

// Reset is for when a connection has succeeded.
func (b *Backoff) Reset() { b.tries = 0 }
