package account

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// TestEveryCommandIsAnsweredWhateverFails: the actor panics at random, storage
// refuses or is damaged; every command has one answer, and the workers go on.
func TestEveryCommandIsAnsweredWhateverFails(t *testing.T) {
	sys := actortest.System(t)
	faults := []error{nil, ask.ErrUnavailable, ask.ErrUnknown, ask.ErrBusy}
	for seed := range uint64(200) {
		nth := int(seed % 30) // there are at least as many messages
		crash := actortest.PanicOn(func(m any) bool { return !actortest.Is[error](m) }, nth, actortest.Before)
		w, s := scheduled(t, sys, seed, Config{WeakPasswords: true, Workers: 1}, crash)
		w.store.accounts["old"] = records.Account{Key: "old", Name: "Old", Password: "damaged"}
		w.store.fault = faults[seed%4]
		for i := range 4 {
			w.register(fmt.Sprint("user", i), good)
			w.login(fmt.Sprint("user", i), good)
			w.login("old", good)
		}
		s.Run()
		w.allAnswered(t)
		w.store.fault = nil
		w.register("late", good)
		s.Run()
		w.login("late", good)
		s.Run()
		got := w.allAnswered(t)
		if _, ok := got[w.ref].(LoggedIn); !ok {
			t.Errorf("seed %d: afterwards got %v", seed, got[w.ref])
		}
	}
}

func TestQueueIsBounded(t *testing.T) {
	w, s := scheduled(t, actortest.System(t), 1, Config{Queue: 5})
	for range 20 {
		w.login("ann", good)
	}
	s.Run()
	busy := 0
	for _, answer := range w.allAnswered(t) {
		if answer == ask.ErrBusy {
			busy++
		}
	}
	if busy == 0 || w.hashes != 20-busy {
		t.Errorf("%d were told busy, %d were hashed", busy, w.hashes)
	}
}

// TestStopAnswersWhoWaits, and gives back the names that it was given.
func TestStopAnswersWhoWaits(t *testing.T) {
	sys := actortest.System(t)
	for seed := range uint64(100) {
		given := map[uint64]bool{}
		note := actor.WithReceiverMiddleware(func(next actor.ReceiverFunc) actor.ReceiverFunc {
			return func(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
				if m, ok := e.Message.(Reserved); ok {
					given[m.Ref] = true
				}
				next(ctx, e)
			}
		})
		w, s := scheduled(t, sys, seed, Config{WeakPasswords: true, Workers: 1}, note)
		for i := range 4 {
			w.register(fmt.Sprint("user", i), good)
			w.login("ann", good)
		}
		for range seed / 2 {
			s.Turn()
		}
		w.sys.Root.Poison(w.account)
		s.Run()
		w.allAnswered(t)
		for key, ref := range w.desk.held {
			if _, stored := w.store.accounts[key]; !stored && given[ref] {
				t.Errorf("seed %d: %s is held, but there is no such account", seed, key)
			}
		}
	}
}

// TestANameThatMayBeStoredIsNotReleased: storage cannot tell whether it has
// stored an account, and before it is asked again the actor ends.
func TestANameThatMayBeStoredIsNotReleased(t *testing.T) {
	sys := actortest.System(t)
	for seed := range uint64(100) {
		w, s := scheduled(t, sys, seed, Config{WeakPasswords: true, Workers: 1})
		w.store.fault, w.store.durable = ask.ErrUnknown, true
		w.register("ann", good)
		for range seed / 3 {
			s.Turn()
		}
		w.store.fault = nil
		w.sys.Root.Stop(w.account)
		s.Run()
		w.allAnswered(t)
		if _, stored := w.store.accounts["ann"]; stored && w.desk.held["ann"] == 0 {
			t.Errorf("seed %d: the name of an account is free", seed)
		}
	}
}

// TestDeadlineEndsWaiting: with two workers, a hash a second and five seconds
// of patience, eight or so logins of twenty are done; nobody waits longer, and
// what has expired is not hashed.
func TestDeadlineEndsWaiting(t *testing.T) {
	bubble(t, Config{Workers: 2, Deadline: 5 * time.Second}, func(w *world) {
		for range 20 {
			w.login("ann", good)
		}
		time.Sleep(6 * time.Second)
		synctest.Wait()
		done, busy := 0, 0
		for _, answer := range w.allAnswered(t) {
			switch answer {
			case ErrDenied:
				done++
			case ask.ErrBusy:
				busy++
			}
		}
		if done < 8 || done > 10 || done+busy != 20 || w.hashes != done {
			t.Errorf("%d done, %d busy, %d hashes", done, busy, w.hashes)
		}
	})
}

