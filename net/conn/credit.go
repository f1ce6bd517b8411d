package conn

import (
	"time"

	"golang.org/x/time/rate"
)

// credit is what a client may have under way: a token for each line that was
// read and not yet answered. Above its rate a token comes back late.
type credit struct {
	tokens chan struct{}
	quit   chan struct{} // closed at the end: lets the reader go
	rate   *rate.Limiter // nil: no limit
	now    func() time.Time
}

func newCredit(cfg *Config) credit {
	k := credit{tokens: make(chan struct{}, maxInFlight), quit: make(chan struct{}), now: cfg.Now}
	for range maxInFlight {
		k.tokens <- struct{}{}
	}
	if cfg.Rate > 0 {
		k.rate = rate.NewLimiter(rate.Limit(cfg.Rate), cfg.Burst)
	}
	return k
}

// spend returns a token, now or when the rate allows. It never blocks: there
// are no more tokens than the channel holds.
func (k *credit) spend(cost int) {
	if k.rate != nil {
		now := k.now()
		if wait := k.rate.ReserveN(now, min(cost, k.rate.Burst())).DelayFrom(now); wait > 0 {
			tokens := k.tokens
			time.AfterFunc(wait, func() { tokens <- struct{}{} })
			return
		}
	}
	k.tokens <- struct{}{}
}

func (k *credit) end() { close(k.quit) }
