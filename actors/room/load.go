package room

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// loadPatience is how many Retry intervals the records have for an answer.
const loadPatience = 10

// load asks the records what the room is.
func (r *room) load(ctx actor.Context) {
	r.loads++
	initial := journal.State{}
	if !r.talk() {
		initial.Modes = "nt"
		initial.Founder = r.Founder
	}
	ctx.Send(r.Records, records.Open{
		Ticket:  ask.Ticket{ReplyTo: ctx.Self(), Ref: r.loads},
		No:      r.legacy.no,
		Key:     r.Key,
		Name:    r.Name,
		Pair:    r.Pair,
		Initial: initial,
	})
	r.after(ctx, loadPatience*r.Limits.Retry, loadAgain{r.loads})
}

func (r *room) opened(ctx actor.Context, m records.Opened) {
	if m.Ref != r.loads {
		return
	}
	if m.Err != nil {
		r.notLoaded(ctx, m.Err)
		return
	}
	r.timer.Stop()
	r.no, r.created, r.state = m.Room.No, m.Room.Created, m.Room.State
	r.stored = m.Room.LastSeq > 0
	r.legacy.no = r.no
	if !r.talk() && m.Room.Name != "" {
		r.Key, r.Name = m.Room.Key, m.Room.Name
	}
	r.awaited = r.formerMembers()
	r.gather(ctx)
}

func (r *room) loadRefused(ctx actor.Context, m ask.Refused) {
	if m.Ref == r.loads {
		r.notLoaded(ctx, m.Reason)
	}
}

// notLoaded refuses who waits and tries again later.
func (r *room) notLoaded(ctx actor.Context, reason error) {
	for _, command := range r.parked {
		ask.RefuseAsked(ctx, command, reason)
	}
	r.parked = nil
	r.loads++
	r.after(ctx, r.Limits.Retry, loadAgain{r.loads})
}

func (r *room) loadAgain(ctx actor.Context, m loadAgain) {
	if m.number == r.loads {
		r.load(ctx)
	}
}

// after sends the room a message later, instead of the one before.
func (r *room) after(ctx actor.Context, d time.Duration, message any) {
	if r.timer != nil {
		r.timer.Stop()
	}
	root, self := ctx.ActorSystem().Root, ctx.Self()
	r.timer = time.AfterFunc(d, func() { root.Send(self, message) })
}
