package actortest

import (
	"maps"
	"sync"

	"github.com/asynkron/protoactor-go/actor"
)

// Crash makes an actor panic that is in a Census.
type Crash struct{}

// Everywhere is an option that adds others to a Props and to those of all
// actors below it.
func Everywhere(opts ...actor.PropsOption) actor.PropsOption {
	var all actor.PropsOption
	below := actor.WithSpawnMiddleware(func(next actor.SpawnFunc) actor.SpawnFunc {
		return func(sys *actor.ActorSystem, id string, props *actor.Props, parent actor.SpawnerContext) (*actor.PID, error) {
			return next(sys, id, props.Clone(all), parent)
		}
	})
	all = func(props *actor.Props) { props.Configure(opts...).Configure(below) }
	return all
}

// Census counts the starts of the actors that are made with its Option: a test
// compares what was before a fault with what is after it, and sees who
// restarted and who did not.
type Census struct {
	mu     sync.Mutex
	starts map[string]int
	dead   map[string]bool
}

// NewCensus returns an empty one.
func NewCensus() *Census { return &Census{starts: make(map[string]int), dead: make(map[string]bool)} }

// Option puts an actor into the census.
func (c *Census) Option() actor.PropsOption {
	return actor.WithReceiverMiddleware(func(next actor.ReceiverFunc) actor.ReceiverFunc {
		return func(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
			switch e.Message.(type) {
			case *actor.Started:
				// A restart that comes after the end revives what has no
				// address any more, and is nobody.
				if _, ok := ctx.ActorSystem().ProcessRegistry.GetLocal(ctx.Self().Id); ok {
					c.add(ctx.Self().Id)
				}
			case *actor.Stopped:
				c.remove(ctx.Self().Id)
			case Crash:
				panic(Injected{"crash"})
			}
			next(ctx, e)
		}
	})
}

func (c *Census) add(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.starts[id]++
	delete(c.dead, id)
}

func (c *Census) remove(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dead[id] = true
}

// Starts tells how often each actor that lives has started, by the id of its
// PID. One that was spawned again under its name counts on.
func (c *Census) Starts() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	living := maps.Clone(c.starts)
	maps.DeleteFunc(living, func(id string, _ int) bool { return c.dead[id] })
	return living
}
