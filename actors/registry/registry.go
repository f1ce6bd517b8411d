// Package registry is the actor that owns all names: it spawns and supervises
// rooms and users, and forwards to them.
//
// It owns who holds which nick, which account and room names are taken, and a
// copy of every user's profile and every room's summary. It keeps no list of
// who is in which room.
//
// A restart loses its children: rooms and users are stopped, connections see
// their user end and close. The names come back from storage. While they are
// loaded, and while a room or user is being retired, commands wait in order;
// when the registry ends first they are refused.
package registry

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/gauge"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/actors/user"
)

// Messages that the registry sends itself.
type (
	loadAgain  struct{ number uint64 }
	coolOffEnd struct {
		key    string
		number uint64
	}
)

// former outlives an incarnation, so that no answer to one fits another.
type former struct{ number uint64 }

type registry struct {
	Config
	former  *former
	ofUsers *user.Config

	loading  bool
	question uint64 // the number of the question for names, or of its alarm
	cursor   string // where it goes on
	alarm    *time.Timer
	loads    gate

	opened  *gate // the one that is being opened
	obeying any   // what had waited in it, and is handled now

	accounts map[string]string  // key to name as written
	reserved map[string]bool    // those of them that are not known to be stored
	certs    map[string]string  // fingerprint to the key of its account
	persons  map[string]*person // by ID
	nicks    map[string]*person // by key of the nick; these are online
	users    map[string]*person // by id of the user actor

	watchers map[string]*watcher   // by id of the connection
	watched  map[string][]*watcher // by key of the nick

	houses map[string]*house // by key of the room, or of the pair
	rooms  map[string]*house // by id of the room actor
	talks  int               // how many houses are conversations

	past []Past // the newest first
	most int    // how many were online at once

	forgets map[uint64]*house // the questions to records
	moves   map[uint64]*house // the questions to rooms whether they take another name
}

// Props makes a registry with the strategy for its children.
func Props(cfg Config, opts ...actor.PropsOption) *actor.Props {
	strategy := cfg.Children
	if strategy == nil {
		strategy = Failing()
	}
	return supervise.Props(New(cfg), append([]actor.PropsOption{actor.WithSupervisor(strategy)}, opts...)...)
}

// New returns a producer.
func New(cfg Config) actor.Producer {
	cfg.Limits = cfg.Limits.withDefaults()
	left := &former{}
	return func() actor.Actor {
		return &registry{
			Config: cfg, former: left, loading: true,
			accounts: make(map[string]string),
			reserved: make(map[string]bool),
			certs:    make(map[string]string),
			persons:  make(map[string]*person),
			nicks:    make(map[string]*person),
			users:    make(map[string]*person),
			watchers: make(map[string]*watcher),
			watched:  make(map[string][]*watcher),
			houses:   make(map[string]*house),
			rooms:    make(map[string]*house),
			forgets:  make(map[uint64]*house),
			moves:    make(map[uint64]*house),
		}
	}
}

func (r *registry) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		r.started(ctx)
	case *actor.Restarting:
		r.leave(ctx, ask.ErrBusy)
	case *actor.Stopping:
		r.leave(ctx, ask.ErrStopping)
	case *actor.Terminated:
		r.terminated(ctx, m.Who)
	case records.Named:
		r.named(ctx, m)
	case records.Forgotten:
		r.forgotten(ctx, m)
	case ask.Refused:
		r.refused(ctx, m)
	case loadAgain:
		r.loadAgain(ctx, m)
	case coolOffEnd:
		r.coolOffEnds(ctx, m)
	case user.Status:
		r.status(ctx, m)
	case user.Resting:
		r.userRests(ctx, m)
	case room.Summary:
		r.summary(ctx, m)
	case room.Resting:
		r.roomRests(ctx, m)
	case room.Renamed:
		r.renamed(ctx, m)
	case gauge.Ask:
		r.measure(ctx, m)
	case actor.SystemMessage, actor.AutoReceiveMessage:
	default:
		r.commanded(ctx, m)
	}
}

func (r *registry) commanded(ctx actor.Context, m any) {
	if r.loading {
		r.park(ctx, &r.loads, m)
		return
	}
	r.command(ctx, m)
}

// command handles what may also have waited.
func (r *registry) command(ctx actor.Context, message any) {
	switch m := message.(type) {
	case SignIn:
		r.signIn(ctx, m)
	case Rename:
		r.rename(ctx, m)
	case Identify:
		r.identify(ctx, m)
	case account.Reserve:
		r.reserve(ctx, m)
	case account.Release:
		r.release(m)
	case account.Made:
		r.made(m)
	case account.Claim:
		r.claim(ctx, m)
	case account.Disclaim:
		r.disclaim(m)
	case account.Whose:
		r.whose(ctx, m)
	case ToUser:
		r.toUser(ctx, m)
	case FindUser:
		r.findUser(ctx, m)
	case ToRoom:
		r.toRoom(ctx, m)
	case RenameRoom:
		r.renameRoom(ctx, m)
	case user.Enter:
		r.enter(ctx, m)
	case ToConversation:
		r.toConversation(ctx, m)
	case List:
		r.list(ctx, m)
	case Everyone:
		r.everyone(ctx, m)
	case Whowas:
		r.whowas(ctx, m)
	case Announce:
		r.announce(ctx, m)
	default:
		r.watchCommand(ctx, m)
	}
}

func (r *registry) watchCommand(ctx actor.Context, message any) {
	switch m := message.(type) {
	case Watch:
		r.watch(ctx, m)
	case Unwatch:
		r.unwatch(ctx, m)
	case Watching:
		r.watching(ctx, m)
	default:
		supervise.Stray(ctx)
	}
}

// terminated: a room, a user or a connection that watches nicks has ended.
func (r *registry) terminated(ctx actor.Context, who *actor.PID) {
	if p := r.users[who.Id]; p != nil {
		r.userEnded(ctx, p)
	}
	if h := r.rooms[who.Id]; h != nil {
		r.roomEnded(ctx, h)
	}
	if w := r.watchers[who.Id]; w != nil {
		r.watcherGone(w)
	}
}

func (r *registry) refused(ctx actor.Context, m ask.Refused) {
	switch {
	case r.loading && m.Ref == r.question:
		r.loadLater(ctx)
	case r.forgets[m.Ref] != nil:
		r.forgotten(ctx, records.Forgotten{Ref: m.Ref, Err: m.Reason})
	case r.moves[m.Ref] != nil:
		r.notRenamed(ctx, r.moves[m.Ref], m.Reason)
	default:
		r.stillThere(ctx, m.Ref)
	}
}

// stillThere: a room or user has crashed over the question whether it rests.
// It asks for it again when it is empty after its restart.
func (r *registry) stillThere(ctx actor.Context, ref uint64) {
	for _, p := range r.users {
		if p.shut && p.resting == ref {
			r.open(ctx, &p.gate)
			return
		}
	}
	for _, h := range r.rooms {
		if h.shut && h.resting == ref {
			r.stays(ctx, h)
			return
		}
	}
}

// next numbers a question or an alarm.
func (r *registry) next() uint64 {
	r.former.number++
	return r.former.number
}

func (r *registry) ticket(ctx actor.Context, ref uint64) ask.Ticket {
	return ask.Ticket{ReplyTo: ctx.Self(), Ref: ref}
}

func (r *registry) after(ctx actor.Context, delay time.Duration, m any) *time.Timer {
	root, self := ctx.ActorSystem().Root, ctx.Self()
	return time.AfterFunc(delay, func() { root.Send(self, m) })
}

func stop(t *time.Timer) {
	if t != nil {
		t.Stop()
	}
}
