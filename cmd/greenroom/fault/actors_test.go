package fault

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// reports are what injectors told.
type reports struct {
	mu   sync.Mutex
	list []Struck
}

func (r *reports) add(m Struck) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, m)
}

func (r *reports) take() []Struck {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.list
	r.list = nil
	return list
}

func (r *reports) want(t *testing.T, want ...Struck) {
	t.Helper()
	if got := r.take(); !slices.Equal(got, want) {
		t.Errorf("reported %+v, want %+v", got, want)
	}
}

func newInjectors() (*Injectors, *reports) {
	r := &reports{}
	return NewInjectors(r.add), r
}

// stage is a supervisor with actors of one target, in a bubble.
type stage struct {
	*reports
	in     *Injectors
	sys    *actor.ActorSystem
	boss   *actor.PID
	pids   []*actor.PID
	mu     sync.Mutex
	starts []int
	got    []string // "actor:message", as handled
	gone   int      // Terminated that reached an actor
	began  time.Time
	last   time.Duration // when the last message was handled
}

func on(t *testing.T, target string, actors int, play func(s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &stage{sys: actortest.System(t), starts: make([]int, actors), began: time.Now()}
		s.in, s.reports = newInjectors()
		boss := actor.ReceiveFunc(func(ctx actor.Context) {
			if _, ok := ctx.Message().(*actor.Started); ok {
				for i := range actors {
					props := supervise.Props(func() actor.Actor { return s.child(i) }, s.in.Options(target)...)
					s.pids = append(s.pids, ctx.Spawn(props))
				}
			}
		})
		s.boss = s.sys.Root.Spawn(supervise.Props(func() actor.Actor { return boss }, actor.WithSupervisor(
			&supervise.Backoff{Base: 100 * time.Millisecond, Max: time.Second, Window: time.Minute, Limit: 5})))
		synctest.Wait()
		play(s)
		time.Sleep(time.Minute) // every timer has run out
		if err := supervise.StopTree(s.sys, s.boss, time.Second); err != nil {
			t.Error(err)
		}
	})
}

func (s *stage) child(i int) actor.Actor {
	return actor.ReceiveFunc(func(ctx actor.Context) {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch m := ctx.Message().(type) {
		case *actor.Started:
			s.starts[i]++
		case *actor.Terminated:
			s.gone++
		case int:
			s.handled(i, fmt.Sprint(m))
		case room.Post:
			s.handled(i, m.Text)
		case journal.Committed, journal.NotCommitted:
			s.handled(i, "outcome")
		case actor.SystemMessage, actor.AutoReceiveMessage:
		default:
			supervise.Stray(ctx)
		}
	})
}

func (s *stage) handled(i int, what string) {
	s.got = append(s.got, fmt.Sprint(i, ":", what))
	s.last = time.Since(s.began)
}

func (s *stage) lastAt() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

func (s *stage) strike(t *testing.T, f Fault) {
	t.Helper()
	if err := s.in.Strike(f); err != nil {
		t.Fatal(err)
	}
}

func (s *stage) say(to int, messages ...any) {
	for _, m := range messages {
		s.sys.Root.Send(s.pids[to], m)
	}
	synctest.Wait()
}

func (s *stage) want(t *testing.T, starts []int, got ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.starts, starts) || !slices.Equal(s.got, got) {
		t.Errorf("started %v and handled %v, want %v and %v", s.starts, s.got, starts, got)
	}
}

func TestPanicStrikesTheNthMessageOfAllActorsOfItsKindOnce(t *testing.T) {
	for kind, want := range map[Kind][]string{
		PanicBefore: {"0:1", "1:2", "0:4", "1:5", "0:6"},
		PanicAfter:  {"0:1", "1:2", "1:3", "0:4", "1:5", "0:6"},
	} {
		t.Run(string(kind), func(t *testing.T) {
			on(t, User, 2, func(s *stage) {
				s.say(0, 1) // before the order: not counted
				s.strike(t, Fault{ID: 7, Kind: kind, Target: User, Nth: 2})
				s.strike(t, Fault{ID: 8, Kind: kind, Target: Room, Nth: 1})
				s.say(1, 2)
				s.say(1, 3)
				s.say(0, 4)
				time.Sleep(time.Second)
				s.say(1, 5)
				s.say(0, 6)
				s.want(t, []int{1, 2}, want...)
				s.reports.want(t, Struck{ID: 7, What: "int"})
			})
		})
	}
}

