package persistence

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/storage"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// keeper supervises the journal and the records.
//
// Owns: the two. A restart loses: nothing; what the journal had queued is
// answered, and a commit in flight stays the only one. Given back by: the
// store.
type keeper struct {
	desk    *desk // the journal's
	journal *actor.Props
	cfg     ActorConfig
	records *actor.PID
	leaving bool
}

// NewStorage makes the supervisor of a journal and a records actor over one
// store. Its Props must name storage.Policy.
func NewStorage(cfg ActorConfig) actor.Producer {
	d := newDesk(cfg.withDefaults())
	journal := journalProps(d)
	return func() actor.Actor { return &keeper{desk: d, journal: journal, cfg: cfg} }
}

func (k *keeper) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case journal.Flush:
		ctx.Send(k.records, m)
	case *actor.Started:
		k.started(ctx)
	case *actor.Terminated:
		k.ended(ctx, m.Who)
	case *actor.Stopping, *actor.Restarting:
		k.leaving = true
	case *actor.Stopped:
		k.stopped(ctx)
	default:
		supervise.Stray(ctx)
	}
}

func (k *keeper) started(ctx actor.Context) {
	// Named, so that a worker of the journal before finds the next one.
	log, err := ctx.SpawnNamed(k.journal, "journal")
	if err != nil {
		panic(err)
	}
	k.records, err = ctx.SpawnNamed(supervise.Props(NewRecords(k.cfg, log), k.cfg.RecordsOptions...), "records")
	if err != nil {
		panic(err)
	}
	k.tell(ctx, storage.Ready{Journal: log, Records: k.records})
}

// ended is told when a child has used up its restarts.
func (k *keeper) ended(ctx actor.Context, who *actor.PID) {
	if !k.leaving {
		k.tell(ctx, storage.Failed{Who: who})
	}
}

// stopped answers for what is in flight: there will be no journal when it
// lands. After a restart there is one.
func (k *keeper) stopped(ctx actor.Context) {
	for _, r := range k.desk.abandon() {
		ctx.Send(r.to, r.message)
	}
}

func (k *keeper) tell(ctx actor.Context, m any) {
	if parent := ctx.Parent(); parent != nil {
		ctx.Send(parent, m)
	}
}
