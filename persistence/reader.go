package persistence

import (
	"errors"
	"fmt"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/eventstream"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/storage"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// pool reads from the store, off the mailboxes and beside the commits, so
// many at a time. It outlives the incarnations of its actor, so that a restart
// loses no question.
type pool struct {
	start supervise.Worker
	slots chan struct{} // one for each read that runs
	tasks chan func()   // those that wait
}

func newPool(cfg ActorConfig) *pool {
	return &pool{
		start: cfg.Go,
		slots: make(chan struct{}, cfg.Readers),
		tasks: make(chan func(), cfg.MaxReads),
	}
}

// answer has read run by a worker and what it returns sent to the asker;
// failed makes the answer of an error, a panic or a full queue.
func (p *pool) answer(ctx actor.Context, t ask.Ticket, read func() (any, error), failed func(error) any) {
	if t.ReplyTo == nil {
		return
	}
	sys := ctx.ActorSystem()
	work := func() any {
		defer p.ended()
		answer, err := read()
		if err != nil {
			return failed(err)
		}
		return answer
	}
	panicked := func(err error) any { return failed(fmt.Errorf("%w: %w", journal.ErrIntegrity, err)) }
	select {
	case p.tasks <- func() { p.start(sys, t.ReplyTo, work, panicked) }:
		p.next()
	default:
		ask.Reply(ctx, t, failed(ask.ErrBusy))
	}
}

// next starts the read that has waited longest, if there is a slot for it.
func (p *pool) next() {
	for {
		select {
		case p.slots <- struct{}{}:
		default:
			return // whoever gives a slot back looks again
		}
		select {
		case start := <-p.tasks:
			start()
			return
		default:
			<-p.slots
		}
		if len(p.tasks) == 0 {
			return // none came while the slot was held for nothing
		}
	}
}

func (p *pool) ended() {
	<-p.slots
	p.next()
}

// report makes damage that a reader came upon known to operators.
func report(events *eventstream.EventStream, room journal.Room, err error) {
	if errors.Is(err, journal.ErrIntegrity) || errors.Is(err, journal.ErrGap) {
		events.Publish(storage.Damaged{Room: room, Reason: err})
	}
}
