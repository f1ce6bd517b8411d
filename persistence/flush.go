package persistence

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
)

// flushing is a Flush that waits for the item of that number.
type flushing struct {
	ask.Ticket
	upTo uint64
}

func (l *ledger) flush(ctx actor.Context, m journal.Flush) {
	l.flushes = append(l.flushes, flushing{m.Ticket, l.desk.accepted})
	l.deliver(ctx)
}

// flushed answers each Flush before which nothing waits any more.
func (l *ledger) flushed(ctx actor.Context) {
	for len(l.flushes) > 0 && l.flushes[0].upTo < l.oldest() {
		f := l.flushes[0]
		l.flushes = l.flushes[1:]
		ask.Reply(ctx, f.Ticket, journal.Flushed{Ref: f.Ref})
	}
}

// oldest is the number of the oldest item that has not had its outcome.
func (l *ledger) oldest() uint64 {
	if l.desk.flight != nil {
		return l.desk.flight.first
	}
	return l.desk.accepted - uint64(len(l.queue)) + 1
}
