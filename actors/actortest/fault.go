package actortest

import (
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/asynkron/protoactor-go/actor"
)

// Injected is what a fault panics with, so that supervisors and tests can tell
// it from a real one. A test that panics by itself does it with Injected too.
type Injected struct{ Site string }

// Error makes it an error, whose text may be logged.
func (i Injected) Error() string { return "injected" }

// Moment is when a fault strikes.
type Moment int

// Before the actor sees the message: it is lost. After: it took full effect,
// and the restart loses what was not stored.
const (
	Before Moment = iota
	After
)

// PanicOn panics at the nth message, counted from 1 over all actors made with
// the option, that match accepts. It strikes once.
func PanicOn(match func(m any) bool, nth int, at Moment) actor.PropsOption {
	var mu sync.Mutex
	seen := 0
	hit := func(m any) bool {
		mu.Lock()
		defer mu.Unlock()
		if !match(m) {
			return false
		}
		seen++
		return seen == nth
	}
	return around(func(m any) (before, after bool) {
		h := hit(m)
		return h && at == Before, h && at == After
	})
}

// Is matches the messages of one type.
func Is[T any](m any) bool {
	_, ok := m.(T)
	return ok
}

// Chaos panics at random messages, with probability p each: before the
// message, after it, or in the middle, that is in place of a Send. It spares
// what is about the actor's own life.
func Chaos(rng *rand.Rand, p float64) actor.PropsOption {
	c := &chaos{rng: rng, p: p}
	receive := around(func(any) (before, after bool) { return c.strikes(), c.strikes() })
	send := actor.WithSenderMiddleware(func(next actor.SenderFunc) actor.SenderFunc {
		return func(ctx actor.SenderContext, to *actor.PID, e *actor.MessageEnvelope) {
			if !life(ctx.Message()) && c.strikes() {
				panic(Injected{fmt.Sprintf("sending %T", e.Message)})
			}
			next(ctx, to, e)
		}
	})
	return func(props *actor.Props) { props.Configure(receive, send) }
}

// chaos draws with a third of the probability, as it is asked at three places.
type chaos struct {
	mu  sync.Mutex
	rng *rand.Rand
	p   float64
}

func (c *chaos) strikes() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rng.Float64() < c.p/3
}

// around panics before or after a message, if it is not about the actor's own
// life: those have rules of their own, and fakes can panic in them.
func around(strike func(m any) (before, after bool)) actor.PropsOption {
	return actor.WithReceiverMiddleware(func(next actor.ReceiverFunc) actor.ReceiverFunc {
		return func(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
			if life(e.Message) {
				next(ctx, e)
				return
			}
			before, after := strike(e.Message)
			if before {
				panic(Injected{fmt.Sprintf("before %T", e.Message)})
			}
			next(ctx, e)
			if after {
				panic(Injected{fmt.Sprintf("after %T", e.Message)})
			}
		}
	})
}

func life(m any) bool {
	switch m.(type) {
	case actor.SystemMessage, actor.AutoReceiveMessage, nil:
		return true
	}
	return false
}
