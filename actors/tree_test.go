package actors_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"go.uber.org/goleak"

	"github.com/greenroom-chat/greenroom/actors"
	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/storage"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type crash struct{}

// stage is a tree whose storage, account and net only note what happens.
type stage struct {
	t    *testing.T
	sys  *actor.ActorSystem
	tree *actors.Tree

	mu    sync.Mutex // parts note at the same time
	pids  map[string]*actor.PID
	story []string

	fatals []error
	addrs  []string

	deaf  string        // the part that does not end
	until chan struct{} // closed
}

func newStage(t *testing.T) *stage {
	return &stage{t: t, sys: actortest.System(t), pids: make(map[string]*actor.PID)}
}

func (s *stage) start() {
	s.tree = actors.Start(s.sys, actors.Config{
		Storage:  s.part("storage", s.storage),
		Registry: registry.Config{Now: time.Now},
		Account: func(d actors.Deps) *actor.Props {
			s.complete(d.Registry != nil && d.Records != nil && d.Journal != nil)
			s.note("+account")
			return s.part("account", nil)
		},
		Net: func(d actors.Deps) *actor.Props {
			s.complete(d.Registry != nil && d.Account != nil)
			return s.part("net", func(ctx actor.Context) {
				switch m := ctx.Message().(type) {
				case *actor.Started:
					ctx.Send(ctx.Parent(), actors.NetReady{Addrs: []string{"here"}})
				case actors.Tell:
					s.note(fmt.Sprint("told ", m.Message))
				case actors.Drain:
					s.note("drain")
					ask.Reply(ctx, m.Ticket, actors.Drained{Ref: m.Ref})
				}
			})
		},
		Ready: func(addrs []string) { s.addrs = addrs; s.note("ready") },
		Fatal: func(err error) { s.fatals = append(s.fatals, err) },
	})
	synctest.Wait()
}

func (s *stage) complete(ok bool) {
	if !ok {
		s.t.Error("a part was started without those that it needs")
	}
}

func (s *stage) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.story = append(s.story, what)
}

// began notes a start. The next part may be under way before account is: what
// is sent to it waits in its mailbox.
func (s *stage) began(name string, pid *actor.PID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name != "account" || s.pids[name] != nil {
		s.story = append(s.story, "+"+name)
	}
	s.pids[name] = pid
}

func (s *stage) part(name string, more func(actor.Context)) *actor.Props {
	return supervise.Props(func() actor.Actor {
		return actor.ReceiveFunc(func(ctx actor.Context) {
			switch ctx.Message().(type) {
			case *actor.Started:
				s.began(name, ctx.Self())
			case *actor.Stopped:
				s.note("-" + name)
			case *actor.Stopping:
				if s.deaf == name {
					<-s.until
				}
			case journal.Flush:
				s.note("flush")
			case crash:
				panic(actortest.Injected{Site: name})
			}
			if more != nil {
				more(ctx)
			}
		})
	})
}

// storage answers as the journal and the records in one.
func (s *stage) storage(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		ctx.Send(ctx.Parent(), storage.Ready{Journal: ctx.Self(), Records: ctx.Self()})
	case records.Names:
		ask.Reply(ctx, m.Ticket, records.Named{Ref: m.Ref})
	case journal.Flush:
		ask.Reply(ctx, m.Ticket, journal.Flushed{Ref: m.Ref})
	}
}

func (s *stage) stop() error {
	err := s.tree.Stop(5 * time.Second)
	synctest.Wait()
	return err
}

func TestTreeStartsAndStopsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.start()
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
		want := "+storage +account +net ready drain -net -account flush -storage"
		if got := strings.Join(s.story, " "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if n := supervise.Live(s.sys); n != 0 {
			t.Errorf("%d actors are left", n)
		}
		if len(s.fatals) > 0 {
			t.Errorf("fatal: %v", s.fatals)
		}
		if err := s.stop(); err != nil {
			t.Errorf("the second stop: %v", err)
		}
	})
}

