package room

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// What a room shows goes to every session in a message and a write of its own,
// so in a large room the number of bulletins is what costs, not what is in
// them. After a bulletin the room therefore rests for as long as the machine is
// reckoned to be busy with it, and then shows in one what was stored meanwhile.
// A room that is quiet, or not large, shows everything at once.
const (
	minRest = 2 * time.Millisecond // less is not worth a timer
	maxRest = 50 * time.Millisecond
	// maxKept ends a rest early: bytes of text, the overhead of a line counted
	// as perEntry.
	maxKept  = 64 << 10
	perEntry = 128
)

// rested says that the time after a bulletin is over.
type rested struct{ epoch uint64 }

// rest begins the time after a bulletin.
func (r *room) rest() {
	if d := time.Duration(len(r.byConn)) * r.Limits.Delivery; d >= minRest {
		r.restUntil = time.Now().Add(min(d, maxRest))
	}
}

// decided takes an outcome of the journal while the room is open: now, or
// behind those that wait until the room has rested.
func (r *room) decided(ctx actor.Context, outcome any) {
	left := time.Until(r.restUntil)
	switch {
	case len(r.outcomes) > 0:
		r.keepOutcome(outcome)
		if r.kept += sizeOf(outcome); r.kept > maxKept {
			r.catchUp(ctx)
		}
	case left > 0:
		r.keepOutcome(outcome)
		r.kept = sizeOf(outcome)
		root, self, over := ctx.ActorSystem().Root, ctx.Self(), rested{r.epoch}
		r.rester = time.AfterFunc(left, func() { root.Send(self, over) })
	default:
		r.outcome(ctx, outcome)
	}
	r.settle(ctx)
}

// rested takes what was kept.
func (r *room) rested(ctx actor.Context, m rested) {
	if m.epoch == r.epoch {
		r.catchUp(ctx)
		r.settle(ctx)
	}
}

// catchUp takes all outcomes that were kept, with one bulletin for those that
// follow each other.
func (r *room) catchUp(ctx actor.Context) {
	if r.rester != nil {
		r.rester.Stop()
	}
	for len(r.outcomes) > 0 {
		outcome := r.outcomes[0]
		r.outcomes = r.outcomes[1:]
		if c, ok := outcome.(journal.Committed); ok {
			outcome = r.andFollowing(c)
		}
		r.outcome(ctx, outcome)
	}
}

// andFollowing adds the commits that were kept directly behind one.
func (r *room) andFollowing(c journal.Committed) journal.Committed {
	c.Entries = c.Entries[:len(c.Entries):len(c.Entries)]
	for len(r.outcomes) > 0 {
		next, ok := r.outcomes[0].(journal.Committed)
		if !ok || next.Late != c.Late {
			break
		}
		c.Entries = append(c.Entries, next.Entries...)
		r.outcomes = r.outcomes[1:]
	}
	return c
}

func sizeOf(outcome any) (n int) {
	if c, ok := outcome.(journal.Committed); ok {
		for _, e := range c.Entries {
			n += perEntry + len(e.Record.Text)
		}
	}
	return n
}
