package room

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/supervise"
)

type room struct {
	Config
	legacy *Legacy
	epoch  uint64
}

// New returns a producer of the room; see Props.
func New(cfg Config, legacy *Legacy) actor.Producer {
	cfg.Limits = cfg.Limits.withDefaults()
	return func() actor.Actor {
		legacy.epoch++
		return &room{Config: cfg, legacy: legacy, epoch: legacy.epoch}
	}
}

func (r *room) Receive(ctx actor.Context) {
	switch ctx.Message().(type) {
	default:
		supervise.Stray(ctx)
	}
}
