package supervise

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// Facts, published on the event stream of the system. None of them holds a
// message or the value of a panic: either may hold what somebody wrote.
type (
	// Panic says that an actor, or a worker of it, panicked.
	Panic struct {
		At     *actor.PID
		During string // the type of the message, or "worker"
		Cause  string // as Cause words it
		Where  string // function and line
	}
	// Decision says what a supervisor does about a child that failed.
	Decision struct {
		Child    *actor.PID
		Do       actor.Directive // restart or stop
		Delay    time.Duration   // before a restart
		Failures int             // within the window
		Cause    string
	}
	// StrayMessage says that an actor was sent something it does not know.
	StrayMessage struct {
		At   *actor.PID
		Type string
	}
)

// Cause words the value of a panic for a log: an error by its type and text,
// anything else by its type alone, since a text may quote what was sent.
func Cause(reason any) string {
	if err, ok := reason.(error); ok {
		return fmt.Sprintf("%T: %v", err, err)
	}
	return fmt.Sprintf("%T", reason)
}

func publishPanic(ctx actor.Context, reason any) {
	ctx.ActorSystem().EventStream.Publish(Panic{
		At:     ctx.Self(),
		During: fmt.Sprintf("%T", ctx.Message()),
		Cause:  Cause(reason),
		Where:  where(),
	})
}

// where finds the function that panicked: during the deferred call, it is the
// first below the runtime's frames.
func where() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	panicking := false
	for {
		f, more := frames.Next()
		inRuntime := strings.HasPrefix(f.Function, "runtime.")
		if panicking && !inRuntime {
			return fmt.Sprintf("%s:%d", f.Function, f.Line)
		}
		panicking = panicking || f.Function == "runtime.gopanic"
		if !more {
			return "unknown"
		}
	}
}
