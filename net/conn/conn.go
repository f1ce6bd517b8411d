// Package conn is the actor that owns one client connection. It is the only
// place where protocol lines and the messages of actors meet.
//
// It owns the socket with the two goroutines on it (a reader, and one write in
// flight), the client's capabilities, its queue of commands, and what it is
// told at sign-in: its user actor and the rooms that it is shown.
//
// It is never restarted: at a failure it stops, the client reconnects, its user
// actor gives the rooms back, and history fills the gap.
//
// What clients rely on: commands take effect in order, and an answer is sent
// only when the command is complete. Posts may be under way together; any other
// command waits for those before it, so that a PONG is a fence.
package conn

import (
	"net"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/actors/user"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// Drain tells a connection to say goodbye and end, as the server stops.
type Drain struct{ Reason string }

// Ended is published on the event stream when a connection has ended. Lines
// and Writes show how well output was coalesced.
type Ended struct {
	Conn   *actor.PID
	Remote string
	Nick   string // empty: it never signed in
	Reason string
	Lines  uint64 // from the client
	Writes uint64 // to the socket
	Bytes  uint64 // to the socket
}

// tick is a timer of a connection that has run out; Gen says which setting of
// it, as one that was set again may still fire.
type tick struct {
	What timer
	Gen  uint64
}

type conn struct {
	cfg    *Config
	sock   net.Conn
	self   *actor.PID
	parent *actor.PID
	tell   *actor.RootContext
	remote string

	out    output
	credit credit
	timers [timerKinds]alarm
	reason string // why it ended, as others are told
	lines  uint64
	read   time.Time // when the last line came

	greeting *greeting // nil once it is signed in
	caps     capability
	captured int   // the highest CAP LS version seen
	sasl     *sasl // nil: none is under way
	known    bool  // to the parent: it has said who it is
	secure   bool  // TLS
	pinged   bool
	ended    bool
	// certificate is the fingerprint of what the client has shown; empty: none.
	certificate string

	user    *actor.PID // nil until signed in
	nick    string     // empty until given
	profile people.Profile
	joined  []place
	once    onceRing
	draft   *draft   // a message of several lines in the making
	subs    []string // the keys of metadata that it wants to hear of
	invites []string
	marks   guestMarks

	welcome  time.Time // when it was signed in
	arrivals int       // rooms shown as part of the answer to that

	queue   []lineRead
	current *exchange // a command that is not a post, under way
	posts   int       // posts under way
	asked   []question
	lastRef uint64
	batches uint64
}

// New makes the producer of a connection. The Config is shared by all
// connections, and nobody changes it.
func New(cfg *Config, sock net.Conn) actor.Producer {
	return func() actor.Actor { return &conn{cfg: cfg, sock: sock, greeting: &greeting{}} }
}

// Props is how a connection is to be spawned; who spawns it stops it at its
// first failure.
func Props(cfg *Config, sock net.Conn, opts ...actor.PropsOption) *actor.Props {
	return supervise.Props(New(cfg, sock), opts...)
}

// Receive has by itself what comes often: the large messages of the switches
// below would make the stack grow each time.
func (c *conn) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *room.Lines:
		c.show(m)
	case flush:
		c.flush(ctx)
	case writeDone:
		c.writeDone(ctx)
	default:
		c.own(ctx)
	}
}

// own is what a connection is told by its parts and its parent.
func (c *conn) own(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		c.started(ctx)
	case *actor.Stopping:
		c.stopping()
	case *actor.Stopped:
		c.stopped(ctx)
	case *actor.Terminated:
		c.userGone(m.Who)
	case handshaken:
		c.out.ready = true
		c.secure, c.certificate = m.secure, m.certificate
	case lineRead:
		c.lineRead(ctx, m)
	case readEnded:
		c.readEnded(m)
	case tick:
		c.tick(ctx, m)
	case Renewed:
		c.renewed(ctx, m)
	case Drain:
		c.close(m.Reason)
	case GiveWay:
		c.giveWay(m)
	case said:
		c.tell.Stop(c.self)
	default:
		c.events(ctx)
	}
}

// events are what rooms and users tell without being asked.
func (c *conn) events(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case room.Echo:
		c.echo(m)
	case room.Entered:
		c.entered(m)
	case room.Expelled:
		c.expelled(m)
	case room.Moved:
		c.moved(m)
	case room.Marked:
		c.marked(ctx, m)
	case room.Invited:
		c.invited(m)
	case user.Changed:
		c.changed(m)
	case registry.Appeared:
		c.appeared(m)
	case registry.Disappeared:
		c.disappeared(m)
	case registry.Seen:
		c.seen(m)
	case user.RoomLost:
		c.roomLost(m)
	case user.Barred:
		c.barred(m)
	case user.Killed:
		c.killed(m)
	case user.Revoked:
		c.close(textRevoked)
	case user.Announced:
		c.announced(m)
	case user.Up:
		c.userUp(ctx, m)
	default:
		c.answers(ctx)
	}
}

