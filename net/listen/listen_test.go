package listen

import (
	"errors"
	"net"
	"os"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"go.uber.org/goleak"

	"github.com/greenroom-chat/greenroom/actors"
	"github.com/greenroom-chat/greenroom/actors/actortest"
)

func TestMain(m *testing.M) {
	if os.Getenv(fewFiles) != "" {
		serveWithFewFiles()
		return
	}
	goleak.VerifyTestMain(m)
}

func TestReadyIsSaidOnceWhenEveryListenerAccepts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 2, false, func(_ *Config, w *world) { w.at[1].set(syscall.EADDRINUSE) })
		_, facts := w.settle()
		if len(facts) != 1 || !errors.Is(facts[0].(actors.NetFailed).Err, syscall.EADDRINUSE) {
			t.Fatalf("facts %v, want the bind error, once", facts)
		}
		w.at[1].set(nil)
		time.Sleep(firstRebind)
		_, facts = w.settle()
		if len(facts) != 1 || !slices.Equal(facts[0].(actors.NetReady).Addrs, []string{"127.0.0.1:6697", "127.0.0.1:6697"}) {
			t.Errorf("facts %v, want NetReady", facts)
		}
	})
}

func TestBindingIsTriedAgainLessAndLessOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 1, false, func(_ *Config, w *world) { w.at[0].set(syscall.EACCES) })
		time.Sleep(time.Minute)
		w.settle()
		if w.at[0].binds < 10 || w.at[0].binds > 20 {
			t.Errorf("%d attempts in a minute", w.at[0].binds)
		}
	})
}

func TestPlaintextIsRefusedBeyondLoopback(t *testing.T) {
	for addr, want := range map[string]bool{
		"127.0.0.1:1": true, "[::1]:1": true, "localhost:1": true, "127.8.9.1:1": true,
		":1": false, "0.0.0.0:1": false, "192.0.2.1:1": false, "example.org:1": false, "nonsense": false,
	} {
		a := acceptor{cfg: Socket{Address: addr, Open: func(string, string) (net.Listener, error) { return nil, nil }}}
		if _, err := a.open(); errors.Is(err, ErrNotLoopback) == want {
			t.Errorf("%s: %v", addr, err)
		}
		a.cfg.AllowPlaintext = true
		if _, err := a.open(); err != nil {
			t.Errorf("%s, allowed: %v", addr, err)
		}
	}
}

func TestAttack72AcceptBacksOffWhenFilesRunOutAndRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 1, false, nil)
		w.settle()
		l := w.at[0].listener()
		w.connect(0, "192.0.2.1:1")
		begin := time.Now()
		for range 20 {
			l.results <- &net.OpError{Op: "accept", Err: syscall.EMFILE}
		}
		if took := time.Since(begin); took < 10*time.Second || took > 20*time.Second {
			t.Errorf("20 errors took %v: they must neither spin nor stall", took)
		}
		w.connect(0, "192.0.2.1:2")
		words, facts := w.settle()
		if len(facts) != 2 || !errors.Is(facts[0].(Paused).Err, syscall.EMFILE) || facts[0].(Paused).Reason == "" || facts[1] != any(Resumed{"127.0.0.1:0"}) {
			t.Errorf("facts %v, want Paused and Resumed once each", facts)
		}
		if !slices.Equal(words, []string{"open", "open"}) {
			t.Errorf("connections %q: the first must live on and the second be served", words)
		}
	})
}

func TestErrorsOfAcceptAreJudgedOneByOne(t *testing.T) {
	for _, err := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.EPERM, errors.New("new")} {
		if reason, good := judge(&net.OpError{Err: err}); !good || reason == "" {
			t.Errorf("%v: %q", err, reason)
		}
	}
	for _, err := range []error{net.ErrClosed, syscall.EBADF, syscall.EINVAL, syscall.ENOTSOCK} {
		if _, good := judge(&net.OpError{Err: err}); good {
			t.Errorf("%v does not break the socket", err)
		}
	}
}

func TestABrokenListenerBindsAgainWhileConnectionsLiveOn(t *testing.T) {
	for name, fault := range map[string]any{"broken socket": syscall.EBADF, "panic": "in accept"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := start(t, 1, false, nil)
				w.settle()
				first := w.connect(0, "192.0.2.1:1")
				old := w.at[0].listener()
				old.results <- fault
				w.settle()
				time.Sleep(firstRebind)
				w.settle()
				if now := w.at[0].listener(); now == nil || now == old {
					t.Fatal("not bound again")
				}
				second := w.connect(0, "192.0.2.1:2")
				words, _ := w.settle()
				if !slices.Equal(words, []string{"open"}) || hungUp(first) || hungUp(second) {
					t.Errorf("connections %q", words)
				}
			})
		})
	}
}

func TestARestartedListenerFreesItsAddressForTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 1, false, nil)
		w.settle()
		conn, old := w.connect(0, "192.0.2.1:1"), w.at[0].listener()
		child := actor.NewPID(w.net.Address, w.net.Id+"/"+listenerName(0))
		process, _ := w.sys.ProcessRegistry.GetLocal(child.Id)
		process.SendSystemMessage(child, &actor.Restart{})
		_, facts := w.settle()
		if now := w.at[0].listener(); now == nil || now == old || len(facts) != 0 || hungUp(conn) {
			t.Errorf("facts %v, listener %p after %p, hung up: %v", facts, now, old, hungUp(conn))
		}
	})
}

// fragile is a socket that makes the listener crash.
type fragile struct{ net.Listener }

func (fragile) Close() error { panic(actortest.Injected{Site: "close"}) }

func TestAListenerThatCrashesIsRestartedSoonAndAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 1, false, nil)
		w.settle()
		conn, old := w.connect(0, "192.0.2.1:1"), w.at[0].listener()
		w.settle()
		w.sys.Root.Send(actor.NewPID(w.net.Address, w.net.Id+"/"+listenerName(0)), opened{Sock: fragile{}})
		w.settle()
		time.Sleep(firstRebind)
		w.settle()
		if now := w.at[0].listener(); now == nil || now == old || hungUp(conn) {
			t.Errorf("listener %p after %p, hung up: %v", now, old, hungUp(conn))
		}
	})
}

func TestAConnectionThatFailsIsStoppedAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 1, false, func(cfg *Config, _ *world) { cfg.PerAddress = 2 })
		w.settle()
		first := w.connect(0, "192.0.2.1:1")
		w.signIn()
		second := w.connect(0, "192.0.2.1:2")
		w.signIn()
		w.settle()
		w.sys.Root.Send(w.newest(), "crash")
		words, _ := w.settle()
		if !slices.Equal(words, []string{"ended"}) || hungUp(first) == hungUp(second) {
			t.Errorf("connections %q", words)
		}
		if third := w.connect(0, "192.0.2.1:3"); hungUp(third) {
			t.Error("the place of the dead is not free")
		}
	})
}

func TestConnectionsAreLimitedPerAddressAndInAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 1, false, func(cfg *Config, _ *world) { cfg.PerAddress, cfg.Total = 2, 7 })
		w.settle()
		for _, c := range []struct {
			from string
			in   bool
		}{
			{"192.0.2.1:1", true}, {"192.0.2.1:2", true}, {"192.0.2.1:3", false}, {"[::ffff:192.0.2.1]:4", false},
			{"[2001:db8:0:1::1]:1", true}, {"[2001:db8:0:1::2]:1", true}, {"[2001:db8:0:1:f::3]:1", false},
			{"127.0.0.1:1", true}, {"127.0.0.1:2", true}, {"127.0.0.1:3", true}, {"192.0.2.9:1", false},
		} {
			conn := w.connect(0, c.from)
			synctest.Wait()
			if hungUp(conn) == c.in {
				t.Errorf("%s: let in is not %v", c.from, c.in)
			}
			w.signIn()
		}
		_, facts := w.settle()
		var reasons []string
		for _, fact := range facts {
			if r, ok := fact.(Rejected); ok {
				reasons = append(reasons, r.Reason)
			}
		}
		if !slices.Equal(reasons, []string{tooManyOfAddress, tooManyOfAddress, tooManyOfAddress, tooManyInAll}) {
			t.Errorf("reasons %q", reasons)
		}
	})
}

func TestAddressesAreCountedAsLongAsTheyAreConnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 1, false, func(cfg *Config, _ *world) { cfg.PerAddress = 1 })
		w.settle()
		for range 100 {
			conn := w.connect(0, "192.0.2.1:1")
			synctest.Wait()
			if hungUp(conn) {
				t.Fatal("not let in")
			}
			w.sys.Root.Send(w.newest(), farewell{"x"})
			synctest.Wait()
		}
	})
}
