package user

import (
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// former is what an incarnation leaves to the next one, in the producer.
type former struct {
	started  bool
	profile  people.Profile
	sessions []room.Session
	signedOn time.Time
	absence  absence
	talks    []place // its conversations, which sessions do not know
	parked   []any
	number   uint64 // counted on, so that no answer or alarm fits a later incarnation
}

func (u *user) started(ctx actor.Context) {
	if !u.former.started {
		u.former.started = true
		return
	}
	u.sessions, u.parked = u.former.sessions, u.former.parked
	u.former.parked = nil
	u.places = slices.Clone(u.former.talks)
	for _, p := range u.places {
		ctx.Watch(p.Room) // once more, as below
	}
	if len(u.sessions) == 0 {
		u.gathered(ctx)
		return
	}
	u.receive = u.gathering
	for _, s := range u.sessions {
		u.absent = append(u.absent, s.Conn)
		// Once more: its end may have been told to the one that had failed.
		ctx.Watch(s.Conn)
		ctx.Send(s.Conn, Up{User: ctx.Self()})
	}
	u.setPatience(ctx)
}

// bequeath leaves the next incarnation what it needs. What waits goes on
// waiting: a room that asks for its members would not ask again.
func (u *user) bequeath(ctx actor.Context) {
	u.former.profile, u.former.sessions, u.former.signedOn = u.profile, u.sessions, u.signedOn
	u.former.parked, u.former.absence = u.parked, u.absence
	u.former.talks = slices.DeleteFunc(slices.Clone(u.places), func(p place) bool { return !p.talk })
	ask.RefuseAsked(ctx, u.obeying, ask.ErrUnknown)
	u.leave(ctx)
}

// end refuses what waits.
func (u *user) end(ctx actor.Context) {
	for _, m := range u.parked {
		ask.RefuseAsked(ctx, m, ask.ErrStopping)
	}
	u.leave(ctx)
}

func (u *user) leave(ctx actor.Context) {
	u.unsettle(ctx)
	u.unnotice(ctx)
	for _, t := range slices.Concat(u.killers, u.goodbyes) {
		ask.Refuse(ctx, t, ask.ErrUnknown)
	}
	u.patience.cancel()
	u.retry.cancel()
}

// gathered goes on with ordinary life.
func (u *user) gathered(ctx actor.Context) {
	u.receive = u.present
	u.patience.cancel()
	u.absent = nil
	u.report(ctx)
	if len(u.sessions) == 0 {
		u.quit(ctx, "connection lost")
	} else {
		u.tellRooms(ctx) // one may be waiting for what the last incarnation did not send
		u.askRooms(ctx)
	}
	for len(u.parked) > 0 {
		u.obeying, u.parked = u.parked[0], u.parked[1:]
		u.command(ctx, u.obeying)
	}
	u.obeying = nil
}

// reattach: a session has survived the restart.
func (u *user) reattach(ctx actor.Context, m Reattach) {
	if u.session(m.Session.Conn) < 0 {
		return
	}
	u.putSession(m.Session)
	for _, p := range m.Rooms {
		u.putPlace(place{Place: p})
	}
	u.here(ctx, m.Session.Conn)
}

// lost: a session or a conversation has not survived it.
func (u *user) lost(ctx actor.Context, who *actor.PID) {
	u.dropPlaces(func(p place) bool { return p.talk && p.Room.Equal(who) })
	if u.dropSession(who) {
		u.here(ctx, who)
	}
}

func (u *user) here(ctx actor.Context, conn *actor.PID) {
	u.absent = slices.DeleteFunc(u.absent, func(p *actor.PID) bool { return p.Equal(conn) })
	if len(u.absent) == 0 {
		u.gathered(ctx)
	}
}

func (u *user) gatheringEnds(ctx actor.Context, m patienceOver) {
	if m.number == u.patience.number {
		u.gathered(ctx)
	}
}

// reattachLate: the session was waited for no longer, but is still known.
func (u *user) reattachLate(ctx actor.Context, m Reattach) {
	if u.session(m.Session.Conn) < 0 {
		return
	}
	u.putSession(m.Session)
	for _, p := range m.Rooms {
		if u.place(p.No) < 0 {
			u.putPlace(place{Place: p})
		}
	}
	u.tellRooms(ctx)
}
