package listen

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"go.uber.org/goleak"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// address is a fake kernel's: at most one listener is bound to it at a time.
type address struct {
	mu      sync.Mutex
	bound   *fakeListener
	bindErr error
	binds   int
}

func (a *address) open(string, string) (net.Listener, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.binds++
	switch {
	case a.bindErr != nil:
		return nil, a.bindErr
	case a.bound != nil:
		return nil, syscall.EADDRINUSE
	}
	a.bound = &fakeListener{at: a, results: make(chan any), closed: make(chan struct{})}
	return a.bound, nil
}

func (a *address) listener() *fakeListener {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.bound
}

func (a *address) set(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.bindErr = err
}

// fakeListener accepts what the test gives it: connections and errors.
type fakeListener struct {
	at      *address
	results chan any
	closed  chan struct{}
	once    sync.Once
}

func (l *fakeListener) Accept() (net.Conn, error) {
	select {
	case r := <-l.results:
		if err, ok := r.(error); ok {
			return nil, err
		}
		if crash, ok := r.(string); ok {
			panic(crash)
		}
		return r.(net.Conn), nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *fakeListener) Close() error {
	l.once.Do(func() {
		l.at.mu.Lock()
		defer l.at.mu.Unlock()
		l.at.bound = nil
		close(l.closed)
	})
	return nil
}

func (l *fakeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 6697} }

// peer is a connection that claims to come from an address.
type peer struct {
	net.Conn
	from string
}

func (p peer) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(p.from)) }

// farewell is what fake connections are told.
type farewell struct{ reason string }

// fakeConn is a connection actor: it ends when told so, unless it is stubborn.
type fakeConn struct {
	w        *world
	sock     net.Conn
	stubborn bool
}

func (c *fakeConn) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		c.w.opened(ctx.Self())
	case farewell:
		c.w.log("told " + m.reason)
		if !c.stubborn {
			ctx.Stop(ctx.Self())
		}
	case string:
		panic(actortest.Injected{Site: m})
	case *actor.Stopped:
		_ = c.sock.Close()
		c.w.log("ended")
	default:
		supervise.Stray(ctx)
	}
}

// world is net among fakes. Its methods are used inside a synctest bubble.
type world struct {
	t     *testing.T
	sys   *actor.ActorSystem
	net   *actor.PID
	at    []*address
	mu    sync.Mutex
	words []string
	facts []any
	last  *actor.PID
}

func (w *world) log(word string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.words = append(w.words, word)
}

func (w *world) opened(pid *actor.PID) {
	w.log("open")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = pid
}

// settle waits for everybody and returns what connections and net have said.
func (w *world) settle() (words []string, facts []any) {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	words, facts = w.words, w.facts
	w.words, w.facts = nil, nil
	return words, facts
}

func (w *world) see(event any) {
	switch event.(type) {
	case Ready, BindFailed, Paused, Resumed, Rejected:
		w.mu.Lock()
		defer w.mu.Unlock()
		w.facts = append(w.facts, event)
	}
}

// start makes net with so many sockets and spawns it when change has had its
// say; everything is gone when the test ends.
func start(t *testing.T, sockets int, stubborn bool, change func(*Config, *world)) *world {
	w := &world{t: t, sys: actortest.System(t)}
	cfg := Config{
		Farewell: func(reason string) any { return farewell{reason} },
		Conn: func(sock net.Conn) *actor.Props {
			return supervise.Props(func() actor.Actor { return &fakeConn{w: w, sock: sock, stubborn: stubborn} })
		},
	}
	for range sockets {
		a := &address{}
		w.at = append(w.at, a)
		cfg.Sockets = append(cfg.Sockets, Socket{Address: "127.0.0.1:0", Open: a.open})
	}
	if change != nil {
		change(&cfg, w)
	}
	w.sys.EventStream.Subscribe(w.see)
	w.net = w.sys.Root.Spawn(Props(cfg))
	t.Cleanup(func() {
		if err := supervise.StopTree(w.sys, w.net, time.Minute); err != nil {
			t.Error(err)
		}
		for _, a := range w.at {
			if a.listener() != nil {
				t.Error("a socket is still bound")
			}
		}
	})
	return w
}

// connect lets the listener at index accept a connection.
func (w *world) connect(index int, from string) net.Conn {
	w.t.Helper()
	theirs, ours := net.Pipe()
	w.t.Cleanup(func() { _ = theirs.Close() })
	w.at[index].listener().results <- peer{ours, from}
	return theirs
}

// hungUp tells whether the server has closed its end.
func hungUp(conn net.Conn) bool {
	_ = conn.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := conn.Read(make([]byte, 1))
	return errors.Is(err, io.EOF)
}

