package user

import (
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// place is a room or conversation that the user is in.
type place struct {
	Place
	public bool
	talk   bool   // a conversation
	closed bool   // quarantined: it asks for its members when it is back
	leave  uint64 // the number of the Leave that it has not answered; 0: none
}

func (u *user) join(ctx actor.Context, m Join) {
	u.active = u.Now()
	if u.roomCount() >= u.Limits.Rooms {
		ask.Refuse(ctx, m.Ticket, ErrTooManyRooms)
		return
	}
	enter := Enter{Ticket: m.Ticket, Name: m.Name, Make: true}
	if !u.profile.Guest() {
		enter.Founder = u.profile.ID
	}
	enter.Join = room.Join{Ticket: m.Ticket, Member: u.member(ctx, room.NoRole), Key: m.Key}
	ctx.Send(u.Registry, enter)
}

// membership: a room says that the user is in it, or no longer.
func (u *user) membership(ctx actor.Context, m room.Membership) {
	i := u.place(m.No)
	if !m.In {
		if i >= 0 && u.places[i].leave == 0 {
			u.places = slices.Delete(u.places, i, i+1)
		}
		return
	}
	p := place{Place: Place{Room: m.Room, No: m.No, Name: m.Name, Role: m.Role}, public: m.Public, talk: m.Name == ""}
	if i >= 0 {
		p.leave, p.talk = u.places[i].leave, u.places[i].talk
		u.places[i] = p
		return
	}
	u.putPlace(p)
	// Sessions may have come or gone while the room stored the join.
	if len(u.sessions) == 0 && !p.talk {
		u.quit(ctx, "connection lost")
		return
	}
	ctx.Send(m.Room, room.Attach{Member: u.member(ctx, m.Role)})
}

// roomUp: a room has restarted, or a conversation begins.
func (u *user) roomUp(ctx actor.Context, m room.Up) {
	i := u.place(m.No)
	switch {
	case i < 0 && !m.Conversation:
		ctx.Send(m.Room, room.Absent{User: ctx.Self()})
		return
	case i < 0:
		i = u.putPlace(place{Place: Place{Room: m.Room, No: m.No}, talk: true})
	}
	p := &u.places[i]
	p.Room, p.closed, p.talk = m.Room, false, m.Conversation
	if p.talk {
		ctx.Watch(m.Room)
	}
	member := u.member(ctx, p.Role)
	if p.leave != 0 {
		member.Sessions = nil // they have come since the quit, and enter by a new Join
	}
	ctx.Send(m.Room, room.Attach{Member: member})
}

// tellRooms gives every room the sessions as they are now. A room that the
// user is leaving gets them when it has let the user go, by a new Join.
func (u *user) tellRooms(ctx actor.Context) {
	for _, p := range u.places {
		if p.leave == 0 && !p.closed {
			ctx.Send(p.Room, room.Attach{Member: u.member(ctx, p.Role)})
		}
	}
}

// roomLost: a closed room is kept in mind, as it may come back, but is sent
// nothing.
func (u *user) roomLost(ctx actor.Context, m RoomLost) {
	u.toSessions(ctx, m)
	if i := u.placeAt(m.Room); i >= 0 {
		u.places[i].closed = true
	}
}

// tellWhatIsClosed names to a new session the rooms that are closed: it is let
// in when they are back.
func (u *user) tellWhatIsClosed(ctx actor.Context, session *actor.PID) {
	for _, p := range u.places {
		if p.closed && !p.talk {
			ctx.Send(session, Barred{Name: p.Name, Reason: room.ErrQuarantined})
		}
	}
}

// left: a room has let the user go.
func (u *user) left(ctx actor.Context, ref uint64) {
	if u.dropPlaces(func(p place) bool { return p.leave == ref }) {
		u.leavingEnds(ctx)
	}
}

// refused: a room that would not let the user go keeps its member as long as
// there is one; when the user ends, it is told so.
func (u *user) refused(ctx actor.Context, m ask.Refused) {
	switch {
	case m.Ref == u.arrival.asked && m.Ref != 0:
		u.askLater(ctx, m.Reason)
		return
	case u.notRejoined(ctx, m), u.noted(ctx, m.Ref):
		return
	}
	i := slices.IndexFunc(u.places, func(p place) bool { return p.leave != 0 && p.leave == m.Ref })
	if i < 0 {
		return
	}
	if len(u.sessions) == 0 {
		u.left(ctx, m.Ref)
		return
	}
	p := &u.places[i]
	p.leave = 0
	ctx.Send(p.Room, room.Attach{Member: u.member(ctx, p.Role)})
	u.leavingEnds(ctx)
}

func (u *user) giveUpLeaving(ctx actor.Context, m patienceOver) {
	if m.number != u.patience.number {
		return
	}
	u.sayGoodbye(ctx)
	if u.dropPlaces(func(p place) bool { return p.leave != 0 }) {
		u.leavingEnds(ctx)
	}
}

// leavingEnds: when the last room has answered, the registry may retire the
// user, or a session that has come back enters the rooms again.
func (u *user) leavingEnds(ctx actor.Context) {
	if u.leaving() {
		return
	}
	if len(u.goodbyes) == 0 {
		u.patience.cancel()
	}
	u.report(ctx)
	if len(u.sessions) > 0 {
		u.askRooms(ctx)
	}
}

func (u *user) leaving() bool {
	return slices.ContainsFunc(u.places, func(p place) bool { return p.leave != 0 })
}

func (u *user) roomCount() int {
	n := 0
	for _, p := range u.places {
		if !p.talk {
			n++
		}
	}
	return n
}

// member describes the user to a room.
func (u *user) member(ctx actor.Context, role room.Role) room.Member {
	return room.Member{User: ctx.Self(), Profile: u.profile, Role: role, Sessions: u.sessions}
}

func (u *user) place(no journal.Room) int {
	return slices.IndexFunc(u.places, func(p place) bool { return p.No == no })
}

func (u *user) placeAt(pid *actor.PID) int {
	return slices.IndexFunc(u.places, func(p place) bool { return p.Room.Equal(pid) })
}

func (u *user) putPlace(p place) int {
	if i := u.place(p.No); i >= 0 {
		u.places[i] = p
		return i
	}
	u.places = append(u.places, p)
	return len(u.places) - 1
}

func (u *user) dropPlaces(gone func(place) bool) bool {
	n := len(u.places)
	u.places = slices.DeleteFunc(u.places, gone)
	return len(u.places) < n
}
