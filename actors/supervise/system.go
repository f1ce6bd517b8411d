package supervise

import (
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/eventstream"

	"github.com/greenroom-chat/greenroom/actors/ask"
)

// NewSilentSystem makes an actor system that logs nowhere; its facts are on
// the event stream all the same.
func NewSilentSystem() *actor.ActorSystem { return newSystem(slog.DiscardHandler) }

// newSystem replaces the event stream, and with it protoactor's subscribers:
// they log dead letters with their contents, and start a goroutine to count
// how many. What else they did, answerDead does.
func newSystem(log slog.Handler) *actor.ActorSystem {
	sys := actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return slog.New(log) }))
	fewBuckets(sys.ProcessRegistry.LocalPIDs)
	sys.EventStream = eventstream.NewEventStream()
	sys.EventStream.Subscribe(func(event any) {
		if m, ok := event.(*actor.DeadLetterEvent); ok {
			answerDead(sys, m)
		}
	})
	return sys
}

// buckets are among how many an actor is looked up, each of which has 32 maps
// with a lock; a power of two. protoactor makes 1024: 4 MiB of maps in which 10,000
// actors are all but alone.
const buckets = 16

func fewBuckets(pids *actor.SliceMap) {
	all := pids.LocalPIDs
	pids.LocalPIDs = slices.Clone(all[:buckets])
	for _, bucket := range all[buckets:] {
		bucket.IterCb(func(id string, process any) { pids.GetBucket(id).Set(id, process) })
	}
}

// answerDead tells who watches or asks an actor that is gone. A command is
// refused at once, so that nobody waits for it.
func answerDead(sys *actor.ActorSystem, m *actor.DeadLetterEvent) {
	ask.Undeliver(sys.Root, m.Message)
	if watch, ok := m.Message.(*actor.Watch); ok {
		tell(sys, watch.Watcher, &actor.Terminated{Who: m.PID, Why: actor.TerminatedReason_NotFound})
	}
	if m.Sender != nil {
		sys.Root.Send(m.Sender, &actor.DeadLetterResponse{Target: m.PID})
	}
}

// StopTree ends the system in order: it poisons the root of the tree, which
// finishes its queue and stops its children before itself, waits until that is
// done, and shuts the system down. After timeout it shuts down all the same
// and says how many actors were left.
func StopTree(sys *actor.ActorSystem, root *actor.PID, timeout time.Duration) error {
	err := poison(sys, root, timeout)
	if !sys.IsStopped() {
		sys.Shutdown()
	}
	if err != nil {
		return fmt.Errorf("stop the actors: %w; %d left after %v", err, Live(sys), timeout)
	}
	return nil
}

func poison(sys *actor.ActorSystem, root *actor.PID, timeout time.Duration) error {
	process, ok := sys.ProcessRegistry.Get(root)
	if !ok {
		return nil
	}
	ended := actor.NewFuture(sys, timeout)
	process.SendSystemMessage(root, &actor.Watch{Watcher: ended.PID()})
	sys.Root.Poison(root)
	return ended.Wait()
}

// Live counts the actors of the system, without protoactor's own processes.
func Live(sys *actor.ActorSystem) int {
	n := 0
	for _, bucket := range sys.ProcessRegistry.LocalPIDs.LocalPIDs {
		bucket.IterCb(func(_ string, process any) {
			if _, ok := process.(*actor.ActorProcess); ok {
				n++
			}
		})
	}
	return n
}