func TestWhatTheTreeIsAskedToTellComesToNet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.start()
		s.tree.Tell("news")
		synctest.Wait()
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
		s.tree.Tell("to nobody")
		if got, want := strings.Join(s.story, " "), "+storage +account +net ready told news drain -net -account flush -storage"; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestNothingStartsBeforeStorageIsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.tree = actors.Start(s.sys, actors.Config{
			Storage: s.part("storage", nil),
			Fatal:   func(err error) { s.fatals = append(s.fatals, err) },
		})
		synctest.Wait()
		if got := strings.Join(s.story, " "); got != "+storage" {
			t.Errorf("got %s", got)
		}
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestOnePartThatCrashesComesBackAlone(t *testing.T) {
	for _, name := range []string{"storage", "account", "net"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				s.start()
				before := s.pids[name]
				s.story = nil
				s.sys.Root.Send(s.pids[name], crash{})
				time.Sleep(time.Second)
				synctest.Wait()
				if i := slices.Index(s.story, "+"+name); i != 0 || len(s.story) > 2 {
					t.Errorf("after the crash: %v", s.story)
				}
				if !s.pids[name].Equal(before) {
					t.Errorf("its PID was %v and is %v", before, s.pids[name])
				}
				if err := s.stop(); err != nil || len(s.fatals) > 0 {
					t.Errorf("%v, fatal %v", err, s.fatals)
				}
			})
		})
	}
}

func TestPartOverItsBudgetEndsTheServerOnce(t *testing.T) {
	for _, name := range []string{"storage", "account", "net"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				s.start()
				for range 6 {
					s.sys.Root.Send(s.pids[name], crash{})
					time.Sleep(5 * time.Second)
					synctest.Wait()
				}
				if len(s.fatals) != 1 || !strings.Contains(s.fatals[0].Error(), name) {
					t.Errorf("fatal: %v", s.fatals)
				}
				if err := s.stop(); err != nil || supervise.Live(s.sys) != 0 {
					t.Errorf("%v; %d left", err, supervise.Live(s.sys))
				}
			})
		})
	}
}

func TestFailuresThatPartsReportAreFatal(t *testing.T) {
	broken := errors.New("address in use")
	for _, m := range []any{actors.NetFailed{Err: broken}, storage.Failed{}} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t)
			s.start()
			root := s.sys.NewLocalPID(strings.TrimSuffix(s.pids["net"].Id, "/net"))
			s.sys.Root.Send(root, m)
			s.sys.Root.Send(root, m)
			synctest.Wait()
			if len(s.fatals) != 1 {
				t.Errorf("%T: fatal %v", m, s.fatals)
			}
			if err := s.stop(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestStopWaitsForADeafPartOnlySoLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.deaf, s.until = "net", make(chan struct{})
		s.start()
		begin := time.Now()
		err := s.stop()
		if took := time.Since(begin); err == nil || took > 6*time.Second {
			t.Errorf("%v after %v", err, took)
		}
		if !slices.Contains(s.story, "-storage") {
			t.Errorf("storage was not closed: %v", s.story)
		}
		close(s.until)
		synctest.Wait()
		if n := supervise.Live(s.sys); n != 0 {
			t.Errorf("%d actors are left", n)
		}
	})
}

func TestRootThatCrashesEndsTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.tree = actors.Start(s.sys, actors.Config{
			Storage:  s.part("storage", s.storage),
			Registry: registry.Config{Now: time.Now},
			Account:  func(actors.Deps) *actor.Props { panic(actortest.Injected{Site: "account"}) },
			Fatal:    func(err error) { s.fatals = append(s.fatals, err) },
		})
		synctest.Wait()
		if len(s.fatals) != 1 || supervise.Live(s.sys) != 0 {
			t.Errorf("fatal: %v; %d actors left", s.fatals, supervise.Live(s.sys))
		}
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
}
