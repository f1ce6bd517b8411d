package user

import (
	"math/rand/v2"
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/room"
)

func (u *user) attach(ctx actor.Context, m Attach) {
	i := u.session(m.Session.Conn)
	if i < 0 && len(u.sessions) >= u.Limits.Sessions {
		ask.Refuse(ctx, m.Ticket, ErrTooManySessions)
		return
	}
	first := len(u.sessions) == 0
	if first {
		u.signOn(m)
	}
	u.putSession(m.Session)
	u.arrival.closed = nil // this one has not been told
	ctx.Watch(m.Session.Conn)
	u.active = u.Now()
	u.lessSecure(ctx, m.Profile)
	if m.Profile.Away != "" {
		u.says(m.Session.Conn, m.Profile.Away)
	}
	if first {
		u.profile.Away = u.seen()
	}
	u.showAway(ctx, ask.Ticket{}, nil)
	ask.Reply(ctx, m.Ticket, Welcome{Ref: m.Ref, User: ctx.Self(), Profile: u.profile})
	u.tellWhatIsClosed(ctx, m.Session.Conn)
	u.tellRooms(ctx)
	u.report(ctx)
	if first && !u.leaving() {
		u.askRooms(ctx)
	}
}

// signOn begins a stay: the first session says who the person is now.
func (u *user) signOn(m Attach) {
	id := u.profile.ID
	u.profile = m.Profile
	u.profile.ID, u.absence = id, absence{}
	u.signedOn = u.Now()
}

func (u *user) reclass(ctx actor.Context, s room.Session) {
	if u.session(s.Conn) < 0 {
		return
	}
	u.putSession(s)
	u.tellRooms(ctx)
}

func (u *user) detach(ctx actor.Context, m Detach) {
	if !u.dropSession(m.Conn) {
		ask.Reply(ctx, m.Ticket, Done{Ref: m.Ref, Profile: u.profile})
		return
	}
	ctx.Unwatch(m.Conn)
	if len(u.sessions) > 0 {
		u.showAway(ctx, ask.Ticket{}, nil)
		u.tellRooms(ctx)
		u.report(ctx)
		ask.Reply(ctx, m.Ticket, Remains{m.Ref})
		return
	}
	u.goodbyes = append(append(u.goodbyes, u.killers...), m.Ticket)
	u.killers = nil
	u.quit(ctx, m.Reason)
	u.setPatience(ctx)
	u.report(ctx)
}

// sayGoodbye answers who waits for the user to be gone. By then the registry,
// which has asked, gives the nick to others and remembers who had it.
func (u *user) sayGoodbye(ctx actor.Context) {
	for _, t := range u.goodbyes {
		ask.Reply(ctx, t, Done{Ref: t.Ref, Profile: u.profile})
	}
	u.goodbyes = nil
}

// terminated: a session or a conversation has ended.
func (u *user) terminated(ctx actor.Context, who *actor.PID) {
	if i := u.placeAt(who); i >= 0 {
		u.places = slices.Delete(u.places, i, i+1)
		return
	}
	if u.session(who) >= 0 {
		ctx.Send(ctx.Self(), sessionEnded{who})
	}
}

// quit leaves every room. A conversation keeps the user, without sessions, so
// that its answer is not waited for.
func (u *user) quit(ctx actor.Context, reason string) {
	u.unsettle(ctx)
	u.retry.cancel()
	u.places = slices.DeleteFunc(u.places, func(p place) bool { return p.closed })
	leave := room.Leave{User: ctx.Self(), Kind: journal.Quit, Reason: reason, Once: rand.Uint64() | 1}
	for i := range u.places {
		p := &u.places[i]
		if p.leave != 0 {
			continue
		}
		if !p.talk {
			p.leave = u.next()
			leave.Ticket = ask.Ticket{ReplyTo: ctx.Self(), Ref: p.leave}
		} else {
			leave.Ticket = ask.Ticket{}
		}
		ctx.Send(p.Room, leave)
	}
	if u.leaving() {
		u.setPatience(ctx)
	}
}

func (u *user) toSessions(ctx actor.Context, m any) {
	for _, s := range u.sessions {
		ctx.Send(s.Conn, m)
	}
}

func (u *user) session(conn *actor.PID) int {
	return slices.IndexFunc(u.sessions, func(s room.Session) bool { return s.Conn.Equal(conn) })
}

func (u *user) putSession(s room.Session) {
	next := slices.Clone(u.sessions)
	if i := u.session(s.Conn); i >= 0 {
		next[i] = s
	} else {
		next = append(next, s)
	}
	u.sessions = next
}

func (u *user) dropSession(conn *actor.PID) bool {
	i := u.session(conn)
	if i >= 0 {
		u.sessions = slices.Delete(slices.Clone(u.sessions), i, i+1)
		u.fill(conn)
	}
	return i >= 0
}
