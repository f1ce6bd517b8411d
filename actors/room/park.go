package room

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
)

// keepOutcome keeps what the journal says until the room is loaded.
func (r *room) keepOutcome(outcome any) {
	r.outcomes = append(r.outcomes, outcome)
	r.legacy.arrived = nil
}

// keep is park for what must not be lost: there is little of it, and nobody
// would ask again.
func (r *room) keep(news any) { r.parked = append(r.parked, news) }

// park keeps a command until the room is ready.
func (r *room) park(ctx actor.Context, command any) {
	if len(r.parked) >= r.Limits.Parked {
		ask.RefuseAsked(ctx, command, ask.ErrBusy)
		return
	}
	r.parked = append(r.parked, command)
}

// unpark handles what has waited, until something has to wait again.
func (r *room) unpark(ctx actor.Context) {
	for len(r.parked) > 0 && r.ready() {
		r.obeying, r.parked = r.parked[0], r.parked[1:]
		r.obey(ctx, r.obeying)
		r.obeying = nil
	}
}

// ready tells whether commands need not wait.
func (r *room) ready() bool { return !r.changing && len(r.awaited) == 0 }
