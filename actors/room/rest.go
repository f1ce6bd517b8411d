package room

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
)

// What a room shows goes to every session in a message and a write of its own,
// so in a large room the number of bulletins is what costs, not what is in
// them. After a bulletin the room therefore rests for as long as the machine is
// reckoned to be busy with it, and then shows in one what was stored meanwhile.
// Nor does it show anything while it knows of more that is being stored: for a
// moment, which is less than anybody notices. A room that is quiet, or small,
// shows everything at once.
const (
	maxHold = 4 * time.Millisecond // for what is being stored
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

// news are entries that are not stored, in their place among the outcomes of
// the journal.
type news []journal.Entry

// Undelivered answers who waits for it to be shown.
func (n news) Undelivered(ctx actor.SenderContext) {
	for _, e := range n {
		ask.RefuseAsked(ctx, e.Intent, ask.ErrUnknown)
	}
}

// shown is what an outcome shows, and how many entries of it were awaited.
func shown(outcome any) (entries []journal.Entry, awaited int) {
	switch m := outcome.(type) {
	case news:
		return m, 0
	case combined:
		return m.entries, m.awaited
	case journal.Committed:
		if m.Late {
			return m.Entries, 0
		}
		return m.Entries, len(m.Entries)
	}
	return nil, 0
}

// combined are outcomes that are shown in one bulletin.
type combined struct {
	entries []journal.Entry
	awaited int
}

// decided takes an outcome of the journal while the room is open.
func (r *room) decided(ctx actor.Context, outcome any) {
	r.take(ctx, outcome)
	r.settle(ctx)
}

// take takes an outcome now, or behind those that wait until the room has
// rested, or until it has what is being stored.
func (r *room) take(ctx actor.Context, outcome any) {
	if len(r.outcomes) > 0 {
		r.keepOutcome(outcome)
		if r.kept += sizeOf(outcome); r.kept > maxKept || r.held && !r.expects() {
			r.catchUp(ctx)
		}
		return
	}
	left := time.Until(r.restUntil)
	if left <= 0 && !r.worthHolding(outcome) {
		r.outcome(ctx, outcome)
		return
	}
	r.keepOutcome(outcome)
	r.kept = sizeOf(outcome)
	if r.held = left <= 0; r.held {
		left = maxHold
	}
	r.wait(ctx, left)
}

// rests tells whether what is to be shown has to wait.
func (r *room) rests() bool { return len(r.outcomes) > 0 || time.Until(r.restUntil) > 0 }

// wait lets the room look again at what it keeps.
func (r *room) wait(ctx actor.Context, d time.Duration) {
	root, self, over := ctx.ActorSystem().Root, ctx.Self(), rested{r.epoch}
	r.rester = time.AfterFunc(d, func() { root.Send(self, over) })
}

// worthHolding tells whether something is to wait for what is being stored.
func (r *room) worthHolding(outcome any) bool {
	return r.underway > awaited(outcome) && len(r.byConn) >= r.Limits.HoldAt
}

// expects tells whether more is being stored than has been kept.
func (r *room) expects() bool {
	left := r.underway
	for _, outcome := range r.outcomes {
		left -= awaited(outcome)
	}
	return left > 0
}

// awaited is how many entries of an outcome the room has been waiting for.
func awaited(outcome any) int {
	if m, no := outcome.(journal.NotCommitted); no {
		return len(m.Entries)
	}
	_, n := shown(outcome)
	return n
}

// rested takes what was kept, when nothing more is to be waited for.
func (r *room) rested(ctx actor.Context, m rested) {
	switch {
	case m.epoch != r.epoch || len(r.outcomes) == 0:
	case !r.held && r.expects():
		r.held = true
		r.wait(ctx, maxHold)
	default:
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
		if _, no := outcome.(journal.NotCommitted); !no {
			outcome = r.andFollowing(outcome)
		}
		r.outcome(ctx, outcome)
	}
}

// andFollowing adds what is to be shown and was kept directly behind.
func (r *room) andFollowing(outcome any) combined {
	entries, awaited := shown(outcome)
	c := combined{entries[:len(entries):len(entries)], awaited}
	for len(r.outcomes) > 0 {
		if _, no := r.outcomes[0].(journal.NotCommitted); no {
			break
		}
		entries, awaited := shown(r.outcomes[0])
		c.entries, c.awaited = append(c.entries, entries...), c.awaited+awaited
		r.outcomes = r.outcomes[1:]
	}
	return c
}

func sizeOf(outcome any) (n int) {
	entries, _ := shown(outcome)
	for _, e := range entries {
		n += perEntry + len(e.Record.Text)
		for _, t := range e.Record.Tags {
			n += len(t.Key) + len(t.Value)
		}
	}
	return n
}