func TestFailedActorIsGivenNothingMore(t *testing.T) {
	on(t, User, 1, func(s *stage) {
		s.strike(t, Fault{ID: 1, Kind: PanicBefore, Target: User, Nth: 1})
		s.say(0, 1)
		if process, ok := s.sys.ProcessRegistry.Get(s.pids[0]); ok {
			process.SendSystemMessage(s.pids[0], &actor.Terminated{Who: s.boss})
		}
		synctest.Wait()
		time.Sleep(time.Second)
		s.say(0, 2)
		s.want(t, []int{2}, "0:2")
		if s.gone != 0 {
			t.Error("an incarnation that had failed was told of an end")
		}
	})
}

func TestCrashLoopFailsOneActorWhileItLasts(t *testing.T) {
	on(t, Room, 2, func(s *stage) {
		s.strike(t, Fault{ID: 1, Kind: CrashLoop, Target: Room, For: crashLoop})
		s.say(1, 1, 2, 3, 4, 5)
		s.say(0, 6)
		time.Sleep(2 * time.Second)
		s.want(t, []int{1, 1 + loopCosts}, "0:6", "1:4", "1:5") // a restart each, as the plan counts
		s.reports.want(t, Struck{ID: 1, What: "int"}, Struck{ID: 1, Over: true})
	})
}

// What the journal says to a room is taken note of before anything can fail.
func TestRoomIsNotRobbedOfAnOutcome(t *testing.T) {
	on(t, Room, 1, func(s *stage) {
		s.strike(t, Fault{ID: 1, Kind: PanicBefore, Target: Room, Nth: 1})
		s.strike(t, Fault{ID: 2, Kind: CrashLoop, Target: Room, For: time.Second})
		s.say(0, journal.Committed{}, journal.NotCommitted{})
		s.want(t, []int{1}, "0:outcome", "0:outcome")
		s.strike(t, Fault{ID: 3, Kind: PanicAfter, Target: Room, Nth: 1})
		s.say(0, journal.Committed{})
		time.Sleep(200 * time.Millisecond)
		s.want(t, []int{2}, "0:outcome", "0:outcome", "0:outcome")
		s.reports.want(t, Struck{ID: 3, What: "journal.Committed"})
	})
}

func TestLongCrashLoopOfARoomIsOverItsBudget(t *testing.T) {
	on(t, Room, 1, func(s *stage) {
		s.strike(t, Fault{ID: 1, Kind: CrashLoop, Target: Room, For: quarantine})
		probe, me := actortest.NewProbe(s.sys)
		decisions := 0
		s.sys.EventStream.Subscribe(func(event any) {
			if _, ok := event.(supervise.Decision); ok {
				decisions++
			}
		})
		s.say(0, 1, 2, 3, 4, 5, 6, room.Post{Ticket: ask.Ticket{ReplyTo: me, Ref: 7}})
		time.Sleep(quarantine)
		synctest.Wait()
		if got := actortest.Of[ask.Refused](probe); len(got) != 1 || got[0] != (ask.Refused{Ref: 7, Reason: ask.ErrUnavailable}) {
			t.Errorf("what was left in its queue is answered %v", got)
		}
		if decisions != 6 {
			t.Errorf("it failed %d times", decisions)
		}
		if _, alive := s.sys.ProcessRegistry.Get(s.pids[0]); alive {
			t.Errorf("it lives after %v starts, and handled %v", s.starts, s.got)
		}
	})
}

func TestDelayMakesOneActorLateWhileItLasts(t *testing.T) {
	on(t, Journal, 2, func(s *stage) {
		s.strike(t, Fault{ID: 1, Kind: Delay, Target: Journal, For: 10 * lateBy})
		s.say(0, 1)
		time.Sleep(3 * lateBy / 2)
		s.say(1, 2)
		if at := s.lastAt(); at != 3*lateBy/2 {
			t.Errorf("two were late: %v", at)
		}
		s.say(0, 3, 4)
		time.Sleep(time.Second)
		if at := s.lastAt(); at != 7*lateBy/2 {
			t.Errorf("the last came at %v", at)
		}
		s.say(0, 5)
		s.want(t, []int{1, 1}, "0:1", "1:2", "0:3", "0:4", "0:5")
		s.reports.want(t, Struck{ID: 1, What: "int"}, Struck{ID: 1, Over: true})
	})
}

func post(conn, text string) room.Post {
	return room.Post{Ticket: ask.Ticket{ReplyTo: actor.NewPID("test", conn)}, Text: text}
}

