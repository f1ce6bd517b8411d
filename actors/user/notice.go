package user

import (
	"math/rand/v2"
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// notice is a change of the profile on its way to those who keep a copy. Who
// asked for it is answered when all of them have it.
type notice struct {
	ref   uint64 // of the questions to them
	left  int    // that are not answered
	asker ask.Ticket
	say   any
}

// maxNotices is more than the sessions of a user can have under way. Should
// answers be lost, the oldest makes room: its asker has given up by then.
const maxNotices = 64

// change makes next the profile and tells everybody who has a copy. Rooms
// show the event to their members; a connection that several of them reach
// shows it once.
func (u *user) change(ctx actor.Context, next people.Profile, event room.Event, asker ask.Ticket, say any) {
	old, once := u.profile, rand.Uint64()|1
	u.profile = next
	u.toSessions(ctx, Changed{Old: old, New: next, Once: once})
	n := notice{ref: u.next(), asker: asker, say: say}
	ticket := ask.Ticket{ReplyTo: ctx.Self(), Ref: n.ref}
	for _, p := range u.places {
		if !p.closed {
			ctx.Send(p.Room, room.ProfileChanged{Ticket: ticket, User: ctx.Self(), Profile: next, Event: event, Once: once})
			n.left++
		}
	}
	ctx.Send(u.Registry, Status{Ticket: ticket, User: ctx.Self(), Profile: next, Sessions: len(u.sessions), Old: old, Once: once})
	n.left++
	if len(u.notices) >= maxNotices {
		u.notices = slices.Delete(u.notices, 0, 1)
	}
	u.notices = append(u.notices, n)
}

// noted counts who has a change, and tells whether the answer was to one. Who
// refuses has failed over it: nobody else will tell its members.
func (u *user) noted(ctx actor.Context, ref uint64) bool {
	i := slices.IndexFunc(u.notices, func(n notice) bool { return n.ref == ref })
	if i < 0 {
		return false
	}
	n := &u.notices[i]
	if n.left--; n.left == 0 {
		ask.Reply(ctx, n.asker, n.say)
		u.notices = slices.Delete(u.notices, i, i+1)
	}
	return true
}

// unnotice ends an incarnation's waiting. The changes hold.
func (u *user) unnotice(ctx actor.Context) {
	for _, n := range u.notices {
		ask.Refuse(ctx, n.asker, ask.ErrUnknown)
	}
	u.notices = nil
}
