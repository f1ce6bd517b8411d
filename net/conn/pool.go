package conn

import (
	"time"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// Pool counts bytes that all connections of a server hold together: it adds n,
// which may be less than 0, and tells how much is held of how much. It is
// called from many goroutines; nil counts nothing.
type Pool func(n int) (held, size int)

const (
	// ownOutput is what each connection may hold without its being counted, so
	// that one whose client reads is never cut for what others hold.
	ownOutput = 16 << 10
	// countStep is how coarsely the rest is counted, so that the usual case, a
	// little that is soon gone, costs a comparison.
	countStep = 4 << 10
	// shareOfRest: nobody may hold more than this part of what is left. Where
	// many do not read, the limit of each falls until the sum fits, and those
	// that hold most are above it first.
	shareOfRest = 4
)

// greedy counts what is held for the client, and tells whether it has become
// more than its share of what all may hold.
func (o *output) greedy() bool {
	before := o.counted
	held, size := o.count()
	return o.counted > before && o.counted > (size-held)/shareOfRest
}

// count tells the pool what is held now.
func (o *output) count() (held, size int) {
	if o.cfg.Output == nil {
		return 0, 0
	}
	now := max(0, cap(o.buf)+o.flying-ownOutput)
	now -= now % countStep
	if now == o.counted {
		return 0, 0
	}
	change := now - o.counted
	o.counted = now
	return o.cfg.Output(change)
}

// letGo counts nothing any more.
func (o *output) letGo() {
	if o.cfg.Output != nil && o.counted > 0 {
		o.cfg.Output(-o.counted)
		o.counted = 0
	}
}

// A line costs its text, which is cut up and copied once, and what is made on
// its way to the disk and back.
func weigh(line []byte) int { return 2*len(line) + 2<<10 }

// weight is what a line costs that is under way. It is small, as each client has
// room for all of its lines.
type weight uint16

const _ = weight(2*irc.MaxLine + 2<<10) // that of the longest one

// How long a reader waits before it asks again for room: longer each time, as
// there may be many.
const (
	firstLook = 20 * time.Millisecond
	lastLook  = 640 * time.Millisecond
)

// admit waits until there is room for a line among those of all clients; the
// client's own writes stall meanwhile. One line goes through anyhow, so that who
// waits for each answer never waits for room.
func (r *reader) admit(n int) error {
	if r.pool == nil {
		return nil
	}
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		held, size := r.pool(n)
		if len(r.underway) == 0 || held <= size {
			r.underway <- weight(n) // at once: there are no more lines than tokens
			return nil
		}
		r.pool(-n)
		select {
		case <-time.After(pause):
		case <-r.quit:
			return ask.ErrStopping
		}
	}
}

// drained counts the lines under way no more. Reader and connection both do it
// at their end, as either may be the last.
func drained(pool Pool, underway <-chan weight) {
	for {
		select {
		case w := <-underway:
			pool(-int(w))
		default:
			return
		}
	}
}

// lineDone counts one line less; whichever, since their sum is what counts.
func (c *conn) lineDone() {
	select {
	case w := <-c.credit.underway:
		c.cfg.Commands(-int(w))
	default:
	}
}