func TestDeadlineEndsWaitingForAnotherPart(t *testing.T) {
	for name, test := range map[string]struct {
		silence func(w *world)
		want    []error // login, registration
	}{
		"storage":  {func(w *world) { w.store.silent = true }, []error{ask.ErrUnavailable, ask.ErrUnknown}},
		"registry": {func(w *world) { w.desk.silent = true }, []error{ErrDenied, ask.ErrUnavailable}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, Config{Workers: 2, Deadline: 5 * time.Second}, func(w *world) {
				test.silence(w)
				w.login("ann", good)
				w.register("bob", good)
				time.Sleep(8 * time.Second)
				synctest.Wait()
				got := w.allAnswered(t)
				for i, want := range test.want {
					if err, _ := got[uint64(i+1)].(error); !errors.Is(err, want) {
						t.Errorf("%d: got %v, want %v", i+1, err, want)
					}
				}
				w.sys.Root.Send(w.deskPID, speak{})
				synctest.Wait()
				if len(w.desk.held) != 0 && name == "registry" {
					t.Errorf("a name that was reserved too late is held: %v", w.desk.held)
				}
			})
		})
	}
}

// TestSilentPartsFillNoQueue: what is never answered is forgotten in the end.
func TestSilentPartsFillNoQueue(t *testing.T) {
	bubble(t, Config{Workers: 2, Queue: 4, Deadline: time.Second}, func(w *world) {
		w.desk.silent = true
		for i := range 4 {
			w.register(fmt.Sprint("user", i), good)
		}
		time.Sleep(time.Minute)
		w.login("ann", good)
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := w.allAnswered(t)[w.ref]; got != ErrDenied {
			t.Errorf("a minute later: got %v", got)
		}
	})
}

// TestRestartAnswersOnceAndKeepsTheLimit: those in flight are refused, workers
// that go on belong to nobody, but count.
func TestRestartAnswersOnceAndKeepsTheLimit(t *testing.T) {
	bubble(t, Config{Workers: 2}, func(w *world) {
		for range 6 {
			w.login("ann", good)
		}
		synctest.Wait()
		process, _ := w.sys.ProcessRegistry.GetLocal(w.account.Id)
		process.SendSystemMessage(w.account, &actor.Restart{})
		for range 6 {
			w.login("bob", good)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		got := w.allAnswered(t)
		var reasons []error
		for _, ref := range slices.Sorted(maps.Keys(got)) {
			reasons = append(reasons, got[ref].(error))
		}
		want := slices.Concat(slices.Repeat([]error{ask.ErrUnknown}, 6), slices.Repeat([]error{ErrDenied}, 6))
		if !slices.Equal(reasons, want) {
			t.Errorf("got %v", reasons)
		}
	})
}

// TestWorkerThatPanicsIsAnswered, and its place is taken by the next.
func TestWorkerThatPanicsIsAnswered(t *testing.T) {
	sys := actortest.System(t)
	s := actortest.NewSchedule(1)
	broken := true
	spawn := func(p actor.Producer, opts ...actor.PropsOption) *actor.PID {
		return sys.Root.Spawn(s.Props(p, opts...))
	}
	probe := &actortest.Probe{}
	me := spawn(func() actor.Actor { return probe })
	cfg := Config{
		Records: spawn(func() actor.Actor { return &store{accounts: map[string]records.Account{}} }),
		Workers: 1, TestHash: true, Run: s.Worker,
	}
	pid := spawn(newWith(cfg, func(_, _ []byte, _, _ uint32, _ uint8, size uint32) []byte {
		if broken {
			panic(actortest.Injected{})
		}
		return make([]byte, size)
	}))
	sys.Root.Send(pid, Login{Ticket: ask.Ticket{ReplyTo: me, Ref: 1}, Name: "ann", Password: good})
	s.Run()
	broken = false
	sys.Root.Send(pid, Login{Ticket: ask.Ticket{ReplyTo: me, Ref: 2}, Name: "ann", Password: good})
	s.Run()
	got := actortest.Of[ask.Refused](probe)
	if len(got) != 2 || !errors.Is(got[0].Reason, ask.ErrUnavailable) || got[1].Reason != ErrDenied {
		t.Errorf("got %v", got)
	}
}