func TestReadyIsSaidOnceWhenEveryListenerAccepts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 2, false, func(_ *Config, w *world) { w.at[1].set(syscall.EADDRINUSE) })
		_, facts := w.settle()
		var failed BindFailed
		if len(facts) == 1 {
			failed, _ = facts[0].(BindFailed)
		}
		if !errors.Is(failed.Err, syscall.EADDRINUSE) || failed.Address != "127.0.0.1:0" {
			t.Fatalf("facts %v, want the bind error", facts)
		}
		w.at[1].set(nil)
		time.Sleep(firstRebind)
		_, facts = w.settle()
		if len(facts) != 1 || !slices.Equal(facts[0].(Ready).Addresses, []string{"127.0.0.1:6697", "127.0.0.1:6697"}) {
			t.Errorf("facts %v, want Ready", facts)
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

// ATTACKS 72.
func TestAcceptBacksOffWhenFilesRunOutAndRecovers(t *testing.T) {
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

func TestAConnectionThatFailsIsStoppedAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 1, false, func(cfg *Config, _ *world) { cfg.PerAddress = 2 })
		w.settle()
		first, second := w.connect(0, "192.0.2.1:1"), w.connect(0, "192.0.2.1:2")
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

// newest is the connection that was opened last.
func (w *world) newest() *actor.PID {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

func TestConnectionsAreLimitedPerAddressAndInAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 1, false, func(cfg *Config, _ *world) { cfg.PerAddress, cfg.Total = 2, 6 })
		w.settle()
		for _, c := range []struct {
			from string
			in   bool
		}{
			{"192.0.2.1:1", true}, {"192.0.2.1:2", true}, {"192.0.2.1:3", false}, {"[::ffff:192.0.2.1]:4", false},
			{"[2001:db8:0:1::1]:1", true}, {"[2001:db8:0:1::2]:1", true}, {"[2001:db8:0:1:f::3]:1", false},
			{"127.0.0.1:1", true}, {"127.0.0.1:2", true}, {"192.0.2.9:1", false},
		} {
			conn := w.connect(0, c.from)
			synctest.Wait()
			if hungUp(conn) == c.in {
				t.Errorf("%s: let in is not %v", c.from, c.in)
			}
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

// drainProbe asks net to drain and keeps the answer.
func (w *world) drainProbe(within time.Duration) *actortest.Probe {
	probe, pid := actortest.NewProbe(w.sys)
	w.sys.Root.Send(w.net, Drain{Ticket: ask.Ticket{ReplyTo: pid, Ref: 7}, Reason: "bye", Within: within})
	return probe
}

func TestDrainClosesListenersThenSaysFarewellThenAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 2, false, nil)
		w.settle()
		w.connect(0, "192.0.2.1:1")
		w.connect(1, "192.0.2.2:1")
		w.settle()
		probe := w.drainProbe(time.Minute)
		words, _ := w.settle()
		slices.Sort(words)
		if !slices.Equal(words, []string{"ended", "ended", "told bye", "told bye"}) || w.at[0].listener() != nil || w.at[1].listener() != nil {
			t.Errorf("connections %q", words)
		}
		if got := probe.Take(); len(got) != 1 || got[0] != any(Drained{Ref: 7}) {
			t.Errorf("answered %v", got)
		}
		again := w.drainProbe(time.Minute)
		w.settle()
		if got := again.Take(); len(got) != 1 {
			t.Errorf("asked again: %v", got)
		}
	})
}

func TestDrainStopsThoseWhoDoNotGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 1, true, nil)
		w.settle()
		conn := w.connect(0, "192.0.2.1:1")
		w.settle()
		begin := time.Now()
		probe := w.drainProbe(2 * time.Second)
		if words, _ := w.settle(); !slices.Equal(words, []string{"told bye"}) || len(probe.Take()) != 0 {
			t.Errorf("%q, or answered before anybody left", words)
		}
		time.Sleep(2 * time.Second)
		w.settle()
		if got := probe.Take(); len(got) != 1 || got[0] != any(Drained{Ref: 7, Left: 1}) || !hungUp(conn) {
			t.Errorf("after %v: %v", time.Since(begin), got)
		}
	})
}

func TestDrainIsAnsweredWhenNetEndsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 1, true, nil)
		w.settle()
		w.connect(0, "192.0.2.1:1")
		w.settle()
		probe := w.drainProbe(time.Hour)
		w.settle()
		w.sys.Root.Stop(w.net)
		w.settle()
		if got := probe.Take(); len(got) != 1 || got[0] != any(ask.Refused{Ref: 7, Reason: ask.ErrStopping}) {
			t.Errorf("answered %v", got)
		}
	})
}

func TestASocketAcceptedWhileDrainingIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 1, true, nil)
		w.settle()
		w.connect(0, "192.0.2.1:1")
		w.settle()
		w.drainProbe(time.Minute)
		w.settle()
		theirs, ours := net.Pipe()
		w.sys.Root.Send(w.net, accepted{peer{ours, "192.0.2.3:1"}})
		words, _ := w.settle()
		if len(words) != 0 || !hungUp(theirs) {
			t.Errorf("connections %q", words)
		}
	})
}
