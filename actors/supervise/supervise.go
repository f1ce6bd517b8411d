// Package supervise is how every actor of the server is made, watched and
// ended: Props guards it, Backoff decides after a failure, NewSystem logs what
// happened without the contents of any message, StopTree ends it all in order.
//
// It owns no state beyond a guard per actor. protoactor's own strategies, and
// Props that do not come from here, are used nowhere.
package supervise

import (
	"fmt"

	"github.com/asynkron/protoactor-go/actor"
)

var answering = Answering(newQueue)

// Props makes an actor that is guarded, and whose children are restarted as
// Restarting says unless an option names another strategy.
//
// The guard keeps three promises that protoactor does not. A panic while
// leaving (Stopping, Stopped, Restarting) is reported and swallowed, so that
// it neither revives the actor nor lets its parent wait for ever. An
// incarnation that has failed receives nothing more but its leave, so it fails
// once. An actor that was stopped stays stopped, even when a restart that was
// decided earlier arrives after the stop.
func Props(producer actor.Producer, opts ...actor.PropsOption) *actor.Props {
	guarded := func() actor.Actor { return &guard{inner: producer()} }
	return actor.PropsFromProducer(guarded, actor.WithSupervisor(restarting), actor.WithMailbox(answering),
		(*Crew)(nil).Actors(Throughput)).Configure(opts...)
}

// guard stands between protoactor and one incarnation of an actor.
type guard struct {
	inner actor.Actor
	life  life
}

type life uint8

const (
	alive   life = iota
	failed       // it panicked, and waits for the supervisor
	leaving      // it was told that it will be replaced
	stopping
	stopped
	revived // by protoactor, after the end: it has no address and does nothing
)

func (g *guard) Receive(ctx actor.Context) {
	switch ctx.Message().(type) {
	case *actor.Started:
		g.started(ctx)
	case *actor.Restarting:
		g.restarting(ctx)
	case *actor.Stopping:
		g.leave(ctx, stopping)
	case *actor.Stopped:
		g.leave(ctx, stopped)
	default:
		switch g.life {
		case alive:
			g.handle(ctx)
		case stopping: // the ends of its children
			g.swallow(ctx)
		}
	}
}

// started starts the inner actor, unless protoactor has revived one that had
// already stopped and is registered no more.
func (g *guard) started(ctx actor.Context) {
	if _, ok := ctx.ActorSystem().ProcessRegistry.GetLocal(ctx.Self().Id); !ok {
		g.life = revived
		return
	}
	g.handle(ctx)
}

// restarting passes the message on once. To an actor that is stopping, and
// only waits for its children, it would undo the stop: so that is repeated.
func (g *guard) restarting(ctx actor.Context) {
	if g.life == stopping {
		if invoker, ok := ctx.(actor.MessageInvoker); ok {
			invoker.InvokeSystemMessage(&actor.Stop{})
		}
		return
	}
	g.leave(ctx, leaving)
}

// leave tells the inner actor, once, that it ends.
func (g *guard) leave(ctx actor.Context, to life) {
	if g.life == revived || g.life >= to {
		return
	}
	g.life = to
	g.swallow(ctx)
}

// swallow gives the message to the inner actor; a panic is only reported.
func (g *guard) swallow(ctx actor.Context) {
	defer func() {
		if reason := recover(); reason != nil {
			publishPanic(ctx, reason)
		}
	}()
	g.inner.Receive(ctx)
}

// handle gives the message to the inner actor and reports a panic on its way
// to the supervisor.
func (g *guard) handle(ctx actor.Context) {
	defer func() {
		if reason := recover(); reason != nil {
			g.life = failed
			publishPanic(ctx, reason)
			panic(reason)
		}
	}()
	g.inner.Receive(ctx)
}

// Stray is the default of every Receive: it passes over the messages of an
// actor's own life and publishes a StrayMessage for anything else.
func Stray(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case actor.SystemMessage, actor.AutoReceiveMessage:
	default:
		ctx.ActorSystem().EventStream.Publish(StrayMessage{At: ctx.Self(), Type: fmt.Sprintf("%T", m)})
	}
}
