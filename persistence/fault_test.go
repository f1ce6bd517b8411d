package persistence

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

func drawn(rng *rand.Rand, p float64) func(int) fault {
	return func(int) fault {
		if rng.Float64() < p {
			return fault(1 + rng.IntN(int(faults)-1))
		}
		return none
	}
}

// oftenLow makes a third of the attempts to resume fail.
func oftenLow(rng *rand.Rand) func() error {
	return func() error {
		if rng.IntN(3) == 0 {
			return journal.ErrDiskLow
		}
		return nil
	}
}

func seeds(t *testing.T, n uint64, test func(t *testing.T, seed uint64)) {
	for seed := range n {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) { test(t, seed) })
	}
}

// TestEveryAppendIsAnsweredOnceAndTruly: committed if and only if stored, in
// the order of arrival, one Committed for a room and commit, with a store that
// refuses, panics and fails with its outcome unknown, at any moment.
func TestEveryAppendIsAnsweredOnceAndTruly(t *testing.T) {
	committed, refused := 0, 0
	seeds(t, 300, func(t *testing.T, seed uint64) {
		w := newWorld(t, seed, ActorConfig{MaxBatch: 5, Patience: testPatience})
		rng := w.s.Rand()
		w.store.onCommit = drawn(rng, 0.3)
		w.store.onResume = oftenLow(rng)
		for range 40 {
			a := journal.Append{}
			if rng.IntN(8) == 0 {
				a.Record.Text = "refuse"
			}
			w.say(rng.IntN(3), a)
		}
		w.s.Run()
		c, r, u := w.verify()
		if u > 0 {
			t.Errorf("%d outcomes unknown, though each can be told", u)
		}
		committed, refused = committed+c, refused+r
	})
	t.Logf("%d committed, %d refused", committed, refused)
	if committed == 0 || refused == 0 {
		t.Error("the faults did not do what they are for")
	}
}

// TestARestartOfTheJournalLosesNoAnswer: it panics before it has seen an append
// and after, instead of sending, and before and after the messages of its workers and timers.
func TestARestartOfTheJournalLosesNoAnswer(t *testing.T) {
	restarts := 0
	seeds(t, 300, func(t *testing.T, seed uint64) {
		rng := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t, seed, ActorConfig{MaxBatch: 5, Patience: testPatience},
			actortest.PanicOn(actortest.Is[journal.Append], 1+rng.IntN(20), actortest.After),
			actortest.PanicOn(actortest.Is[journal.Append], 20+rng.IntN(20), actortest.Before),
			actortest.PanicOn(actortest.Is[finished], 1+rng.IntN(10), actortest.Before),
			actortest.PanicOn(actortest.Is[finished], 1+rng.IntN(10), actortest.After),
			actortest.PanicOn(actortest.Is[retry], 1, actortest.Moment(rng.IntN(2))),
			panicInPlaceOfSending(rng))
		w.sys.EventStream.Subscribe(func(event any) {
			if _, ok := event.(supervise.Decision); ok {
				restarts++
			}
		})
		w.store.onCommit = drawn(rng, 0.2)
		w.store.onResume = oftenLow(rng)
		for range 40 {
			w.say(rng.IntN(3), journal.Append{})
		}
		w.s.Run()
		if _, _, u := w.verify(); u > 0 {
			t.Errorf("%d outcomes unknown, though each can be told", u)
		}
	})
	t.Logf("%d restarts", restarts)
}

func panicInPlaceOfSending(rng *rand.Rand) actor.PropsOption {
	return actor.WithSenderMiddleware(func(next actor.SenderFunc) actor.SenderFunc {
		return func(ctx actor.SenderContext, to *actor.PID, e *actor.MessageEnvelope) {
			switch ctx.Message().(type) {
			case journal.Append, finished, retry:
				if rng.IntN(30) == 0 {
					panic(actortest.Injected{Site: "send"})
				}
			}
			next(ctx, to, e)
		}
	})
}
