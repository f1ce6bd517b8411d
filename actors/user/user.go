// Package user is the actor of one signed-in person: their sessions, nick,
// away text and the rooms they are in. An account that is not signed in has
// one, too, while a conversation with it is open.
//
// It owns the profile (only the nick is granted by the registry) and the list
// of sessions, and knows in which rooms the person is.
//
// A restart keeps profile, sessions and conversations, which the old
// incarnation leaves in the producer, and loses the rooms: each session is
// sent Up and answers with Reattach, which names them. What arrives before the last one has answered
// waits, over another restart too, and is refused when the actor ends first.
package user

import (
	"cmp"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// Config is what the user actors of a registry share.
type Config struct {
	Registry, Records *actor.PID
	Limits            Limits
	Now               func() time.Time
}

// WithDefaults is the Config to make users of.
func (c Config) WithDefaults() *Config {
	c.Limits = c.Limits.withDefaults()
	return &c
}

// Limits of one user; a zero field takes its default.
type Limits struct {
	Sessions int           // at once
	Rooms    int           // at once; a join that is under way is not counted
	Parked   int           // messages that wait while sessions reattach
	Patience time.Duration // for the sessions after a restart, and for the rooms when the user quits
	Retry    time.Duration // until the rooms of the account are asked for again
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Sessions: cmp.Or(l.Sessions, 16),
		Rooms:    cmp.Or(l.Rooms, 100),
		Parked:   cmp.Or(l.Parked, 1024),
		Patience: cmp.Or(l.Patience, 5*time.Second),
		Retry:    cmp.Or(l.Retry, 5*time.Second),
	}
}

// Messages that the actor sends itself, each with the number of its alarm.
type (
	patienceOver struct{ number uint64 }
	retryRooms   struct{ number uint64 }
)

// sessionEnded is the user's word to itself that a connection has ended. It
// comes behind all that the connection had said, its Detach above all, which
// *actor.Terminated overtakes.
type sessionEnded struct{ conn *actor.PID }

// alarm is a message that the actor gets later from itself. It counts only
// if it bears the number of the alarm that is set.
type alarm struct {
	number uint64
	timer  *time.Timer
}

type user struct {
	*Config
	former  *former
	profile people.Profile

	sessions []room.Session // order of arrival; replaced, never changed, as rooms have it too
	places   []place        // order of entry
	signedOn time.Time
	active   time.Time
	killers  []ask.Ticket // wait for the sessions to end
	goodbyes []ask.Ticket // wait for the rooms and the registry to have seen that

	absent  []*actor.PID // sessions that have not reattached after a restart
	parked  []any        // what waits for them
	obeying any          // what had waited, and is handled now

	absence  absence
	arrival  arrival
	notices  []notice
	patience alarm
	retry    alarm

	receive func(actor.Context)
}

// Props makes a user for the registry to spawn.
func Props(cfg *Config, profile people.Profile, opts ...actor.PropsOption) *actor.Props {
	return supervise.Props(New(cfg, profile), opts...)
}

// New returns a producer, which also hands sessions and profile on to the
// next incarnation.
func New(cfg *Config, profile people.Profile) actor.Producer {
	left := &former{profile: profile}
	return func() actor.Actor {
		u := &user{Config: cfg, former: left, profile: left.profile, signedOn: left.signedOn, absence: left.absence}
		u.receive = u.present
		return u
	}
}

func (u *user) Receive(ctx actor.Context) { u.receive(ctx) }

// present is the ordinary life.
func (u *user) present(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		u.started(ctx)
	case *actor.Restarting:
		u.bequeath(ctx)
	case *actor.Stopping:
		u.end(ctx)
	case *actor.Terminated:
		u.terminated(ctx, m.Who)
	case sessionEnded:
		u.detach(ctx, Detach{Conn: m.conn, Reason: "connection lost"})
	case Retire:
		u.retire(ctx, m)
	default:
		u.command(ctx, m)
	}
}

