package actors_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/journal"
)

// storm panics in any actor, at any message: before it, after it, or in place
// of a message that the actor sends. It spares an actor for so long that no
// budget is spent, which would end the server, or close a room.
type storm struct {
	mu     sync.Mutex
	rng    *rand.Rand
	over   bool
	last   map[string]time.Time
	struck map[string]int // by kind
}

func newStorm(seed uint64) *storm {
	return &storm{rng: rand.New(rand.NewPCG(seed, 2)), last: map[string]time.Time{}, struck: map[string]int{}}
}

// stormSeeds may be raised for a night: a storm takes a tenth of a second.
const stormSeeds = 10

// spared is how long an actor is spared: no more than five in a minute.
const spared = 13 * time.Second

func (w *storm) option() actor.PropsOption {
	receive := actor.WithReceiverMiddleware(func(next actor.ReceiverFunc) actor.ReceiverFunc {
		return func(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
			if !outcome(e.Message) {
				w.strike(ctx.Self(), e.Message, "before")
			}
			next(ctx, e)
			w.strike(ctx.Self(), e.Message, "after")
		}
	})
	send := actor.WithSenderMiddleware(func(next actor.SenderFunc) actor.SenderFunc {
		return func(ctx actor.SenderContext, to *actor.PID, e *actor.MessageEnvelope) {
			w.strike(ctx.Self(), ctx.Message(), "sending")
			next(ctx, to, e)
		}
	})
	return func(props *actor.Props) { props.Configure(receive, send) }
}

// outcome tells whether the message would be lost with all that depends on it,
// as nothing in an actor can fail before it has taken it.
func outcome(m any) bool {
	switch m.(type) {
	case journal.Append, journal.Committed, journal.NotCommitted:
		return true
	}
	return fmt.Sprintf("%T", m) == "persistence.write"
}

func (w *storm) strike(self *actor.PID, m any, moment string) {
	switch m.(type) {
	case actor.SystemMessage, actor.AutoReceiveMessage, nil:
		return
	}
	if w.hits(self.Id) {
		panic(actortest.Injected{Site: moment})
	}
}

func (w *storm) hits(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	kind, pause := kindOf(id), spared
	if kind == "conn" {
		id, pause = kind, time.Minute // each has another, and none would ever sign in
	}
	hit := !w.over && w.rng.IntN(25) == 0 && time.Since(w.last[id]) > pause
	if hit {
		w.last[id] = time.Now()
		w.struck[kind]++
	}
	return hit
}

// kindOf is what an actor is, from its id.
func kindOf(id string) string {
	parts := strings.Split(id, "/")
	kind, _, _ := strings.Cut(parts[len(parts)-1], "-")
	return kind
}

// TestAStormOfCrashesLeavesAWholeServer: every kind of actor crashes at any
// message for minutes. When it is over everybody is let in, the accounts are in
// the rooms that they had joined, each question of a connection that lives has
// one answer, which is true, and no more actors live than belong to them.
func TestAStormOfCrashesLeavesAWholeServer(t *testing.T) {
	struck := map[string]int{}
	for seed := range uint64(stormSeeds) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			weather := newStorm(seed)
			weather.over = true
			serve(t, func(s *server) { s.faults = []actor.PropsOption{weather.option()} }, func(s *server) {
				all := s.crowd()
				calm := len(s.census.Starts())
				weather.set(false)
				for range 12 {
					s.traffic(all, func() { s.crash("storage") }) // which hears next to nothing
					s.pass(timeouts)
					for _, c := range all {
						c.answered()
						if !c.ended() {
							s.truthful(c)
						}
					}
					s.comeBack(all)
				}
				weather.set(true)
				s.pass(2 * timeouts)
				s.comeBack(all)
				all[2].send("JOIN #green,#blue", "PRIVMSG bob :so that there are as many conversations")
				s.rest()
				s.whole(all)
				if living := s.census.Starts(); len(living) != calm {
					t.Errorf("%d actors live, and were %d before:", len(living), calm)
					for name, pid := range s.pids {
						if living[pid.Id] > 0 {
							t.Logf("%s: %s", pid.Id, name)
						}
					}
				}
				if len(s.fatals) > 0 {
					t.Errorf("fatal: %v", s.fatals)
				}
			})
			for kind, n := range weather.struck {
				struck[kind] += n
			}
		})
	}
	t.Logf("struck: %v", struck)
	for _, kind := range []string{"journal", "records", "registry", "room", "user", "account", "net", "listener", "conn"} {
		if struck[kind] == 0 {
			t.Errorf("no %s has crashed", kind)
		}
	}
}

func (w *storm) set(over bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = over
}
