package registry

import (
	"maps"
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
)

// gate is where commands wait until a room or user is there again, or gone.
type gate struct {
	shut   bool
	parked []any
}

func (r *registry) park(ctx actor.Context, g *gate, m any) {
	if len(g.parked) < r.Limits.Parked {
		g.parked = append(g.parked, m)
		return
	}
	ask.RefuseAsked(ctx, m, ask.ErrBusy)
}

// open lets what has waited go on, in its order, until the gate is shut again.
func (r *registry) open(ctx actor.Context, g *gate) {
	g.shut, r.opened = false, g
	for len(g.parked) > 0 && !g.shut {
		r.obeying, g.parked = g.parked[0], g.parked[1:]
		r.command(ctx, r.obeying)
	}
	r.obeying, r.opened = nil, nil
}

// leave refuses whatever waits.
func (r *registry) leave(ctx actor.Context, reason error) {
	stop(r.alarm)
	gates := []*gate{&r.loads}
	if r.opened != nil {
		gates = append(gates, r.opened)
	}
	for _, id := range slices.Sorted(maps.Keys(r.persons)) {
		gates = append(gates, &r.persons[id].gate)
	}
	for _, key := range slices.Sorted(maps.Keys(r.houses)) {
		gates = append(gates, &r.houses[key].gate)
		stop(r.houses[key].alarm)
	}
	for _, ref := range slices.Sorted(maps.Keys(r.moves)) {
		ask.Refuse(ctx, r.moves[ref].move.Ticket, ask.ErrUnknown)
	}
	ask.RefuseAsked(ctx, r.obeying, ask.ErrUnknown)
	for _, g := range gates {
		for _, m := range g.parked {
			ask.RefuseAsked(ctx, m, reason)
		}
		g.parked = nil
	}
}