// answers are what somebody replies to a question of this connection.
func (c *conn) answers(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case ask.Refused:
		c.answered(ctx, m.Ref, m)
	case account.LoggedIn:
		c.answered(ctx, m.Ref, m)
	case account.Challenged:
		c.answered(ctx, m.Ref, m)
	case account.Annotated:
		c.answered(ctx, m.Ref, m)
	case account.Certificates:
		c.answered(ctx, m.Ref, m)
	case account.Changed:
		c.answered(ctx, m.Ref, m)
	case account.Registered:
		c.answered(ctx, m.Ref, m)
	case account.Operating:
		c.answered(ctx, m.Ref, m)
	case user.Welcome:
		c.answered(ctx, m.Ref, m)
	case user.Done:
		c.answered(ctx, m.Ref, m)
	case user.Remains:
		c.answered(ctx, m.Ref, m)
	case user.Settled:
		c.answered(ctx, m.Ref, m)
	case user.AwaySet:
		c.answered(ctx, m.Ref, m)
	case user.Portrait:
		c.answered(ctx, m.Ref, m)
	case registry.UserFound:
		c.answered(ctx, m.Ref, m)
	case registry.People:
		c.answered(ctx, m.Ref, m)
	case registry.Listed:
		c.answered(ctx, m.Ref, m)
	case registry.Watched:
		c.answered(ctx, m.Ref, m)
	case registry.Remembered:
		c.answered(ctx, m.Ref, m)
	case registry.Announced:
		c.answered(ctx, m.Ref, m)
	case records.Hits:
		c.answered(ctx, m.Ref, m)
	case records.Remembered:
		c.answered(ctx, m.Ref, m)
	default:
		c.roomAnswers(ctx)
	}
}

func (c *conn) roomAnswers(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case room.Joined:
		c.answered(ctx, m.Ref, m)
	case room.Left:
		c.answered(ctx, m.Ref, m)
	case room.Accepted:
		c.answered(ctx, m.Ref, m)
	case room.Done:
		c.answered(ctx, m.Ref, m)
	case room.Masks:
		c.answered(ctx, m.Ref, m)
	case room.Renamed:
		c.answered(ctx, m.Ref, m)
	case room.Description:
		c.answered(ctx, m.Ref, m)
	case room.Present:
		c.answered(ctx, m.Ref, m)
	case journal.Page:
		c.answered(ctx, m.Ref, m)
	default:
		supervise.Stray(ctx)
	}
}

func (c *conn) started(ctx actor.Context) {
	c.self, c.parent, c.tell = ctx.Self(), ctx.Parent(), ctx.ActorSystem().Root
	c.remote = c.sock.RemoteAddr().String()
	c.read = c.cfg.Now()
	c.credit = newCredit(c.cfg)
	c.out = newOutput(c.sock, c.cfg)
	c.set(registrationTimer, c.cfg.Timeouts.Registration)
	r := &reader{
		sock: c.sock, tell: c.tell, to: c.self,
		tokens: c.credit.tokens, quit: c.credit.quit,
		handshake: c.cfg.Timeouts.Handshake, proceed: c.cfg.Go,
		pool: c.cfg.Commands, underway: c.credit.underway,
	}
	go r.run() // ends when sock closes or quit is closed
}

// userGone: the user actor has ended though this session was attached to it.
func (c *conn) userGone(who *actor.PID) {
	if c.user != nil && c.user.Equal(who) {
		c.user = nil
		c.close(textUserGone)
	}
}

// stopping says goodbye, if nobody has, and lets go of everything.
func (c *conn) stopping() {
	c.close(textStopped)
	for i := range c.timers {
		c.timers[i].stop()
	}
	c.credit.end()
}

func (c *conn) stopped(ctx actor.Context) {
	ctx.ActorSystem().EventStream.Publish(Ended{
		Conn: c.self, Remote: c.remote, Nick: c.profile.Nick, Reason: c.reason,
		Lines: c.lines, Writes: c.out.writes, Bytes: c.out.bytes,
	})
	c.queue, c.asked, c.joined = nil, nil, nil
	c.dropDraft()
	c.out.letGo()
	drained(c.cfg.Commands, c.credit.underway)
}

// close says goodbye to the client. The actor ends when that is written, or
// cannot be.
func (c *conn) close(reason string) {
	if c.end(reason) {
		c.out.append(func(dst []byte) []byte { return irc.Append(dst, irc.New("ERROR", "Closing link: "+reason)) })
		c.out.lastWords(c.flight(), c.cfg.Timeouts.Goodbye)
	}
}

// cut ends the connection without a word.
func (c *conn) cut(reason string) {
	if c.end(reason) {
		cut(c.sock)
		c.tell.Stop(c.self)
	}
}

// end is called once: from here on the client does not exist for others.
func (c *conn) end(reason string) bool {
	if c.ended {
		return false
	}
	c.ended, c.reason = true, reason
	c.queue = nil
	if c.user != nil {
		c.tell.Send(c.user, user.Detach{Conn: c.self, Reason: reason})
	}
	return true
}
