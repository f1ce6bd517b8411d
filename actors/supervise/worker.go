package supervise

import (
	"fmt"

	"github.com/asynkron/protoactor-go/actor"
)

// A Worker runs work off the mailbox and sends self what it returns; if it
// panics, self is sent failed(err) instead. The message must carry the
// generation of the incarnation that asked, as another may receive it. Go is
// the worker of a server; tests put the work on a schedule.
type Worker func(sys *actor.ActorSystem, self *actor.PID, work func() any, failed func(err error) any)

// Go is a Worker with a goroutine for each work, which ends with the work.
func Go(sys *actor.ActorSystem, self *actor.PID, work func() any, failed func(err error) any) {
	go Work(sys, self, work, failed)
}

// Work is what a Worker runs: it does the work and sends the message.
func Work(sys *actor.ActorSystem, self *actor.PID, work func() any, failed func(err error) any) {
	sys.Root.Send(self, outcome(sys, self, work, failed))
}

func outcome(sys *actor.ActorSystem, self *actor.PID, work func() any, failed func(err error) any) (done any) {
	defer func() {
		if reason := recover(); reason != nil {
			cause := Cause(reason)
			sys.EventStream.Publish(Panic{At: self, During: "worker", Cause: cause, Where: where()})
			done = failed(fmt.Errorf("worker panicked: %s", cause))
		}
	}()
	return work()
}
