package conn

import (
	"time"

	"golang.org/x/time/rate"
)

// lookBytes is what a room, a person or a record costs that was looked at for
// an answer, as though it had been told.
const lookBytes = 16

// credit is what a client may have under way, and how much of the server it
// may use. There is a token for each line that was read and not yet answered;
// a command costs what the list of commands says, and its answer by the byte.
type credit struct {
	cfg    *Config
	tokens chan struct{}
	quit   chan struct{} // closed at the end: lets the reader go
	// underway has the size of each line that is under way; see Config.Commands.
	underway chan weight
	rate     *rate.Limiter // nil: no limit
	bytes    int           // of answers, not yet charged
}

// newCredit is for a client that nobody knows: it may have little under way.
func newCredit(cfg *Config) credit {
	k := credit{cfg: cfg, tokens: make(chan struct{}, maxInFlight), quit: make(chan struct{}), underway: make(chan weight, maxInFlight)}
	k.allow(inFlightBefore)
	if cfg.Rate > 0 {
		k.rate = rate.NewLimiter(rate.Limit(cfg.Rate), cfg.Burst)
	}
	return k
}

// allow lets so many more lines be under way. It never blocks: there are no
// more tokens than the channel holds.
func (k *credit) allow(lines int) {
	for range lines {
		k.tokens <- struct{}{}
	}
}

// spend takes what a command costs, above what the client has if need be: then
// the next one waits. Under strain those pay more who have used up half of what
// they may do at once: a flood is slowed down until the others are served.
func (k *credit) spend(now time.Time, cost int) {
	if k.rate == nil {
		return
	}
	if k.cfg.Strain != nil && k.rate.TokensAt(now) < float64(k.rate.Burst())/2 {
		cost *= k.cfg.Strain()
	}
	for most := k.rate.Burst(); cost > 0; cost -= most {
		k.rate.ReserveN(now, min(cost, most))
	}
}

// answered notes what a client was told because it had asked.
func (k *credit) answered(bytes int) { k.bytes += bytes }

// looked notes what the server has looked at for an answer.
func (k *credit) looked(things int) { k.answered(things * lookBytes) }

// debt charges for the answers, and tells how long the next command waits.
func (k *credit) debt(now time.Time) time.Duration {
	if k.rate == nil {
		return 0
	}
	if unit := k.cfg.AnswerBytes; unit > 0 {
		k.spend(now, k.bytes/unit)
		k.bytes %= unit
	}
	if left := k.rate.TokensAt(now); left < 1 {
		return time.Duration((1 - left) / float64(k.rate.Limit()) * float64(time.Second))
	}
	return 0
}

// forgive charges nothing for what the client was told up to now.
func (k *credit) forgive() { k.bytes = 0 }

func (k *credit) end() { close(k.quit) }
