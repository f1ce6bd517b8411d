package listen

import (
	"fmt"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/gauge"
	"github.com/greenroom-chat/greenroom/net/conn"
)

// numbers are what net counts.
func (w *world) numbers() (conns, origins, strangers int) {
	synctest.Wait()
	probe, pid := actortest.NewProbe(w.sys)
	w.sys.Root.Send(w.net, gauge.Ask{Ticket: ask.Ticket{ReplyTo: pid}})
	synctest.Wait()
	for _, m := range probe.Take() {
		for _, n := range m.(gauge.Numbers).List {
			switch n.Name {
			case "net_connections":
				conns = n.Value
			case "net_origins":
				origins = n.Value
			case "net_strangers":
				strangers = n.Value
			}
		}
	}
	w.sys.Root.Stop(pid)
	return conns, origins, strangers
}

// user is somebody who connects and, a while later, has signed in.
type user struct {
	sock net.Conn
	pid  *actor.PID
	from string
}

func (w *world) user(from string) user {
	synctest.Wait() // those before have all come
	sock := w.arrive(from)
	synctest.Wait()
	return user{sock, w.newest(), from}
}

func TestAttack63FiftyThousandStrangersDoNotKeepUsersOut(t *testing.T) {
	for _, crowd := range []struct {
		name      string
		strangers int
		addresses int // that they come from
		arrivals  int // of them while a user signs in
	}{
		{"a few machines, as fast as they can", 10_000, 200, 2500},
		{"each from a network of its own", 50_000, 50_000, 250},
	} {
		t.Run(crowd.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := start(t, 0, false, func(cfg *Config, _ *world) { cfg.Total, cfg.PerAddress = 8000, 32 })
				var users []user
				for i := range crowd.strangers {
					if i%crowd.arrivals == 0 {
						if i > 0 {
							w.sys.Root.Send(w.net, conn.Known{Conn: users[len(users)-1].pid})
						}
						users = append(users, w.user(fmt.Sprintf("203.0.113.%d:1", len(users))))
					}
					n := i % crowd.addresses
					w.arrive(fmt.Sprintf("10.%d.%d.%d:%d", n>>16, n>>8&255, n&255, i%60_000+1))
					if i%100 == 0 {
						synctest.Wait()
					}
					if i%1000 == 0 {
						if conns, _, strangers := w.numbers(); strangers > 1000 || conns > 1000+len(users) {
							t.Fatalf("after %d: %d strangers, %d connections", i, strangers, conns)
						}
					}
				}
				w.settle()
				for i, u := range users {
					if hungUp(u.sock) {
						t.Errorf("user %d of %d was dropped", i, len(users))
					}
				}
			})
		})
	}
}

// Whoever has logged in from there before may be slow, however many come.
func TestAttack63WhoIsKnownHereIsTheLastToGiveWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 0, false, func(cfg *Config, _ *world) { cfg.Strangers = 50 })
		w.arrive("203.0.113.1:1")
		w.signIn()
		w.sys.Root.Stop(w.newest())
		synctest.Wait()
		back, new := w.user("203.0.113.1:2"), w.user("203.0.113.2:2")
		for i := range 2000 {
			w.arrive(fmt.Sprintf("10.0.%d.%d:1", i/250, i%250))
		}
		synctest.Wait()
		if hungUp(back.sock) || !hungUp(new.sock) {
			t.Errorf("hung up: who is known %v, a stranger as slow %v", hungUp(back.sock), hungUp(new.sock))
		}
	})
}

func TestNobodyGivesWayWhosePasswordIsBeingLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 0, false, func(cfg *Config, _ *world) { cfg.Strangers = 10 })
		var waiting []user
		for i := range 10 {
			u := w.user(fmt.Sprintf("10.0.0.%d:1", i))
			w.sys.Root.Send(w.net, conn.LoggingIn{Conn: u.pid, Waiting: true})
			waiting = append(waiting, u)
		}
		late := w.user("10.0.1.1:1")
		_, facts := w.settle()
		if !hungUp(late.sock) || !slices.Contains(facts, any(Rejected{"10.0.1.1:1", tooManyInAll})) {
			t.Errorf("let in, facts %v", facts)
		}
		w.sys.Root.Send(w.net, conn.LoggingIn{Conn: waiting[3].pid})
		late = w.user("10.0.1.1:2")
		for i, u := range waiting {
			if hungUp(u.sock) != (i == 3) {
				t.Errorf("%d: hung up %v", i, hungUp(u.sock))
			}
		}
		if hungUp(late.sock) {
			t.Error("there was room, and the late one was not let in")
		}
	})
}

func TestAttack63ACrowdOfOneAddressMakesRoomForItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 0, false, func(cfg *Config, _ *world) { cfg.PerAddress = 8 })
		other := w.user("10.0.0.9:1")
		for i := range 100 {
			w.arrive(fmt.Sprintf("[2001:db8::%x]:1", i+1))
		}
		last := w.user("[2001:db8::ffff]:1")
		if conns, origins, strangers := w.numbers(); conns != 5 || origins != 2 || strangers != 5 || hungUp(last.sock) || hungUp(other.sock) {
			t.Errorf("%d connections, %d strangers, of %d origins", conns, strangers, origins)
		}
	})
}