// gathering is the life after a restart, until every session has reattached.
func (u *user) gathering(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Restarting:
		u.bequeath(ctx)
	case *actor.Stopping:
		u.end(ctx)
	case *actor.Terminated:
		u.lost(ctx, m.Who)
	case sessionEnded:
		u.lost(ctx, m.conn)
	case Reattach:
		u.reattach(ctx, m)
	case patienceOver:
		u.gatheringEnds(ctx, m)
	case Retire:
		u.retire(ctx, m)
	case actor.SystemMessage, actor.AutoReceiveMessage:
	default:
		u.park(ctx, m)
	}
}

// command handles what may also have waited.
func (u *user) command(ctx actor.Context, message any) {
	switch m := message.(type) {
	case Attach:
		u.attach(ctx, m)
	case Reclass:
		u.reclass(ctx, m.Session)
	case Detach:
		u.detach(ctx, m)
	case Join:
		u.join(ctx, m)
	case SetAway:
		u.setAway(ctx, m)
	case SetRealname:
		u.describe(ctx, m)
	case SetMode:
		u.setMode(ctx, m)
	case Kill:
		u.kill(ctx, m)
	case Revoke:
		u.revoke(ctx, m)
	case Announced:
		u.toSessions(ctx, m)
	case Annotate:
		u.annotate(ctx, m)
	case Annotated:
		u.annotated(ctx, m)
	case Renamed:
		u.renamed(ctx, m)
	case Identified:
		u.identified(ctx, m)
	case Whois:
		u.whois(ctx, m)
	case room.Invited:
		u.toSessions(ctx, m)
	case RoomLost:
		u.roomLost(ctx, m)
	case room.Membership:
		u.membership(ctx, m)
	case room.Up:
		u.roomUp(ctx, m)
	case room.Left:
		u.left(ctx, m.Ref)
	case room.Noted:
		u.noted(ctx, m.Ref)
	case room.Joined:
		u.rejoined(ctx, m.Ref)
	case Settle:
		u.settleSoon(ctx, m.Ticket)
	case ask.Refused:
		u.refused(ctx, m)
	case records.Remembered:
		u.remembered(ctx, m)
	case patienceOver:
		u.giveUpLeaving(ctx, m)
	case retryRooms:
		u.retryRejoin(ctx, m)
	case Reattach:
		u.reattachLate(ctx, m)
	default:
		supervise.Stray(ctx)
	}
}

func (u *user) park(ctx actor.Context, m any) {
	if len(u.parked) < u.Limits.Parked {
		u.parked = append(u.parked, m)
		return
	}
	ask.RefuseAsked(ctx, m, ask.ErrBusy)
}

// retire answers the registry: only a user whom nobody needs may go.
func (u *user) retire(ctx actor.Context, m Retire) {
	ask.Reply(ctx, m.Ticket, Resting{
		Ref: m.Ref, User: ctx.Self(), Sessions: len(u.sessions),
		Busy: u.leaving(),
	})
	if !u.leaving() {
		u.sayGoodbye(ctx)
	}
}

// report tells the registry how things are.
func (u *user) report(ctx actor.Context) {
	ctx.Send(u.Registry, Status{User: ctx.Self(), Profile: u.profile, Sessions: len(u.sessions)})
}

// next numbers a question or an alarm.
func (u *user) next() uint64 {
	u.former.number++
	return u.former.number
}

func (u *user) setPatience(ctx actor.Context) {
	n := u.next()
	u.patience.set(ctx, n, u.Limits.Patience, patienceOver{n})
}

func (a *alarm) set(ctx actor.Context, number uint64, after time.Duration, m any) {
	a.cancel()
	root, self := ctx.ActorSystem().Root, ctx.Self()
	*a = alarm{number, time.AfterFunc(after, func() { root.Send(self, m) })}
}

func (a *alarm) cancel() {
	if a.timer != nil {
		a.timer.Stop()
	}
	*a = alarm{}
}
