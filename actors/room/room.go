package room

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// Messages of a room to itself.
type (
	loadAgain struct{ number uint64 }
	// gatherOver: those who were asked so often have had time to answer.
	gatherOver struct {
		epoch uint64
		asked int
	}
	changeOver struct{ number uint64 }
	summarize  struct{}
)

// room has four lives: loading, until the records have said what it is;
// gathering, until its former members have attached again; open; and changing,
// while a change of its state is at the journal.
type room struct {
	Config
	behavior actor.Behavior
	legacy   *Legacy
	epoch    uint64
	loads    uint64 // attempts to load, numbers the question
	timer    *time.Timer

	no      journal.Room
	created time.Time
	state   journal.State
	stored  bool // the log has begun

	members  []*member // in order of arrival
	byUser   map[string]*member
	byConn   map[string]*session
	entering []*entrant // their JOIN is at the journal
	invited  []invitation
	whispers int        // what was said to roles by those who have none, since something was said to all
	banned   uint64     // counts changes of the ban lists
	present  []Presence // of members; nil: make it again

	awaited []former // gathering: has not answered yet
	missing []former // gathering: did not come

	underway int // appends whose outcome is to come
	changing bool
	changes  uint64 // numbers the state changes
	parked   []any
	obeying  any   // the parked command being handled
	outcomes []any // of the journal, while the room is not ready or rests

	restUntil time.Time
	rester    *time.Timer
	kept      int  // bytes of the outcomes that wait for it
	held      bool // they wait for what is being stored, no longer for it

	serial   uint64 // of the last packet
	direct   lane
	branches []*branch
	severed  []*branch // of the incarnation before, with what they had not confirmed
	classes  []classCount
	waiting  []waiting

	told        Summary
	summarizing bool
}

// New returns a producer of the room; see Props.
func New(cfg Config, legacy *Legacy) actor.Producer {
	cfg.Limits = cfg.Limits.withDefaults()
	return func() actor.Actor {
		legacy.epoch++
		r := &room{
			Config: cfg,
			legacy: legacy,
			epoch:  legacy.epoch,
			loads:  legacy.epoch << 16, // answers to the incarnation before do not count
			byUser: make(map[string]*member),
			byConn: make(map[string]*session),

			entering: legacy.entering,
			underway: legacy.underway,
			changing: legacy.changing,
			outcomes: legacy.untaken(),
			severed:  legacy.branches,
			waiting:  legacy.waiting,
		}
		r.behavior.Become(r.loading)
		return r
	}
}

func (r *room) Receive(ctx actor.Context) { r.behavior.Receive(ctx) }

func (r *room) loading(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		r.load(ctx)
	case records.Opened:
		r.opened(ctx, m)
	case ask.Refused:
		r.loadRefused(ctx, m)
	case loadAgain:
		r.loadAgain(ctx, m)
	case journal.Committed, journal.NotCommitted:
		r.keepOutcome(m)
	case Attach, Absent, *actor.Terminated:
		// Everybody is asked again, and watched, when the room is loaded.
	default:
		r.unready(ctx)
	}
}

func (r *room) gathering(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case Attach:
		r.attachAgain(ctx, m.Member)
	case Absent:
		r.absent(ctx, m.User)
	case gatherOver:
		r.gatherOver(ctx, m)
	case journal.Committed, journal.NotCommitted:
		r.keepOutcome(m)
	case *actor.Terminated:
		r.absent(ctx, m.Who)
	default:
		r.unready(ctx)
	}
}

func (r *room) open(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case Post:
		r.post(ctx, m)
	case journal.Committed, journal.NotCommitted:
		r.decided(ctx, m)
	case rested:
		r.rested(ctx, m)
	case *actor.Terminated:
		r.gone(ctx, m.Who)
	case Join, Attach, Leave, Redact, Mark, SetTopic, SetModes, Kick, Rename, Accept, Annotate, Invite, ProfileChanged, Describe, Roster, History:
		r.obey(ctx, m)
	default:
		r.always(ctx)
	}
}

func (r *room) awaitingChange(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case journal.Committed, journal.NotCommitted:
		r.decided(ctx, m)
	case rested:
		r.rested(ctx, m)
	case changeOver:
		r.changeOver(ctx, m)
	case Attach:
		r.keep(m)
	case *actor.Terminated:
		r.gone(ctx, m.Who)
	default:
		r.unready(ctx)
	}
}

// obey handles a command, also one that had to wait.
func (r *room) obey(ctx actor.Context, command any) {
	switch m := command.(type) {
	case Join:
		r.join(ctx, m)
	case Attach:
		r.attach(ctx, m.Member)
	case Leave:
		r.leave(ctx, m)
	case Post:
		r.post(ctx, m)
	case Redact:
		r.redact(ctx, m)
	case Mark:
		r.mark(ctx, m)
	case SetTopic:
		r.setTopic(ctx, m)
	case SetModes:
		r.setModes(ctx, m)
	case Kick:
		r.kick(ctx, m)
	case Rename:
		r.rename(ctx, m)
	case Accept:
		r.accept(ctx, m)
	case Annotate:
		r.annotate(ctx, m)
	case Invite:
		r.invite(ctx, m)
	case ProfileChanged:
		r.profileChanged(ctx, m)
	case Describe:
		r.describe(ctx, m)
	case Roster:
		r.roster(ctx, m)
	case History:
		r.history(ctx, m)
	}
}

// unready is how commands are received while they have to wait.
func (r *room) unready(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case Join, Leave, Post, Redact, Mark, SetTopic, SetModes, Kick, Rename, Accept, Annotate, Invite, Describe, Roster, History:
		r.park(ctx, m)
	case ProfileChanged:
		r.keep(m)
	default:
		r.always(ctx)
	}
}

// always is what is received in one way throughout the room's lives.
func (r *room) always(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case confirmed:
		r.confirmed(ctx, m)
	case relayLost:
		r.replaceRelay(ctx, m)
	case Retire:
		r.retire(ctx, m)
	case summarize:
		r.summarize(ctx)
	case *actor.Restarting:
		r.bequeath(ctx)
	case *actor.Stopping:
		r.end(ctx)
	case Absent, ask.Refused, records.Opened, loadAgain, gatherOver, changeOver, rested, *actor.Terminated:
		// Too late to matter.
	default:
		supervise.Stray(ctx)
	}
}

// talk tells whether this is a conversation.
func (r *room) talk() bool { return r.Pair != [2]string{} }

// now is the time as records have it.
func (r *room) now() time.Time { return r.Now().UTC().Truncate(time.Millisecond) }