func TestTheMachineItselfIsNoStrangerUnlessCounted(t *testing.T) {
	for _, counted := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := start(t, 0, false, func(cfg *Config, _ *world) {
				cfg.Strangers, cfg.PerAddress, cfg.CountLocal = 10, 2, counted
			})
			for range 100 {
				w.user("127.0.0.1:1")
			}
			want := 100
			if counted {
				want = 10
			}
			if conns, _, _ := w.numbers(); conns != want {
				t.Errorf("counted %v: %d connections", counted, conns)
			}
		})
	}
}

// A connection may say who it is at the moment in which it is told to give way;
// then it stays, and counts.
func TestWhoSignsInAtTheLastMomentStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, pid := actortest.NewProbe(actortest.System(t))
		n := newNetwork(Config{Strangers: 1}.withDefaults(), new(bool))
		from := &source{key: "10.0.0.1", conns: 1}
		it := &member{pid: pid, from: from}
		n.conns[pid.Id], n.sources[from.key] = it, from
		n.addStranger(it)
		n.noStranger(it)
		it.leaving, n.leaving, from.conns = true, 1, 0
		n.known(conn.Known{Conn: pid})
		if n.leaving != 0 || from.conns != 1 || !from.known {
			t.Errorf("leaving %d, connections %d, known %v", n.leaving, from.conns, from.known)
		}
		n.left(it)
		if len(n.conns)+n.leaving+from.conns+from.strangers != 0 {
			t.Errorf("left over: %+v of %+v", n, from)
		}
	})
}

func TestAllAreForgottenWhenTheyHaveGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 0, false, func(cfg *Config, _ *world) { cfg.Strangers, cfg.PerAddress = 20, 4 })
		var all []user
		for i := range 300 {
			u := w.user(fmt.Sprintf("10.0.%d.%d:1", i%7, i%40))
			switch i % 5 {
			case 0:
				w.sys.Root.Send(w.net, conn.Known{Conn: u.pid, Guest: i%2 == 0})
			case 1:
				w.sys.Root.Send(w.net, conn.LoggingIn{Conn: u.pid, Waiting: true})
			}
			all = append(all, u)
		}
		for _, u := range all {
			w.sys.Root.Stop(u.pid)
		}
		if conns, origins, strangers := w.numbers(); conns+origins+strangers != 0 {
			t.Errorf("left: %d connections, %d strangers, %d origins", conns, strangers, origins)
		}
	})
}

func TestPlacesOfStrangersAreComputedFromAllPlaces(t *testing.T) {
	for _, c := range []struct{ given, want Config }{
		{Config{}, Config{Strangers: 1024, StrangersPerAddress: -1}},
		{Config{Total: 100, PerAddress: 32}, Config{Strangers: 64, StrangersPerAddress: 16}},
		{Config{Total: 10_000, PerAddress: 1}, Config{Strangers: 1250, StrangersPerAddress: 1}},
		{Config{Total: 1 << 20}, Config{Strangers: 4096, StrangersPerAddress: -1}},
		{Config{Strangers: -1, StrangersPerAddress: 3}, Config{Strangers: -1, StrangersPerAddress: 3}},
	} {
		got := c.given.withDefaults()
		if got.Strangers != c.want.Strangers || got.StrangersPerAddress != c.want.StrangersPerAddress {
			t.Errorf("%+v: %d, %d", c.given, got.Strangers, got.StrangersPerAddress)
		}
	}
}

// Who has come to talk says something at once; how busy the machine is has no
// part in it.
func TestAttack63WhoSaysNothingGivesWayBeforeWhoHasBegunToTalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 0, false, func(cfg *Config, _ *world) { cfg.Strangers = 20 })
		var talking []user
		for i := range 10 {
			u := w.user(fmt.Sprintf("203.0.113.%d:1", i))
			if i%2 == 0 {
				w.sys.Root.Send(w.net, conn.Speaking{Conn: u.pid})
			} else {
				w.sys.Root.Send(w.net, heard{w.lastSock})
			}
			talking = append(talking, u)
		}
		for i := range 2000 { // the oldest of them had time to speak
			if time.Sleep(400 * time.Millisecond); i%10 == 0 {
				fresh := w.user(fmt.Sprintf("198.51.100.%d:1", i/10))
				if hungUp(fresh.sock) {
					t.Fatal("one who has just come had no time to say anything")
				}
			}
			w.arrive(fmt.Sprintf("10.0.%d.%d:1", i/250, i%250))
		}
		synctest.Wait()
		for i, u := range talking {
			if hungUp(u.sock) {
				t.Errorf("%d of those who talk was dropped", i)
			}
		}
	})
}
