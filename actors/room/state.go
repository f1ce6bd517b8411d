package room

import (
	"errors"
	"slices"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
)

// changed is the intent of a change of the room's state.
type changed struct {
	ask.Ticket
	changes []ModeChange
	roles   []newRole
}

// newRole is the role that somebody here is given.
type newRole struct {
	user *actor.PID
	role Role
}

// invitation is an operator's, to one person, for one time.
type invitation struct {
	user *actor.PID
	bans []journal.Mask // when it was made; these it lifts
}

// change sends a new state to the journal. Until its outcome is known commands
// wait, so that each change begins from the one before.
func (r *room) change(ctx actor.Context, record journal.Record, state journal.State, intent changed) {
	record.Target = r.Name
	r.append(ctx, journal.Append{Record: record, State: &state, Intent: intent})
	r.changing = true
	r.resume(ctx)
}

// changedState is the outcome: the room is from now on as stored.
func (r *room) changedState(ctx actor.Context, b *bulletin, state journal.State, m changed) {
	r.changing = false
	public := !r.has('s')
	r.state = state
	r.banned++
	for _, change := range m.roles {
		mem := r.byUser[change.user.Id]
		if mem == nil {
			continue
		}
		mem.role = change.role
		r.present = nil
		r.tellUser(ctx, mem, true)
		for _, s := range mem.sessions {
			b.enlist(s)
		}
	}
	if public == r.has('s') {
		for _, mem := range r.members {
			r.tellUser(ctx, mem, true)
		}
	}
	b.answer(m.Ticket, Done{Ref: m.Ref, Changes: m.changes})
}

// errLostChange: nobody knows whether the journal has stored a change.
var errLostChange = errors.New("the outcome of a change of the room's state is unknown")

// changeOver gives up waiting for the outcome of a change. It may have been
// stored, so the room begins again with what the records say. The asker has
// had a time-out by then.
func (r *room) changeOver(_ actor.Context, m changeOver) {
	if m.number == r.changes && r.changing {
		r.changing = false
		panic(errLostChange)
	}
}

func (r *room) setTopic(ctx actor.Context, m SetTopic) {
	mem := r.memberOf(m.User)
	switch {
	case mem == nil || r.talk():
		ask.Refuse(ctx, m.Ticket, ErrNotPresent)
	case r.has('t') && !r.power(mem).AtLeast(Halfop):
		ask.Refuse(ctx, m.Ticket, ErrNotOperator)
	case len(m.Topic) > r.Limits.Topic:
		ask.Refuse(ctx, m.Ticket, ErrTooLong)
	default:
		state := r.state
		state.Topic, state.TopicBy, state.TopicAt = m.Topic, mem.profile.Nick, r.now()
		record := journal.Record{Kind: journal.Topic, Author: authorOf(mem.profile), Text: m.Topic}
		r.change(ctx, record, state, changed{Ticket: m.Ticket})
	}
}

// allowed finds the member who commands, and refuses one of too little power.
func (r *room) allowed(ctx actor.Context, asker ask.Ticket, user *actor.PID, role Role) (*member, bool) {
	mem := r.memberOf(user)
	if mem == nil || r.talk() {
		ask.Refuse(ctx, asker, ErrNotPresent)
		return nil, false
	}
	if !r.power(mem).AtLeast(role) {
		ask.Refuse(ctx, asker, ErrNotOperator)
		return nil, false
	}
	return mem, true
}

func (r *room) invite(ctx actor.Context, m Invite) {
	mem := r.memberOf(m.User)
	switch {
	case mem == nil || r.talk():
		ask.Refuse(ctx, m.Ticket, ErrNotPresent)
	case r.has('i') && !r.power(mem).AtLeast(Halfop):
		ask.Refuse(ctx, m.Ticket, ErrNotOperator)
	case m.Invited == nil:
		ask.Refuse(ctx, m.Ticket, ErrNoTarget)
	case r.byUser[m.Invited.Id] != nil:
		ask.Refuse(ctx, m.Ticket, ErrPresent)
	default:
		if r.power(mem).AtLeast(Halfop) {
			r.addInvited(ctx, m.Invited)
		}
		ctx.Send(m.Invited, Invited{By: mem.profile, Nick: m.Nick, Room: r.Name})
		r.showSoon(ctx, journal.Record{
			Kind: journal.Invite, Author: authorOf(mem.profile), Subject: m.Nick, Target: r.Name,
		}, m)
	}
}

// addInvited keeps an operator's invitation, instead of an earlier one; the
// oldest makes room for it. What others say is passed on, but opens no door.
func (r *room) addInvited(ctx actor.Context, user *actor.PID) {
	r.uninvite(user)
	if len(r.invited) >= r.Limits.List {
		r.invited = slices.Delete(r.invited, 0, 1)
	}
	r.invited = append(r.invited, invitation{user: user, bans: r.state.Bans})
	ctx.Watch(user)
}

func (r *room) uninvite(user *actor.PID) {
	r.invited = slices.DeleteFunc(r.invited, func(i invitation) bool { return i.user.Equal(user) })
}

// isInvited tells whether an invitation holds for the user: no ban that is
// younger than it matches them.
func (r *room) isInvited(user *actor.PID, who identity) bool {
	return slices.ContainsFunc(r.invited, func(i invitation) bool {
		return i.user.Equal(user) && !r.isBannedSince(i.bans, who)
	})
}

// has tells whether a mode without a list is set.
func (r *room) has(mode byte) bool { return strings.IndexByte(r.state.Modes, mode) >= 0 }
