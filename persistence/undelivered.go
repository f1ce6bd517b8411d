package persistence

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
)

// Undelivered answers for a journal that is not there: nothing is stored.
func (w write) Undelivered(ctx actor.SenderContext) {
	for _, r := range refusals([]item{{op: w.op}}, ask.ErrUnavailable) {
		ctx.Send(r.to, r.message)
	}
}
