package listen

import (
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors"
	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/net/conn"
)

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

func (p peer) RemoteAddr() net.Addr { return text(p.from) }

// text is an address as it is written.
type text string

func (text) Network() string  { return "tcp" }
func (t text) String() string { return string(t) }

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
	case conn.GiveWay:
		c.w.log("gave way")
		ctx.Stop(ctx.Self())
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

	lastSock net.Conn // of arrive
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
	case actors.NetReady, actors.NetFailed, BindFailed, Paused, Resumed, Rejected:
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
	above := w.sys.Root.Spawn(parent(Props(cfg), func(pid *actor.PID) { w.net = pid }, w.see))
	synctest.Wait()
	t.Cleanup(func() {
		if err := supervise.StopTree(w.sys, above, time.Minute); err != nil {
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

// parent stands for the root of the server: it spawns net and hears it.
func parent(net *actor.Props, spawned func(*actor.PID), hears func(any)) *actor.Props {
	return supervise.Props(func() actor.Actor {
		return actor.ReceiveFunc(func(ctx actor.Context) {
			switch m := ctx.Message().(type) {
			case *actor.Started:
				spawned(ctx.Spawn(net))
			case actors.NetReady, actors.NetFailed:
				hears(m)
			}
		})
	}, actor.WithSupervisor(actors.Policy()))
}

// connect lets the listener at index accept a connection.
func (w *world) connect(index int, from string) net.Conn {
	w.t.Helper()
	theirs, ours := net.Pipe()
	w.t.Cleanup(func() { _ = theirs.Close() })
	w.at[index].listener().results <- peer{ours, from}
	return theirs
}

// arrive lets a connection in without a listener.
func (w *world) arrive(from string) net.Conn {
	theirs, ours := net.Pipe()
	w.t.Cleanup(func() { _ = theirs.Close() })
	w.lastSock = peer{ours, from}
	w.sys.Root.Send(w.net, accepted{w.lastSock})
	return theirs
}

// signIn lets the newest connection say who it is.
func (w *world) signIn() {
	synctest.Wait()
	w.sys.Root.Send(w.net, conn.Known{Conn: w.newest()})
	synctest.Wait()
}

// hungUp tells whether the server has closed its end.
func hungUp(conn net.Conn) bool {
	_ = conn.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := conn.Read(make([]byte, 1))
	return errors.Is(err, io.EOF)
}

// newest is the connection that was opened last.
func (w *world) newest() *actor.PID {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}
