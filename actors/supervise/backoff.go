package supervise

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
)

// Backoff restarts the child that failed, and no other, after a delay that
// doubles with each failure in the window. More than Limit failures within
// Window stop the child; its parent is told by *actor.Terminated and decides
// what that means.
//
// The message that failed is not handled again. If it is ask.Asked, its asker
// is sent ask.Refused with ask.ErrUnknown. An actor that had answered, or kept
// the question, before it panicked may thus answer twice; an asker ignores an
// answer to what it has not asked.
//
// It is used by pointer; one may serve many supervisors, as it holds no state.
type Backoff struct {
	// Base is the first delay; 0 restarts at once, without a timer.
	Base, Max time.Duration
	// Window is the time in which failures are counted; 0: always.
	Window time.Duration
	Limit  int
}

// Restarting is for actors whose failure is not expected to last: up to 10
// restarts a minute, from 50 ms to 5 s apart.
func Restarting() *Backoff { return restarting }

var restarting = &Backoff{Base: 50 * time.Millisecond, Max: 5 * time.Second, Window: time.Minute, Limit: 10}

// Stopping stops a child at its first failure.
func Stopping() *Backoff { return stoppingAlways }

var stoppingAlways = &Backoff{}

// HandleFailure is called by protoactor in the context of the supervisor.
func (b *Backoff) HandleFailure(sys *actor.ActorSystem, sup actor.Supervisor, child *actor.PID,
	stats *actor.RestartStatistics, reason, message any) {
	ask.RefuseAsked(sys.Root, actor.UnwrapEnvelopeMessage(message), ask.ErrUnknown)
	failures := b.count(stats)
	d := Decision{Child: child, Do: b.directive(failures), Failures: failures, Cause: Cause(reason)}
	if d.Do == actor.RestartDirective {
		d.Delay = b.delay(failures)
	}
	sys.EventStream.Publish(d)
	switch {
	case d.Do != actor.RestartDirective:
		sup.StopChildren(child)
	case d.Delay == 0:
		sup.RestartChildren(child)
	default:
		// It only sends, so it is safe off the actor. Should the child have
		// been stopped meanwhile, its guard ignores the restart; a child that
		// was spawned again has another PID.
		time.AfterFunc(d.Delay, func() { sup.RestartChildren(child) })
	}
}

// count adds a failure and forgets those that have left the window, once all
// of them have.
func (b *Backoff) count(stats *actor.RestartStatistics) int {
	if b.Window > 0 && stats.NumberOfFailures(b.Window) == 0 {
		stats.Reset()
	}
	stats.Fail()
	return stats.NumberOfFailures(b.Window)
}

func (b *Backoff) directive(failures int) actor.Directive {
	if failures > b.Limit {
		return actor.StopDirective
	}
	return actor.RestartDirective
}

func (b *Backoff) delay(failures int) time.Duration {
	delay, most := b.Base, max(b.Base, b.Max)
	for range failures - 1 {
		if delay >= most {
			break
		}
		delay *= 2
	}
	return min(delay, most)
}
