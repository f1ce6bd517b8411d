package registry

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/gauge"
)

// measure tells what there is. It looks at every name, 20 ns each, so that
// nothing has to be counted when nobody asks.
func (r *registry) measure(ctx actor.Context, m gauge.Ask) {
	parked, closed, members := len(r.loads.parked), 0, 0
	for _, h := range r.houses {
		parked += len(h.parked)
		members += h.summary.Members
		if h.closed {
			closed++
		}
	}
	watched := 0
	for _, by := range r.watched {
		watched += len(by)
	}
	for _, p := range r.users {
		parked += len(p.parked)
	}
	gauge.Answer(ctx, m,
		gauge.Number{Name: "registry_accounts", Help: "Names of accounts.", Value: len(r.accounts)},
		gauge.Number{Name: "registry_rooms", Help: "Names of rooms.", Value: len(r.houses) - r.talks},
		gauge.Number{Name: "registry_rooms_running", Help: "Rooms and conversations that have an actor.", Value: len(r.rooms)},
		gauge.Number{Name: "registry_conversations", Help: "Conversations of two people.", Value: r.talks},
		gauge.Number{Name: "registry_rooms_quarantined", Help: "Rooms that are closed for now because they failed too often.", Value: closed},
		gauge.Number{Name: "registry_members", Help: "Members of all rooms.", Value: members},
		gauge.Number{Name: "registry_users", Help: "User actors.", Value: len(r.users)},
		gauge.Number{Name: "registry_online", Help: "Nicks in use.", Value: len(r.nicks)},
		gauge.Number{Name: "registry_monitored", Help: "Entries of all MONITOR lists.", Value: watched},
		gauge.Number{Name: "registry_parked", Help: "Commands that wait for a room or user to be there again, or gone.", Value: parked},
	)
}
