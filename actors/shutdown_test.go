package actors_test

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
	"github.com/greenroom-chat/greenroom/net/conn"
)

// TestAStopInTheMiddleOfACommitLosesNothingThatWasAcknowledged: whatever a
// commit takes, the store has each post once or not at all, and those whose
// echo was seen for certain; what is sent again after the next start is said
// once. The server ends in time.
func TestAStopInTheMiddleOfACommitLosesNothingThatWasAcknowledged(t *testing.T) {
	for _, takes := range []time.Duration{0, 50 * time.Millisecond, 900 * time.Millisecond, 2 * time.Second, 4 * time.Second} {
		t.Run(fmt.Sprint(takes), func(t *testing.T) {
			serve(t, nil, func(s *server) {
				ann := s.client("ann", true)
				ann.send("JOIN #green")
				s.rest()
				s.store.set(func() { s.store.takes = takes })
				for i := range 10 {
					ann.ask(fmt.Sprintf("PRIVMSG #green :post%d", i))
					s.pass(5 * time.Millisecond)
				}
				s.ends = nil
				s.inOrder(0, "")
				s.pass(10 * time.Second) // until the last commit has ended
				echoes := ann.take()
				for i := range 10 {
					text := fmt.Sprint("post", i)
					stored := s.stored(text)
					echo := slices.ContainsFunc(echoes, func(l string) bool { return strings.HasSuffix(l, " :"+text) && !strings.Contains(l, "FAIL") })
					if stored > 1 || echo && stored == 0 {
						t.Errorf("%s: echo %v, stored %d times", text, echo, stored)
					}
				}
			})
		})
	}
}

func (s *server) stored(text string) (n int) {
	s.store.set(func() {
		for _, log := range s.store.logs {
			for _, r := range log {
				if r.Text == text {
					n++
				}
			}
		}
	})
	return n
}

// stubborn is what may keep a server from ending.
var stubborn = map[string]struct {
	opts  []actor.PropsOption
	begin func(*server, []*client)
	end   func(*server)
}{
	"the store hangs": {
		begin: func(s *server, all []*client) {
			s.store.set(func() { s.store.hang = make(chan struct{}) })
			all[0].send("PRIVMSG #green :one")
			s.rest()
			all[1].send("PRIVMSG #green :two")
		},
		end: func(s *server) { close(s.store.hang) },
	},
	"everybody panics while leaving": {
		opts: []actor.PropsOption{panicLeaving},
		begin: func(s *server, all []*client) {
			s.sys.EventStream.Subscribe(func(event any) {
				if _, ok := event.(conn.Ended); ok {
					panic(actortest.Injected{Site: "subscriber"})
				}
			})
			s.store.set(func() { s.store.takes = 10 * time.Second })
			for i, c := range all {
				c.send("PRIVMSG #green :one", "JOIN #red", "MODE #blue +m", "TOPIC #blue :x", fmt.Sprint("NICK new", i))
			}
		},
	},
	"a client never reads": {
		begin: func(s *server, all []*client) {
			sock := s.port.dial()
			go sock.Write([]byte("CAP LS 302\r\nNICK mute\r\nUSER u 0 * :mute\r\n"))
			s.clients = append(s.clients, &client{s: s, sock: sock})
		},
	},
	"everything waits for a restart": {
		begin: func(s *server, _ []*client) {
			for _, who := range []string{"listener-0", "account", "room #green", "user ann", "journal", "records"} {
				s.crash(who)
			}
			synctest.Wait()
		},
	},
}

// panicLeaving panics in place of what an actor says while it leaves.
var panicLeaving = actor.WithSenderMiddleware(func(next actor.SenderFunc) actor.SenderFunc {
	return func(ctx actor.SenderContext, to *actor.PID, e *actor.MessageEnvelope) {
		switch ctx.Message().(type) {
		case *actor.Stopping, *actor.Stopped, *actor.Restarting:
			panic(actortest.Injected{Site: "leaving"})
		}
		next(ctx, to, e)
	}
})

// TestTheServerEndsInTimeWhateverHolds.
func TestTheServerEndsInTimeWhateverHolds(t *testing.T) {
	for name, test := range stubborn {
		t.Run(name, func(t *testing.T) {
			serve(t, func(s *server) { s.faults = test.opts }, func(s *server) {
				all := s.crowd()
				test.begin(s, all)
				s.ends = nil
				s.inOrder(0, "")
				if len(s.fatals) > 0 {
					t.Errorf("fatal: %v", s.fatals)
				}
				if test.end != nil {
					test.end(s)
				}
			})
		})
	}
}

// TestAPanicWhileRestartingKeepsNobodyFromIt: who was to be answered on the way
// out may have to wait for its time-out, no more.
func TestAPanicWhileRestartingKeepsNobodyFromIt(t *testing.T) {
	for _, who := range []string{"storage", "journal", "records", "registry", "room #green", "user ann", "account", "net", "listener-0"} {
		t.Run(who, func(t *testing.T) {
			serve(t, func(s *server) { s.faults = []actor.PropsOption{panicLeaving} }, func(s *server) {
				all := s.crowd()
				s.store.set(func() { s.store.takes = 300 * time.Millisecond })
				starts := s.census.Starts()[s.pid(who).Id]
				s.traffic(all, func() { s.crash(who) })
				s.pass(timeouts)
				s.store.set(func() { s.store.takes = time.Millisecond })
				if got := s.census.Starts()[s.pid(who).Id]; got != starts+1 {
					t.Errorf("started %d times", got)
				}
				for _, c := range all {
					c.answered()
				}
				s.comeBack(all)
				s.whole(all)
				if n := supervise.Live(s.sys); n != len(s.census.Starts())+1 {
					t.Errorf("%d actors live, %d are known to", n, len(s.census.Starts()))
				}
			})
		})
	}
}
