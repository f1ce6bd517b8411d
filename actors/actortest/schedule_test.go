package actortest_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

type say struct {
	from string
	n    int
}

func receive(f func(ctx actor.Context)) actor.Producer {
	return func() actor.Actor { return actor.ReceiveFunc(f) }
}

// gossip sends eight messages from each of three actors to a probe and returns
// the order in which they came.
func gossip(t *testing.T, seed uint64, everywhere ...actor.PropsOption) []say {
	sys := actortest.System(t)
	s := actortest.NewSchedule(seed, everywhere...)
	probe, to := s.Probe(sys)
	for _, name := range []string{"a", "b", "c"} {
		pid := s.Spawn(sys, &supervise.Backoff{Limit: 100}, supervise.Props(receive(func(ctx actor.Context) {
			if m, ok := ctx.Message().(int); ok {
				ctx.Send(to, say{name, m})
			}
		})))
		for n := range 8 {
			sys.Root.Send(pid, n)
		}
	}
	s.Run()
	return actortest.Of[say](probe)
}

func TestScheduleReplaysItsSeed(t *testing.T) {
	orders := map[string]bool{}
	for seed := range uint64(20) {
		first, again := gossip(t, seed), gossip(t, seed)
		if !slices.Equal(first, again) {
			t.Fatalf("seed %d:\n%v\n%v", seed, first, again)
		}
		orders[fmt.Sprint(first)] = true
	}
	if len(orders) < 15 {
		t.Fatalf("20 seeds gave only %d orders", len(orders))
	}
}

func TestScheduleKeepsTheOrderOfOneSender(t *testing.T) {
	for seed := range uint64(50) {
		next := map[string]int{}
		for _, m := range gossip(t, seed) {
			if m.n != next[m.from] {
				t.Fatalf("seed %d: %s sent %d before %d", seed, m.from, m.n, next[m.from])
			}
			next[m.from]++
		}
		if next["a"] != 8 || next["b"] != 8 || next["c"] != 8 {
			t.Fatalf("seed %d: lost some: %v", seed, next)
		}
	}
}

// TestScheduleHoldsChildrenAndRestarts: a supervisor, a child that it spawns
// from ordinary Props, and the child's restart all take turns on the schedule.
func TestScheduleHoldsChildrenAndRestarts(t *testing.T) {
	for seed := range uint64(50) {
		sys := actortest.System(t)
		s := actortest.NewSchedule(seed)
		var child *actor.PID
		starts, handled := 0, 0
		fragile := supervise.Props(receive(func(ctx actor.Context) {
			switch ctx.Message().(type) {
			case *actor.Started:
				starts++
			case say:
				handled++
			case error:
				panic(actortest.Injected{})
			}
		}))
		sys.Root.Spawn(s.Props(receive(func(ctx actor.Context) {
			if _, ok := ctx.Message().(*actor.Started); ok {
				child = ctx.Spawn(fragile)
			}
		}), actor.WithSupervisor(&supervise.Backoff{Limit: 3})))
		if s.Run(); starts != 1 {
			t.Fatalf("seed %d: child started %d times", seed, starts)
		}
		for range 5 {
			sys.Root.Send(child, say{})
		}
		sys.Root.Send(child, actortest.Injected{})
		for range 5 {
			sys.Root.Send(child, say{})
		}
		if s.Run(); starts != 2 || handled != 10 {
			t.Fatalf("seed %d: started %d times, handled %d of 10", seed, starts, handled)
		}
	}
}

