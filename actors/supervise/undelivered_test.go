package supervise_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// TestQueueOfAnActorThatEndsIsAnswered: however it ends, nobody waits for what
// it has not read, and it is given nothing more of that.
func TestQueueOfAnActorThatEndsIsAnswered(t *testing.T) {
	for name, test := range map[string]struct {
		first []any // before what it will not read
		end   func(f *family)
	}{
		"stopped":              {[]any{wait{}}, func(f *family) { f.sys.Root.Stop(f.children[0]) }},
		"poisoned":             {[]any{wait{}, &actor.PoisonPill{}}, func(*family) {}},
		"stopped while failed": {[]any{boom{}}, func(f *family) { f.sys.Root.Stop(f.children[0]) }},
		"over its budget":      {[]any{boom{}, boom{}}, func(*family) {}},
		"its parent fails":     {[]any{boom{}}, func(f *family) { f.sys.Root.Send(f.parent, boom{}) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := found(t, &supervise.Backoff{Base: time.Second, Window: time.Minute, Limit: 1}, 2)
				probe, me := actortest.NewProbe(f.sys)
				ask1, ask2 := command{ask.Ticket{ReplyTo: me, Ref: 1}}, command{ask.Ticket{ReplyTo: me, Ref: 2}}
				outcome := journal.Committed{Entries: []journal.Entry{{Intent: ask2}, {Intent: "nobody"}}}
				for _, m := range append(test.first, ask1, 1, outcome) {
					f.sys.Root.Send(f.children[0], m)
				}
				sibling := f.starts[1]
				test.end(f)
				time.Sleep(time.Minute)
				synctest.Wait()
				want := []any{ask.Refused{Ref: 1, Reason: ask.ErrUnavailable}, ask.Refused{Ref: 2, Reason: ask.ErrUnknown}}
				if !slices.Equal(probe.Got, want) {
					t.Errorf("answered %v", probe.Got)
				}
				if name != "its parent fails" && f.starts[1] != sibling {
					t.Error("its sibling has started again")
				}
			})
		})
	}
}

// wait keeps a child busy for a moment.
type wait struct{}

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

// TestAnActorThatIsSpawnedAgainUnderItsNameIsSafeToSendTo: protoactor lets the
// sender panic, when it names the actor before its mailbox is ready, and gives
// the actor what came in between before it has started.
func TestAnActorThatIsSpawnedAgainUnderItsNameIsSafeToSendTo(t *testing.T) {
	sys := actortest.System(t)
	child := supervise.Props(func() actor.Actor {
		started := false
		return actor.ReceiveFunc(func(ctx actor.Context) {
			switch ctx.Message().(type) {
			case *actor.Started:
				started = true
			case int:
				if !started {
					t.Error("given a message before it had started")
				}
			}
		})
	})
	name := actor.NewPID(sys.Address(), "again")
	over := make(chan struct{})
	var senders sync.WaitGroup
	for range 4 {
		senders.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
					sys.Root.Send(actor.NewPID(name.Address, name.Id), 1)
				}
			}
		})
	}
	for range 2000 {
		pid, err := sys.Root.SpawnNamed(child, name.Id)
		if err != nil {
			t.Fatal(err)
		}
		_ = sys.Root.StopFuture(pid).Wait()
	}
	close(over)
	senders.Wait()
}
