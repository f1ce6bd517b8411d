package registry

import (
	"maps"
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/user"
)

// announce passes on what an operator of the server tells those who want to
// know, and other operators.
func (r *registry) announce(ctx actor.Context, m Announce) {
	for _, nick := range slices.Sorted(maps.Keys(r.nicks)) {
		if p := r.nicks[nick]; p.profile.Modes&(people.Wallops|people.Operator) != 0 {
			ctx.Send(p.pid, user.Announced{By: m.By, Text: m.Text})
		}
	}
	ask.Reply(ctx, m.Ticket, Announced{Ref: m.Ref})
}
