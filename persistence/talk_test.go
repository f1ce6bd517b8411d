package persistence

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/storage"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

func quietSystem() *actor.ActorSystem {
	return actor.NewActorSystem(
		actor.WithDeadLetterThrottleCount(0),
		actor.WithDeadLetterThrottleInterval(time.Millisecond), // how long its goroutine lives
		actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }))
}

// talkHouse is a server reduced to its storage: it opens rooms through the
// records actor and puts a talker in each.
type talkHouse struct {
	cfg    ActorConfig
	rooms  int
	talker func(no journal.Room, log *actor.PID) *talker
	log    *actor.PID
}

func (h *talkHouse) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		ctx.Spawn(supervise.Props(NewStorage(h.cfg), actor.WithSupervisor(storage.Policy())))
	case storage.Ready:
		h.log = m.Journal
		for i := range h.rooms {
			open := records.Open{Key: fmt.Sprint("#room", i)}
			open.ReplyTo = ctx.Self()
			ctx.Send(m.Records, open)
		}
	case records.Opened:
		if m.Err != nil {
			panic(m.Err)
		}
		ctx.Spawn(supervise.Props(func() actor.Actor { return h.talker(m.Room.No, h.log) }))
	default:
		supervise.Stray(ctx)
	}
}

// talker keeps a window of appends in the journal, as long as it makes them.
type talker struct {
	room      journal.Room
	journal   *actor.PID
	window    int
	make      func(n int) (a journal.Append, ok bool)
	committed func(journal.Committed)
	refused   func(journal.NotCommitted) // nil: none is expected
	made      int
}

// again has a talker go on after a refusal.
type again struct{ n int }

func (k *talker) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		k.talk(ctx, k.window)
	case journal.Committed:
		k.committed(m)
		k.talk(ctx, len(m.Entries))
	case journal.NotCommitted:
		k.refused(m)
		root, self := ctx.ActorSystem().Root, ctx.Self()
		time.AfterFunc(5*time.Millisecond, func() { root.Send(self, again{len(m.Entries)}) })
	case again:
		k.talk(ctx, m.n)
	default:
		supervise.Stray(ctx)
	}
}

func (k *talker) talk(ctx actor.Context, n int) {
	for range n {
		a, ok := k.make(k.made)
		if !ok {
			return
		}
		k.made++
		a.Record.Room, a.ReplyTo = k.room, ctx.Self()
		ctx.Send(k.journal, a)
	}
}
