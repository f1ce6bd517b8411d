package actors_test

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors"
	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/actors/user"
	"github.com/greenroom-chat/greenroom/net/conn"
	"github.com/greenroom-chat/greenroom/net/listen"
	"github.com/greenroom-chat/greenroom/persistence"
)

// server is a whole server in virtual time: every actor is the real one, the
// store is in memory, and clients come through a listener of pipes.
type server struct {
	t      *testing.T
	sys    *actor.ActorSystem
	tree   *actors.Tree
	store  *memory
	census *actortest.Census
	port   *port

	limits room.Limits
	faults []actor.PropsOption // of every actor but the root
	before func(*conn.Config)

	mu      sync.Mutex
	pids    map[string]*actor.PID // who has been seen as what
	ends    []string              // the parts that have ended, in order
	ready   int
	fatals  []error
	clients []*client
}

// serve runs the test with a server, and stops that if the test has not.
func serve(t *testing.T, change func(*server), test func(*server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &server{
			t: t, sys: actortest.System(t), store: newMemory(), census: actortest.NewCensus(), port: newPort(),
			pids: map[string]*actor.PID{},
		}
		if change != nil {
			change(s)
		}
		s.start()
		defer s.stopped()
		test(s)
	})
}

func (s *server) start() {
	opts := append([]actor.PropsOption{s.census.Option(), actor.WithReceiverMiddleware(s.spot)}, s.faults...)
	everywhere := actortest.Everywhere(opts...)
	kept := persistence.ActorConfig{Store: s.store}
	s.tree = actors.Start(s.sys, actors.Config{
		Storage:         supervise.Props(persistence.NewStorage(kept), actor.WithSupervisor(actors.Policy()), everywhere),
		Registry:        registry.Config{Encode: conn.Encode, Now: time.Now, Room: s.limits},
		RegistryOptions: []actor.PropsOption{everywhere},
		Account: func(d actors.Deps) *actor.Props {
			return supervise.Props(account.New(account.Config{
				Records: d.Records, Registry: d.Registry, TestHash: true, WeakPasswords: true, Workers: 2, Deadline: 20 * time.Second,
			}), everywhere)
		},
		Net: func(d actors.Deps) *actor.Props {
			cfg := conn.Defaults()
			cfg.AccountRequired, cfg.Rate = false, 0
			cfg.Server = "irc.test"
			cfg.Host = func(net.Addr) string { return "host.test" }
			cfg.Registry, cfg.Account, cfg.Records = d.Registry, d.Account, d.Records
			if s.before != nil {
				s.before(&cfg)
			}
			return listen.Props(listen.Config{
				Sockets:  []listen.Socket{{Address: "127.0.0.1:0", Open: s.port.open}},
				Conn:     func(sock net.Conn) *actor.Props { return conn.Props(&cfg, sock) },
				Farewell: func(reason string) any { return conn.Drain{Reason: reason} },
			}, everywhere)
		},
		Ready: func([]string) { s.ready++ },
		Fatal: func(err error) { s.fatals = append(s.fatals, err) },
	})
	s.rest()
}

// pass lets time pass, and everybody come to rest.
func (s *server) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// rest gives everything the time for what needs no time-out.
func (s *server) rest() { s.pass(time.Second) }

// spot learns who is who.
func (s *server) spot(next actor.ReceiverFunc) actor.ReceiverFunc {
	return func(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
		switch m := e.Message.(type) {
		case *actor.Started:
			s.know(ctx.Self().Id[strings.LastIndexByte(ctx.Self().Id, '/')+1:], ctx.Self())
		case *actor.Stopped:
			s.part(ctx.Self())
		case user.Attach:
			s.know("user "+m.Profile.Nick, ctx.Self())
		case user.Welcome:
			s.know("conn "+m.Profile.Nick, ctx.Self())
		case records.Opened:
			s.know(strings.TrimSpace("room "+m.Room.Name+strings.Join(m.Room.Pair[:], " ")), ctx.Self())
		default:
			if fmt.Sprintf("%T", m) == "*room.packet" {
				s.know("relay", ctx.Self())
			}
		}
		next(ctx, e)
	}
}

// part notes the end of a child of the root.
func (s *server) part(pid *actor.PID) {
	if root, name, _ := strings.Cut(pid.Id, "/"); root == "$1" && !strings.Contains(name, "/") {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ends = append(s.ends, name)
	}
}

func (s *server) know(name string, pid *actor.PID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pids[name] = pid
}

func (s *server) pid(name string) *actor.PID {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pids[name] == nil {
		s.t.Fatalf("nobody was seen as %q: %v", name, s.pids)
	}
	return s.pids[name]
}

func (s *server) crash(name string) { s.sys.Root.Send(s.pid(name), actortest.Crash{}) }

// stopped ends the server in order and checks that nothing is left.
func (s *server) stopped() {
	if err := s.tree.Stop(5 * time.Second); err != nil {
		s.t.Error(err)
	}
	for _, c := range s.clients {
		_ = c.sock.Close()
	}
	s.pass(time.Minute) // the last dead letters and timers
	if n := supervise.Live(s.sys); n != 0 {
		s.t.Errorf("%d actors are left", n)
	}
	if s.store.twice {
		s.t.Error("two commits ran at once")
	}
}

// port is a listener of pipes, which can be bound again.
type port struct {
	mu    sync.Mutex
	bound *socket
}

type socket struct {
	*port
	conns chan net.Conn
	end   chan struct{}
	once  sync.Once
}

func newPort() *port { return &port{} }

var errBound = errors.New("address in use")

func (p *port) open(string, string) (net.Listener, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bound != nil {
		return nil, errBound
	}
	p.bound = &socket{port: p, conns: make(chan net.Conn), end: make(chan struct{})}
	return p.bound, nil
}

func (l *socket) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.end:
		return nil, net.ErrClosed
	}
}

func (l *socket) Close() error {
	l.once.Do(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.port.bound = nil
		close(l.end)
	})
	return nil
}

func (l *socket) Addr() net.Addr { return local }

var local = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 6667}

type pipe struct{ net.Conn }

func (pipe) RemoteAddr() net.Addr { return local }

// dial waits until somebody listens.
func (p *port) dial() net.Conn {
	for {
		p.mu.Lock()
		l := p.bound
		p.mu.Unlock()
		if l != nil {
			near, far := net.Pipe()
			select {
			case l.conns <- pipe{far}:
				return near
			case <-l.end:
			}
		}
		time.Sleep(time.Second)
	}
}
