package supervise_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// boom makes a child panic; command does, too, and expects an answer.
type (
	boom    struct{}
	command struct{ ask.Ticket }
)

func receive(f func(ctx actor.Context)) actor.Producer {
	return func() actor.Actor { return actor.ReceiveFunc(f) }
}

// family is a supervisor with children that panic when they are told to.
type family struct {
	sys      *actor.ActorSystem
	parent   *actor.PID
	children []*actor.PID
	starts   []int       // per child
	began    []time.Time // per child, when it last did
	ended    int         // children that the parent was told of
}

// found starts a family of n on the dispatcher of the system.
func found(t *testing.T, strategy actor.SupervisorStrategy, n int) *family {
	f := &family{sys: actortest.System(t), starts: make([]int, n), began: make([]time.Time, n)}
	f.parent = f.sys.Root.Spawn(supervise.Props(receive(f.raise), actor.WithSupervisor(strategy)))
	synctest.Wait()
	t.Cleanup(func() { _ = supervise.StopTree(f.sys, f.parent, time.Second) })
	return f
}

func (f *family) raise(ctx actor.Context) {
	switch ctx.Message().(type) {
	case *actor.Started:
		f.children = nil
		for i := range f.starts {
			f.children = append(f.children, ctx.Spawn(supervise.Props(f.child(i))))
		}
	case *actor.Terminated:
		f.ended++
	case boom:
		panic(actortest.Injected{Site: "parent"})
	}
}

func (f *family) child(i int) actor.Producer {
	return receive(func(ctx actor.Context) {
		switch ctx.Message().(type) {
		case *actor.Started:
			f.starts[i]++
			f.began[i] = time.Now()
		case wait:
			time.Sleep(time.Second)
		case boom, command:
			panic(actortest.Injected{Site: "child"})
		}
	})
}

func (f *family) send(i int, m any) {
	f.sys.Root.Send(f.children[i], m)
	synctest.Wait()
}

// TestChildIsStoppedWhenItsBudgetIsSpent: three failures in a minute are
// forgiven, the fourth stops the child and its parent is told.
func TestChildIsStoppedWhenItsBudgetIsSpent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := found(t, &supervise.Backoff{Window: time.Minute, Limit: 3}, 1)
		for _, step := range []struct {
			pause                 time.Duration
			booms                 int
			wantStarts, wantEnded int
		}{
			{0, 3, 4, 0},
			{2 * time.Minute, 3, 7, 0}, // the window has moved on
			{30 * time.Second, 0, 7, 0},
			{0, 1, 7, 1},
		} {
			time.Sleep(step.pause)
			for range step.booms {
				f.send(0, boom{})
			}
			if f.starts[0] != step.wantStarts || f.ended != step.wantEnded {
				t.Fatalf("after %+v: started %d, ended %d", step, f.starts[0], f.ended)
			}
		}
	})
}

func TestDelayDoublesUpToItsMaximum(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := found(t, &supervise.Backoff{Base: 100 * time.Millisecond, Max: time.Second, Window: time.Hour, Limit: 20}, 1)
		var delays []time.Duration
		for range 6 {
			failed := time.Now()
			f.send(0, boom{})
			time.Sleep(time.Second)
			synctest.Wait()
			delays = append(delays, f.began[0].Sub(failed))
		}
		ms := time.Millisecond
		if want := []time.Duration{100 * ms, 200 * ms, 400 * ms, 800 * ms, 1000 * ms, 1000 * ms}; !slices.Equal(delays, want) {
			t.Fatalf("restarted after %v, want %v", delays, want)
		}
		time.Sleep(2 * time.Hour)
		failed := time.Now()
		f.send(0, boom{})
		time.Sleep(100 * ms)
		synctest.Wait()
		if got := f.began[0].Sub(failed); got != 100*ms {
			t.Fatalf("after a quiet window restarted after %v", got)
		}
	})
}

func TestSiblingsAreLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := found(t, supervise.Restarting(), 3)
		before := slices.Clone(f.children)
		f.send(1, boom{})
		time.Sleep(time.Second)
		synctest.Wait()
		if want := []int{1, 2, 1}; !slices.Equal(f.starts, want) {
			t.Errorf("started %v times, want %v", f.starts, want)
		}
		if !slices.Equal(f.children, before) {
			t.Error("a sibling has another PID")
		}
	})
}

func TestStoppingStopsAtTheFirstFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := found(t, supervise.Stopping(), 1)
		f.send(0, boom{})
		if f.starts[0] != 1 || f.ended != 1 {
			t.Fatalf("started %d times, ended %d", f.starts[0], f.ended)
		}
	})
}

// TestFailingMessageIsAnsweredOnce, whether its actor is restarted or stopped
// and whatever it was wrapped in.
func TestFailingMessageIsAnsweredOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, strategy := range []*supervise.Backoff{supervise.Restarting(), supervise.Stopping()} {
			f := found(t, strategy, 2)
			probe, me := actortest.NewProbe(f.sys)
			f.send(0, command{ask.Ticket{ReplyTo: me, Ref: 7}})
			f.sys.Root.RequestWithCustomSender(f.children[1], command{ask.Ticket{ReplyTo: me, Ref: 8}}, me)
			synctest.Wait()
			time.Sleep(time.Second)
			f.send(0, command{}) // expects no answer
			f.send(1, boom{})
			want := []any{ask.Refused{Ref: 7, Reason: ask.ErrUnknown}, ask.Refused{Ref: 8, Reason: ask.ErrUnknown}}
			if !slices.Equal(probe.Got, want) {
				t.Errorf("got %v, want %v", probe.Got, want)
			}
		}
	})
}

// TestDelayedRestartSparesTheStopped: what was stopped while its restart was
// waiting is not started again, by whomever it was stopped.
func TestDelayedRestartSparesTheStopped(t *testing.T) {
	for name, stop := range map[string]func(f *family){
		"child stopped":      func(f *family) { f.sys.Root.Stop(f.children[0]) },
		"supervisor failed":  func(f *family) { f.sys.Root.Send(f.parent, boom{}) },
		"supervisor stopped": func(f *family) { f.sys.Root.Stop(f.parent) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := found(t, &supervise.Backoff{Base: time.Second, Window: time.Minute, Limit: 9}, 1)
				failed := f.children[0]
				f.send(0, boom{})
				stop(f)
				synctest.Wait()
				starts := f.starts[0]
				time.Sleep(time.Minute)
				synctest.Wait()
				if f.starts[0] != starts {
					t.Errorf("started %d times after the stop", f.starts[0]-starts)
				}
				if _, ok := f.sys.ProcessRegistry.GetLocal(failed.Id); ok {
					t.Error("the stopped child is still registered")
				}
			})
		})
	}
}

// TestFailedChildIsRestartedOnce: while it waits for its restart a failed
// child is told nothing, so it cannot fail again and be restarted twice.
func TestFailedChildIsRestartedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := actortest.System(t)
		_, friend := actortest.NewProbe(sys)
		starts := 0
		child := sys.Root.Spawn(supervise.Props(receive(func(ctx actor.Context) {
			switch ctx.Message().(type) {
			case *actor.Started:
				if starts++; starts == 1 {
					ctx.Watch(friend)
				}
			case boom, *actor.Terminated:
				panic(actortest.Injected{})
			}
		}), actor.WithGuardian(&supervise.Backoff{Base: time.Second, Limit: 9})))
		synctest.Wait()
		sys.Root.Send(child, boom{})
		synctest.Wait()
		sys.Root.Stop(friend)
		time.Sleep(time.Minute)
		synctest.Wait()
		if starts != 2 {
			t.Fatalf("started %d times, want 2", starts)
		}
	})
}

func TestQueueOfAFailedChildWaitsForItsRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := actortest.System(t)
		began := time.Now()
		var got []string
		child := sys.Root.Spawn(supervise.Props(receive(func(ctx actor.Context) {
			switch m := ctx.Message().(type) {
			case int:
				got = append(got, fmt.Sprint(m, " after ", time.Since(began)))
			case boom:
				panic(actortest.Injected{})
			}
		}), actor.WithGuardian(&supervise.Backoff{Base: time.Hour, Limit: 9})))
		for _, m := range []any{1, boom{}, 2, 3} {
			sys.Root.Send(child, m)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if want := []string{"1 after 0s", "2 after 1h0m0s", "3 after 1h0m0s"}; !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}