func TestReorderLetsAPostOfAnotherConnectionPass(t *testing.T) {
	on(t, Room, 1, func(s *stage) {
		s.strike(t, Fault{ID: 1, Kind: Reorder, Target: Room, Nth: 2})
		s.say(0, post("ann", "a1"), post("ann", "a2"), post("bob", "b1"), post("ann", "a3"), post("bob", "b2"))
		s.want(t, []int{1}, "0:a1", "0:b1", "0:a2", "0:a3", "0:b2")
		s.reports.want(t, Struck{ID: 1, What: "room.Post"})
	})
}

func TestReorderKeepsTheOrderOfAConnectionAndOfAllElse(t *testing.T) {
	on(t, Room, 1, func(s *stage) {
		s.strike(t, Fault{ID: 1, Kind: Reorder, Target: Room, Nth: 1})
		s.say(0, post("ann", "a1"), post("ann", "a2"), 3, post("bob", "b1"), 4)
		time.Sleep(time.Second)
		s.want(t, []int{1}, "0:a1", "0:a2", "0:3", "0:b1", "0:4")
		s.reports.want(t)
		s.say(0, post("ann", "a5"))
		time.Sleep(2 * heldAt)
		s.say(0, post("bob", "b6"))
		s.want(t, []int{1}, "0:a1", "0:a2", "0:3", "0:b1", "0:4", "0:a5")
		time.Sleep(2 * heldAt)
		s.want(t, []int{1}, "0:a1", "0:a2", "0:3", "0:b1", "0:4", "0:a5", "0:b6")
		time.Sleep(voidAfter)
		s.reports.want(t, Struck{ID: 1, Over: true})
		s.say(0, post("ann", "a7"), post("bob", "b8"))
		s.want(t, []int{1}, "0:a1", "0:a2", "0:3", "0:b1", "0:4", "0:a5", "0:b6", "0:a7", "0:b8")
	})
}

func TestHeldPostIsKeptOverARestart(t *testing.T) {
	on(t, Room, 1, func(s *stage) {
		s.strike(t, Fault{ID: 1, Kind: Reorder, Target: Room, Nth: 1})
		s.strike(t, Fault{ID: 2, Kind: PanicBefore, Target: Room, Nth: 1})
		s.say(0, post("ann", "a1"), 2, 3)
		time.Sleep(time.Second)
		s.want(t, []int{2}, "0:a1", "0:3")
	})
}

func TestHeldPostOfARoomThatEndsIsAnswered(t *testing.T) {
	on(t, Room, 1, func(s *stage) {
		probe, me := actortest.NewProbe(s.sys)
		s.strike(t, Fault{ID: 1, Kind: Reorder, Target: Room, Nth: 1})
		s.say(0, room.Post{Ticket: ask.Ticket{ReplyTo: me, Ref: 3}})
		s.sys.Root.Stop(s.pids[0])
		synctest.Wait()
		if got := actortest.Of[ask.Refused](probe); len(got) != 1 || got[0].Ref != 3 {
			t.Errorf("answered %v", got)
		}
	})
}

func TestActorThatHearsNothingIsNudged(t *testing.T) {
	on(t, Storage, 1, func(s *stage) {
		s.strike(t, Fault{ID: 1, Kind: PanicAfter, Target: Storage, Nth: 2})
		time.Sleep(nudgeAfter + time.Second)
		s.want(t, []int{2})
		s.reports.want(t, Struck{ID: 1, What: "fault.nudge"})
	})
}

func TestFaultThatMeetsNothingIsVoid(t *testing.T) {
	on(t, Room, 1, func(s *stage) {
		s.strike(t, Fault{ID: 1, Kind: PanicAfter, Target: Account, Nth: 1})
		s.strike(t, Fault{ID: 2, Kind: CrashLoop, Target: Account, For: time.Second})
		s.strike(t, Fault{ID: 3, Kind: StoreHangs, For: time.Second})
		time.Sleep(voidAfter + time.Second)
		told := s.take()
		slices.SortFunc(told, func(a, b Struck) int { return a.ID - b.ID })
		if !slices.Equal(told, []Struck{{ID: 1, Over: true}, {ID: 2, Over: true}, {ID: 3, Over: true}}) {
			t.Errorf("reported %+v", told)
		}
		if len(s.in.orders) != 0 {
			t.Errorf("%d orders are left", len(s.in.orders))
		}
	})
}

func TestFaultsAroundTheServerAreNotMadeWithinIt(t *testing.T) {
	in, _ := newInjectors()
	for _, kind := range []Kind{Kill, Terminate, Reset, HalfOpen, Stall, Trickle, "nonsense"} {
		if in.Strike(Fault{Kind: kind}) == nil {
			t.Errorf("took %s", kind)
		}
	}
}
