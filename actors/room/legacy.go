package room

import (
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/people"
)

// Legacy is what one incarnation of a room leaves to the next. It belongs to
// the room's goroutine; the registry, which hands in an empty one, reads it
// only after the room has been terminated, and hands it in again with the next
// room of that name.
type Legacy struct {
	epoch    uint64       // incarnations so far
	no       journal.Room // 0: never loaded
	roster   []former
	hand     *hand
	entering []*entrant
	outcomes []any // of the journal, not yet looked at
	arrived  any   // one that the room has not taken; still there when it failed before
	underway int   // appends whose outcome is to come
	changing bool  // one of them changes the state
	branches []*branch
	waiting  []waiting
	closed   bool // the members have seen the room close
}

// former is a member of an earlier incarnation.
type former struct {
	user    *actor.PID
	profile people.Profile
	role    Role
	conns   []*actor.PID // sessions that have been shown the room
	leaving bool
	accepts bool
	marker  time.Time
}

// hand is what the room is showing. It is still there when that has failed.
type hand struct {
	entries []journal.Entry
	alone   bool // entries are shown one by one, after a failure
	applied bool // some entries may have changed who is here
	begun   bool // some sessions may have been shown the entries
}

// Users lists the user actors of those who were members at the end.
func (l *Legacy) Users() []*actor.PID {
	users := make([]*actor.PID, len(l.roster))
	for i, f := range l.roster {
		users[i] = f.user
	}
	return users
}

// note sees an outcome of the journal before anything that may fail does: it
// comes once, and what is stored has to be shown.
func (l *Legacy) note(next actor.ReceiverFunc) actor.ReceiverFunc {
	return func(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
		switch e.Message.(type) {
		case journal.Committed, journal.NotCommitted:
			l.arrived = e.Message
		}
		next(ctx, e)
	}
}

// untaken are the outcomes that an incarnation begins with.
func (l *Legacy) untaken() []any {
	if l.arrived == nil {
		return l.outcomes
	}
	arrived := l.arrived
	l.arrived = nil
	return append(slices.Clip(l.outcomes), arrived)
}

// bequeath leaves to the next incarnation what it needs.
func (r *room) bequeath(ctx actor.Context) {
	r.forsake(ctx, ask.ErrBusy)
	r.legacy.entering, r.legacy.outcomes = r.entering, r.outcomes
	r.legacy.underway, r.legacy.changing = r.underway, r.changing
	r.legacy.branches, r.legacy.waiting = append(r.severed, r.branches...), r.waiting
}

// end answers whom the room still owes an answer. What is at the journal may
// yet be stored: the outcome answers its askers when it finds no room. Of the members only who they were
// is left: their sessions see the room close, so they are to be shown all of it
// when there is a room of that name again, and no outcome will reach it that
// takes anybody out.
func (r *room) end(ctx actor.Context) {
	r.forsake(ctx, ask.ErrUnavailable)
	if h := r.legacy.hand; h != nil {
		for _, e := range h.entries {
			ask.RefuseAsked(ctx, e.Intent, ask.ErrUnknown)
		}
	}
	for _, w := range r.waiting {
		for _, a := range w.answers {
			ask.Refuse(ctx, a.asker, ask.ErrUnknown)
		}
	}
	for _, e := range r.entering {
		if e.then != nil {
			ask.Refuse(ctx, e.then.Ticket, ask.ErrUnavailable)
		}
	}
	if r.legacy.arrived != nil {
		r.outcomes = append(r.outcomes, r.legacy.arrived)
	}
	for _, outcome := range r.outcomes {
		ask.Undeliver(ctx, outcome)
	}
	for i := range r.legacy.roster {
		f := &r.legacy.roster[i]
		f.conns, f.leaving = nil, false
	}
	*r.legacy = Legacy{epoch: r.legacy.epoch, no: r.legacy.no, roster: r.legacy.roster, closed: true}
}

// forsake refuses what waits and writes down who is here.
func (r *room) forsake(ctx actor.Context, reason error) {
	if r.timer != nil {
		r.timer.Stop()
	}
	ask.RefuseAsked(ctx, r.obeying, ask.ErrUnknown)
	for _, command := range r.parked {
		ask.RefuseAsked(ctx, command, reason)
	}
	for _, m := range r.members {
		if m.then != nil {
			ask.Refuse(ctx, m.then.Ticket, reason)
		}
	}
	if r.no == 0 {
		return // it was never loaded: the roster stays as it was
	}
	r.legacy.roster = append(slices.Clone(r.awaited), r.missing...)
	for _, m := range r.members {
		r.legacy.roster = append(r.legacy.roster, m.asFormer())
	}
}
