package supervise_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// TestQueueOfAChildThatIsStoppedIsAnswered: nobody waits for an actor that has
// spent its budget, and the actor is given nothing more of it.
func TestQueueOfAChildThatIsStoppedIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := actortest.System(t)
		probe, me := actortest.NewProbe(sys)
		got := 0
		parent := &family{sys: sys}
		child := supervise.Props(receive(func(ctx actor.Context) {
			switch ctx.Message().(type) {
			case int, command, journal.Committed:
				got++
			case boom:
				panic(actortest.Injected{})
			}
		}))
		parent.parent = sys.Root.Spawn(supervise.Props(receive(func(ctx actor.Context) {
			switch ctx.Message().(type) {
			case *actor.Started:
				parent.children = []*actor.PID{ctx.Spawn(child)}
			case *actor.Terminated:
				parent.ended++
			}
		}), actor.WithSupervisor(&supervise.Backoff{Base: time.Second, Window: time.Minute, Limit: 1})))
		synctest.Wait()
		ask1, ask2 := command{ask.Ticket{ReplyTo: me, Ref: 1}}, command{ask.Ticket{ReplyTo: me, Ref: 2}}
		outcome := journal.Committed{Entries: []journal.Entry{{Intent: ask2}, {Intent: "nobody"}}}
		for _, m := range []any{boom{}, boom{}, ask1, 1, outcome} {
			sys.Root.Send(parent.children[0], m)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		want := []any{ask.Refused{Ref: 1, Reason: ask.ErrUnavailable}, ask.Refused{Ref: 2, Reason: ask.ErrUnknown}}
		if !slices.Equal(probe.Got, want) || got != 0 || parent.ended != 1 {
			t.Errorf("answered %v, the child got %d, its parent was told %d times", probe.Got, got, parent.ended)
		}
		_ = supervise.StopTree(sys, parent.parent, time.Second)
	})
}

// TestWhatIsSentToTheDeadIsAnswered at once, also for those who wait for what
// it brings.
func TestWhatIsSentToTheDeadIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := actortest.System(t)
		probe, me := actortest.NewProbe(sys)
		gone := sys.Root.Spawn(supervise.Props(receive(func(actor.Context) {})))
		_ = sys.Root.StopFuture(gone).Wait()
		sys.Root.Send(gone, command{ask.Ticket{ReplyTo: me, Ref: 1}})
		sys.Root.Send(gone, command{})
		entry := journal.Entry{Intent: command{ask.Ticket{ReplyTo: me, Ref: 2}}}
		sys.Root.Send(gone, journal.NotCommitted{Entries: []journal.Entry{entry}, Reason: journal.ErrDiskLow})
		sys.Root.Send(gone, journal.Append{ReplyTo: me, Record: journal.Record{Room: 3}})
		synctest.Wait()
		if len(probe.Got) != 3 ||
			probe.Got[0] != any(ask.Refused{Ref: 1, Reason: ask.ErrUnavailable}) ||
			probe.Got[1] != any(ask.Refused{Ref: 2, Reason: journal.ErrDiskLow}) {
			t.Fatalf("got %v", probe.Got)
		}
		if m, ok := probe.Got[2].(journal.NotCommitted); !ok || m.Room != 3 || m.Reason != ask.ErrUnavailable || len(m.Entries) != 1 {
			t.Errorf("got %v", probe.Got[2])
		}
	})
}