func TestWorkerTakesATurn(t *testing.T) {
	sys := actortest.System(t)
	s := actortest.NewSchedule(1)
	probe, to := s.Probe(sys)
	s.Worker(sys, to, func() any { return "done" }, nil)
	s.Worker(sys, to, func() any { panic(actortest.Injected{}) }, func(err error) any { return err.Error() })
	s.Run()
	got := actortest.Of[string](probe)
	slices.Sort(got)
	if want := []string{"done", "worker panicked: actortest.Injected: injected"}; !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func TestPanicOnStrikesOnce(t *testing.T) {
	for _, test := range []struct {
		at   actortest.Moment
		want []int // of the messages of "b"
	}{
		{actortest.Before, []int{0, 1, 3, 4, 5, 6, 7}},
		{actortest.After, []int{0, 1, 2, 3, 4, 5, 6, 7}},
	} {
		sys := actortest.System(t)
		s := actortest.NewSchedule(1)
		starts := 0
		probe, to := s.Probe(sys)
		pid := s.Spawn(sys, &supervise.Backoff{Limit: 1}, supervise.Props(receive(func(ctx actor.Context) {
			switch m := ctx.Message().(type) {
			case *actor.Started:
				starts++
			case int:
				ctx.Send(to, m)
			}
		}), actortest.PanicOn(actortest.Is[int], 3, test.at)))
		for n := range 8 {
			sys.Root.Send(pid, n)
		}
		s.Run()
		if got := actortest.Of[int](probe); !slices.Equal(got, test.want) || starts != 2 {
			t.Errorf("moment %d: got %v after %d starts, want %v after 2", test.at, got, starts, test.want)
		}
	}
}

func TestChaosStrikesEverywhereAndReplays(t *testing.T) {
	lost := 0
	for seed := range uint64(40) {
		run := func() []say {
			return gossip(t, seed, actortest.Chaos(actortest.NewSchedule(seed).Rand(), 0.2))
		}
		first, again := run(), run()
		if !slices.Equal(first, again) {
			t.Fatalf("seed %d:\n%v\n%v", seed, first, again)
		}
		lost += 24 - len(first)
	}
	if lost == 0 || lost > 40*24/2 {
		t.Fatalf("%d of %d messages were lost", lost, 40*24)
	}
}

// fakeT records what would have failed a test.
type fakeT struct {
	testing.TB
	failures []string
}

func (f *fakeT) Errorf(format string, args ...any) {
	f.failures = append(f.failures, fmt.Sprintf(format, args...))
}
func (f *fakeT) Cleanup(func()) {}

func TestSystemFailsOnStraysAndRealPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &fakeT{TB: t}
		sys := actortest.System(fake)
		pid := sys.Root.Spawn(supervise.Props(receive(func(ctx actor.Context) {
			switch m := ctx.Message().(type) {
			case error:
				panic(m)
			default:
				supervise.Stray(ctx)
			}
		})))
		sys.Root.Send(pid, actortest.Injected{})
		synctest.Wait()
		if len(fake.failures) != 0 {
			t.Fatalf("failed on an injected panic: %q", fake.failures)
		}
		sys.Root.Send(pid, say{"hunter2", 1})
		sys.Root.Send(pid, fmt.Errorf("real"))
		synctest.Wait()
		if len(fake.failures) != 2 {
			t.Fatalf("failed %d times, want 2: %q", len(fake.failures), fake.failures)
		}
		if err := supervise.StopTree(sys, pid, time.Second); err != nil {
			t.Fatal(err)
		}
	})
}

func TestCensusTellsWhoRestarted(t *testing.T) {
	sys := actortest.System(t)
	s := actortest.NewSchedule(1)
	census := actortest.NewCensus()
	var children []*actor.PID
	pid := s.Spawn(sys, &supervise.Backoff{Limit: 1}, supervise.Props(receive(func(ctx actor.Context) {
		if _, ok := ctx.Message().(*actor.Started); ok && children == nil {
			for range 3 {
				children = append(children, ctx.Spawn(supervise.Props(receive(func(actor.Context) {}), actor.WithSupervisor(supervise.Stopping()))))
			}
		}
	}), actor.WithSupervisor(&supervise.Backoff{Limit: 1})).Clone(actortest.Everywhere(census.Option())))
	s.Run()
	sys.Root.Send(children[1], actortest.Crash{})
	sys.Root.Stop(children[2])
	s.Run()
	want := map[string]int{pid.Id: 1, children[0].Id: 1, children[1].Id: 2}
	if got := census.Starts(); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
