package supervise

import (
	"slices"

	"github.com/asynkron/protoactor-go/actor"
)

// watchers are told of the end of an actor. protoactor would keep them in a set
// that takes half a KiB for the one or two that most actors have.
type watchers []*actor.PID

func (w *watchers) add(who *actor.PID) {
	if w.find(who) < 0 {
		*w = append(*w, who)
	}
}

func (w *watchers) remove(who *actor.PID) {
	if i := w.find(who); i >= 0 {
		*w = slices.Delete(*w, i, i+1)
	}
}

func (w *watchers) find(who *actor.PID) int {
	return slices.IndexFunc(*w, func(p *actor.PID) bool { return p.Equal(who) })
}

// tell tells a watcher that somebody has ended, unless it has ended itself.
func tell(sys *actor.ActorSystem, watcher *actor.PID, end *actor.Terminated) {
	if process, ok := sys.ProcessRegistry.Get(watcher); ok {
		process.SendSystemMessage(watcher, end)
	}
}
