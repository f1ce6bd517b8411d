package supervise

import (
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

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
