package persistence

import (
	"cmp"
	"errors"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/storage"
)

// This file is what the ledger does while the store cannot commit.

var errStalled = errors.New("a commit does not return")

// up opens the queue again, if it was closed, and goes on.
func (l *ledger) up(ctx actor.Context) {
	if l.desk.down != nil {
		l.desk.down = nil
		ctx.ActorSystem().EventStream.Publish(storage.Up{})
	}
	l.kick(ctx)
}

// pause closes the queue: nobody waits for a store that cannot commit.
func (l *ledger) pause(ctx actor.Context, err error) {
	before := l.desk.down
	l.desk.down = err
	if before == nil || reason(before) != reason(err) {
		ctx.ActorSystem().EventStream.Publish(storage.Down{Reason: err})
	}
	l.refuseQueue(reason(err))
}

// mend has the store resumed: at once after the first failure since the last
// good commit, later with growing pauses.
func (l *ledger) mend(ctx actor.Context) {
	d := l.desk
	d.failures++
	if d.failures == 1 {
		l.resume(ctx)
		return
	}
	root, self, m := ctx.ActorSystem().Root, ctx.Self(), retry{d.round}
	d.cfg.After(retryAfter(d.failures-1), func() { root.Send(self, m) })
}

func (l *ledger) retry(ctx actor.Context, m retry) {
	if m.round == l.desk.round {
		l.resume(ctx)
	}
}

func (l *ledger) resume(ctx actor.Context) {
	d, doubted := l.desk, cmp.Or(l.desk.flight, l.desk.late)
	l.work(ctx, true, func() result { return d.resume(doubted) })
}

// watch arms the timer that looks after what is in flight.
func (l *ledger) watch(ctx actor.Context) {
	d := l.desk
	if d.watching {
		return
	}
	d.watching = true
	root, self, m := ctx.ActorSystem().Root, ctx.Self(), tick{d.round, d.flight.first}
	d.cfg.After(d.cfg.Patience, func() { root.Send(self, m) })
}

// tick ends the waiting for a flight that has not moved since the timer was set.
func (l *ledger) tick(ctx actor.Context, m tick) {
	d := l.desk
	if m.round != d.round {
		return
	}
	d.watching = false
	switch {
	case d.flight == nil:
	case d.flight.first != m.first:
		l.watch(ctx)
	default:
		d.late = d.flight
		l.owe(answers(d.flight.items, nobody(d.flight, ask.ErrUnknown)))
		d.flight = nil
		if d.down == nil {
			l.pause(ctx, errStalled)
		}
		l.deliver(ctx)
	}
}
