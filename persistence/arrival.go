package persistence

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// note sees what asks for a commit before anything that may fail does: it is
// answered, whatever fails.
func (d *desk) note(next actor.ReceiverFunc) actor.ReceiverFunc {
	return func(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
		switch e.Message.(type) {
		case journal.Append, write:
			d.arrived = e.Message
		}
		next(ctx, e)
	}
}

// refuseArrived answers for what the journal has failed at before it was in
// the queue: it is not stored.
func (l *ledger) refuseArrived(reason error) {
	switch m := l.desk.arrived.(type) {
	case journal.Append:
		l.owe(refusals([]item{{op: Op{Append: &m}}}, reason))
	case write:
		l.owe(refusals([]item{{op: m.op}}, reason))
	}
	l.desk.arrived = nil
}
