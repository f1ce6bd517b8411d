package room

import (
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
)

// formerMembers are those who have to be asked for their sessions: of a
// conversation its two people, of a room who was in it before.
func (r *room) formerMembers() []former {
	if !r.talk() {
		return r.legacy.roster
	}
	var two []former
	for _, user := range r.People {
		if user == nil || slices.ContainsFunc(two, func(f former) bool { return f.user.Equal(user) }) {
			continue
		}
		f := former{user: user}
		if i := slices.IndexFunc(r.legacy.roster, func(f former) bool { return f.user.Equal(user) }); i >= 0 {
			f = r.legacy.roster[i]
		}
		two = append(two, f)
	}
	return two
}

// gather asks the awaited users for their sessions, again and again.
func (r *room) gather(ctx actor.Context) {
	r.awaited = slices.Clone(r.awaited)
	r.behavior.Become(r.gathering)
	for _, f := range r.awaited {
		ctx.Watch(f.user)
	}
	r.askAwaited(ctx, gatherOver{epoch: r.epoch, asked: 1})
	r.gathered(ctx)
}

// askTimes is how often those who do not answer are asked: a user that fails
// at the question does not see it again.
const askTimes = 5

func (r *room) askAwaited(ctx actor.Context, over gatherOver) {
	for _, f := range r.awaited {
		ctx.Send(f.user, Up{Room: ctx.Self(), No: r.no, Epoch: r.epoch, Conversation: r.talk()})
	}
	r.after(ctx, r.Limits.Gather/askTimes, over)
}

func (r *room) attachAgain(ctx actor.Context, m Member) {
	i := r.awaitedIndex(m.User)
	if i < 0 {
		// Others attach when the room is open; it then tells them whether
		// they are members.
		if r.byUser[m.User.Id] != nil {
			r.attach(ctx, m)
		}
		return
	}
	f := r.awaited[i]
	r.awaited = slices.Delete(r.awaited, i, i+1)
	if f.leaving {
		// Who has come since then enters by a new Join, when this is over.
		m.Sessions = slices.DeleteFunc(slices.Clone(m.Sessions), func(s Session) bool {
			return !slices.ContainsFunc(f.conns, s.Conn.Equal)
		})
	}
	mem := r.addMember(ctx, m, f.role|r.roleOf(m.Profile))
	mem.leaving, mem.accepts, mem.marker = f.leaving, f.accepts, f.marker
	for _, s := range mem.sessions {
		s.again = slices.ContainsFunc(f.conns, s.conn.Equal)
	}
	r.gathered(ctx)
}

func (r *room) absent(ctx actor.Context, user *actor.PID) {
	if i := r.awaitedIndex(user); i >= 0 {
		r.missing = append(r.missing, r.awaited[i])
		r.awaited = slices.Delete(r.awaited, i, i+1)
		r.gathered(ctx)
		return
	}
	r.gone(ctx, user)
}

func (r *room) awaitedIndex(user *actor.PID) int {
	return slices.IndexFunc(r.awaited, func(f former) bool { return f.user.Equal(user) })
}

func (r *room) gatherOver(ctx actor.Context, m gatherOver) {
	switch {
	case m.epoch != r.epoch || len(r.awaited) == 0:
	case m.asked < askTimes:
		m.asked++
		r.askAwaited(ctx, m)
	default:
		r.missing = append(r.missing, r.awaited...)
		r.awaited = nil
		r.gathered(ctx)
	}
}

// gathered opens the room when nobody is awaited any more: first it makes good
// what the last incarnation owed, then it takes the outcomes of the journal,
// then commands.
func (r *room) gathered(ctx actor.Context) {
	if len(r.awaited) > 0 {
		return
	}
	r.timer.Stop()
	r.resume(ctx)
	r.redeliver(ctx)
	r.announce(ctx)
	r.replay(ctx)
	r.missed(ctx)
	r.catchUp(ctx)
	r.resume(ctx)
	r.touch(ctx)
	r.unpark(ctx)
}

// resume is open, or waits for the state change that is at the journal.
func (r *room) resume(ctx actor.Context) {
	if !r.changing {
		r.behavior.Become(r.open)
		return
	}
	r.behavior.Become(r.awaitingChange)
	r.changes++
	r.after(ctx, r.Limits.Change, changeOver{r.changes})
}

// announce tells the members' users and sessions of this incarnation.
func (r *room) announce(ctx actor.Context) {
	for _, m := range r.members {
		r.tellUser(ctx, m, true)
		if r.talk() {
			continue
		}
		for _, s := range m.sessions {
			r.enter(ctx, s)
			s.again = true
		}
	}
	r.rebalance(ctx)
}

// missed shows that those who did not come are gone. It is not recorded: they
// had not said so themselves. Sessions that saw the room close were not shown
// them when they came in again.
func (r *room) missed(ctx actor.Context) {
	gone, closed := r.missing, r.legacy.closed
	r.missing, r.legacy.closed = nil, false
	if r.talk() || closed {
		return
	}
	for _, f := range gone {
		if r.byUser[f.user.Id] != nil {
			continue // came in by what the last incarnation had not shown
		}
		r.tellUser(ctx, &member{user: f.user}, false)
		for _, conn := range f.conns {
			ctx.Send(conn, Expelled{Room: ctx.Self(), Name: r.Name})
		}
		r.showUnrecorded(ctx, r.quitRecord(f.profile, f.role, "connection lost"), Leave{User: f.user, Kind: journal.Quit})
	}
}

// replay shows what the last incarnation failed to show: one entry at a time,
// so that only the one that cannot be shown is left out.
func (r *room) replay(ctx actor.Context) {
	h := r.legacy.hand
	if h == nil {
		return
	}
	spoiled := 0
	switch {
	case h.alone:
		spoiled = 1
	case h.begun:
		spoiled = len(h.entries)
	}
	for range spoiled {
		r.spoiled(ctx, h.entries[0])
		h.entries = h.entries[1:]
	}
	applied := h.applied && !h.alone
	h.alone = true
	for len(h.entries) > 0 {
		h.begun = false
		if applied && r.isOver(h.entries[0]) {
			r.spoiled(ctx, h.entries[0])
		} else {
			r.show(ctx, h.entries[:1])
		}
		h.entries = h.entries[1:]
	}
	r.legacy.hand = nil
}

// isOver tells whether an entry of the last incarnation brings or takes out
// somebody who is gone by now.
func (r *room) isOver(e journal.Entry) bool {
	switch m := e.Intent.(type) {
	case Join:
		return r.byUser[m.Member.User.Id] == nil && r.entrantOf(m.Member.User) == nil
	case Leave:
		return r.byUser[m.User.Id] == nil
	case kicked:
		return r.byUser[m.target.Id] == nil
	}
	return false
}

// spoiled gives up an entry that the room fails to show; what it changed holds.
func (r *room) spoiled(ctx actor.Context, e journal.Entry) {
	ask.RefuseAsked(ctx, e.Intent, ask.ErrUnknown)
	if e.State != nil {
		r.state, r.changing = *e.State, false
	}
	if e.Name != nil {
		r.called(*e.Name)
	}
	switch m := e.Intent.(type) {
	case Leave:
		r.expel(ctx, m.User)
	case kicked:
		r.expel(ctx, m.target)
	}
}
