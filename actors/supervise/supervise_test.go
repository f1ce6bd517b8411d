package supervise_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// life records what an actor is told about its own life.
type life struct{ told []string }

func (l *life) hear(ctx actor.Context) {
	switch ctx.Message().(type) {
	case *actor.Started, *actor.Stopping, *actor.Stopped, *actor.Restarting:
		l.told = append(l.told, strings.TrimPrefix(fmt.Sprintf("%T", ctx.Message()), "*actor."))
	}
}

// TestPanicWhileLeavingChangesNothing: protoactor would revive the actor, or
// let its parent wait for ever.
func TestPanicWhileLeavingChangesNothing(t *testing.T) {
	for _, test := range []struct {
		in    string
		leave func(f *family)
		want  []string
	}{
		{"Stopping", func(f *family) { f.sys.Root.Stop(f.children[0]) }, []string{"Started", "Stopping", "Stopped"}},
		{"Stopped", func(f *family) { f.sys.Root.Stop(f.children[0]) }, []string{"Started", "Stopping", "Stopped"}},
		{"Restarting", func(f *family) { f.sys.Root.Send(f.children[0], boom{}) }, []string{"Started", "Restarting", "Started"}},
	} {
		t.Run(test.in, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &family{sys: actortest.System(t)}
				l := &life{}
				child := supervise.Props(receive(func(ctx actor.Context) {
					l.hear(ctx)
					if _, ok := ctx.Message().(boom); ok || strings.HasSuffix(fmt.Sprintf("%T", ctx.Message()), "."+test.in) {
						panic(actortest.Injected{})
					}
				}))
				f.parent = f.sys.Root.Spawn(supervise.Props(receive(func(ctx actor.Context) {
					if _, ok := ctx.Message().(*actor.Started); ok {
						f.children = append(f.children, ctx.Spawn(child))
					}
				}), actor.WithSupervisor(&supervise.Backoff{Limit: 9})))
				synctest.Wait()
				test.leave(f)
				synctest.Wait()
				if !slices.Equal(l.told, test.want) {
					t.Errorf("told %v, want %v", l.told, test.want)
				}
				if err := supervise.StopTree(f.sys, f.parent, time.Second); err != nil {
					t.Error(err)
				}
				if n := supervise.Live(f.sys); n != 0 {
					t.Errorf("%d actors live on", n)
				}
			})
		})
	}
}

// TestRestartAfterAStopIsVoid: a restart that arrives at any moment of a stop,
// also while the actor waits for its children, starts nothing and the actor
// ends as if it had not come.
func TestRestartAfterAStopIsVoid(t *testing.T) {
	sys := actortest.System(t)
	for seed := range uint64(20) {
		for turns := range 12 {
			s := actortest.NewSchedule(seed)
			l := &life{}
			grandchild := supervise.Props(receive(func(actor.Context) {}))
			child := s.Spawn(sys, supervise.Restarting(), supervise.Props(receive(func(ctx actor.Context) {
				if _, ok := ctx.Message().(*actor.Started); ok {
					ctx.Spawn(grandchild)
					ctx.Spawn(grandchild)
				}
				l.hear(ctx)
			})))
			s.Run()
			process, _ := sys.ProcessRegistry.GetLocal(child.Id)
			sys.Root.Stop(child)
			for range turns {
				s.Turn()
			}
			process.SendSystemMessage(child, &actor.Restart{})
			s.Run()
			if want := []string{"Started", "Stopping", "Stopped"}; !slices.Equal(l.told, want) {
				t.Fatalf("seed %d, restart after %d turns: told %v, want %v", seed, turns, l.told, want)
			}
			if n := supervise.Live(sys); n != 0 {
				t.Fatalf("seed %d, restart after %d turns: %d actors live on", seed, turns, n)
			}
		}
	}
}

// TestPanicOverAnEndedChildDoesNotKeepTheStopFromEnding.
func TestPanicOverAnEndedChildDoesNotKeepTheStopFromEnding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := actortest.System(t)
		parent := sys.Root.Spawn(supervise.Props(receive(func(ctx actor.Context) {
			switch ctx.Message().(type) {
			case *actor.Started:
				ctx.Spawn(supervise.Props(receive(func(actor.Context) {})))
			case *actor.Terminated:
				panic(actortest.Injected{})
			}
		}), actor.WithGuardian(supervise.Stopping())))
		if err := supervise.StopTree(sys, parent, time.Second); err != nil {
			t.Fatal(err)
		}
	})
}

func TestStrayPassesOverTheActorsOwnLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := supervise.NewSystem(nowhere)
		var strays []string
		sys.EventStream.Subscribe(func(event any) {
			if m, ok := event.(supervise.StrayMessage); ok {
				strays = append(strays, m.Type)
			}
		})
		friend := sys.Root.Spawn(supervise.Props(receive(supervise.Stray)))
		pid := sys.Root.Spawn(supervise.Props(receive(func(ctx actor.Context) {
			if _, ok := ctx.Message().(*actor.Started); ok {
				ctx.Watch(friend)
			}
			supervise.Stray(ctx)
		})))
		sys.Root.Send(pid, boom{})
		sys.Root.Send(pid, actor.Started{}) // a value never matches a lifecycle message
		synctest.Wait()
		sys.Root.Stop(friend)
		synctest.Wait()
		if err := supervise.StopTree(sys, pid, time.Second); err != nil {
			t.Fatal(err)
		}
		if want := []string{"supervise_test.boom", "actor.Started"}; !slices.Equal(strays, want) {
			t.Fatalf("strays %v, want %v", strays, want)
		}
	})
}

func BenchmarkMessage(b *testing.B) {
	for _, bench := range []struct {
		name  string
		props func(actor.Producer, ...actor.PropsOption) *actor.Props
	}{{"guarded", supervise.Props}, {"bare", actor.PropsFromProducer}} {
		b.Run(bench.name, func(b *testing.B) {
			sys := actortest.System(b)
			done := make(chan struct{})
			pid := sys.Root.Spawn(bench.props(receive(func(ctx actor.Context) {
				if n, ok := ctx.Message().(int); ok && n == 0 {
					close(done)
				}
			})))
			for range b.N {
				sys.Root.Send(pid, 1)
			}
			sys.Root.Send(pid, 0)
			<-done
		})
	}
}
