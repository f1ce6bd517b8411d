// Package listen is the supervisor of everything that touches the network: an
// actor named net here, whose children are the listeners and the connections.
//
// Net owns the list of sockets to be bound, the number of connections in all
// and per address, and who of them has not signed in. A restart of it loses
// every connection: it stops them, the clients connect again, and history fills
// the gap; so it is kept trivial. It forgets where people have logged in from. A
// listener owns one bound socket and the goroutine that accepts on it; when it
// is restarted it binds again, and connections live on. A connection is spawned
// by what Config.Conn makes and is stopped at its first failure.
package listen

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors"
	"github.com/greenroom-chat/greenroom/actors/gauge"
	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/net/conn"
)

// Facts, published on the event stream.
type (
	// BindFailed says that a socket cannot be bound; it is tried again. Until
	// all have been bound once, the parent is told actors.NetFailed instead.
	BindFailed struct {
		Address string
		Err     error
	}
	// Paused says that accepting waits; Reason is for people.
	Paused struct {
		Address, Reason string
		Err             error
	}
	// Resumed says that accepting goes on.
	Resumed struct{ Address string }
	// Bound says that a socket accepts, also when it is bound again.
	Bound struct{ Address string }
	// Rejected says that a connection was closed at once.
	Rejected struct{ Remote, Reason string }
)

// ErrNotLoopback: plaintext is asked for on an address that others can reach.
var ErrNotLoopback = errors.New("plaintext is allowed on loopback addresses only")

// What is sent between net, its listeners and itself.
type (
	// bound and unbound tell net of the socket at Index.
	bound struct {
		Index   int
		Address string
	}
	unbound struct {
		Index int
		Err   error
	}
	accepted struct{ Sock net.Conn }
	// heard says that something has come on a connection, if only the beginning
	// of a handshake.
	heard   struct{ Sock net.Conn }
	respawn struct{ Index int }
	// patience is over for the connections.
	patience struct{}
)

// respawnAfter is how long a listener rests that failed too often.
const respawnAfter = 5 * time.Second

// Props is how net is to be spawned.
func Props(cfg Config, opts ...actor.PropsOption) *actor.Props {
	up := new(bool)
	cfg = cfg.withDefaults()
	opts = append([]actor.PropsOption{actor.WithSupervisor(strategy{})}, opts...)
	return supervise.Props(func() actor.Actor { return newNetwork(cfg, up) }, opts...)
}

// network is the actor net.
type network struct {
	cfg       Config
	listeners []*actor.PID // by index; nil: gone
	addresses []string     // by index; empty: not bound
	ready     bool
	up        *bool              // an incarnation has been ready: from then on a failed bind is not the end
	conns     map[string]*member // by PID
	sources   map[string]*source
	strangers []*member // the oldest first
	worst     []*member // burdens' own
	friends   []*source // known ones, the oldest first
	leaving   int       // of conns
	draining  bool
	listening int // listeners left, while draining
	drain     []actors.Drain
	stopped   int // connections that did not go
}

func newNetwork(cfg Config, up *bool) *network {
	return &network{
		cfg:       cfg,
		up:        up,
		listeners: make([]*actor.PID, len(cfg.Sockets)),
		addresses: make([]string, len(cfg.Sockets)),
		conns:     map[string]*member{},
		sources:   map[string]*source{},
	}
}

func (n *network) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		n.started(ctx)
	case *actor.Stopping, *actor.Restarting:
		n.abandon(ctx)
	case *actor.Terminated:
		n.gone(ctx, m.Who)
	case bound:
		n.bound(ctx, m)
	case unbound:
		n.unbound(ctx, m)
	case accepted:
		n.accepted(ctx, m.Sock)
	case heard:
		n.heard(m.Sock)
	case conn.Speaking:
		n.speaking(m)
	case conn.LoggingIn:
		n.loggingIn(m)
	case conn.Known:
		n.known(m)
	case respawn:
		n.listen(ctx, m.Index)
	case actors.Tell:
		n.tellAll(ctx, m.Message)
	case actors.Drain:
		n.drained(ctx, m)
	case patience:
		n.stopConns(ctx)
	case gauge.Ask:
		n.measure(ctx, m)
	default:
		supervise.Stray(ctx)
	}
}

func (n *network) started(ctx actor.Context) {
	for i := range n.cfg.Sockets {
		n.listen(ctx, i)
	}
	n.announce(ctx)
}

// listen spawns the listener at index, unless the end has begun.
func (n *network) listen(ctx actor.Context, index int) {
	if n.draining || n.listeners[index] != nil {
		return
	}
	pid, err := ctx.SpawnNamed(listenerProps(index, n.cfg.Sockets[index], n.cfg.ListenerOptions), listenerName(index))
	if err != nil {
		n.unbound(ctx, unbound{index, err})
		n.later(ctx, respawnAfter, respawn{index})
		return
	}
	n.listeners[index] = pid
}

// later sends net a message; the timer outlives it harmlessly.
func (n *network) later(ctx actor.Context, delay time.Duration, m any) {
	root, self := ctx.ActorSystem().Root, ctx.Self()
	time.AfterFunc(delay, func() { root.Send(self, m) })
}

func (n *network) bound(ctx actor.Context, m bound) {
	n.addresses[m.Index] = m.Address
	ctx.ActorSystem().EventStream.Publish(Bound{n.cfg.Sockets[m.Index].Address})
	n.announce(ctx)
}

func (n *network) unbound(ctx actor.Context, m unbound) {
	address := n.cfg.Sockets[m.Index].Address
	if *n.up {
		ctx.ActorSystem().EventStream.Publish(BindFailed{address, m.Err})
		return
	}
	n.tell(ctx, actors.NetFailed{Err: fmt.Errorf("listen on %s: %w", address, m.Err)})
}

func (n *network) tell(ctx actor.Context, m any) {
	if parent := ctx.Parent(); parent != nil {
		ctx.Send(parent, m)
	}
}

func (n *network) announce(ctx actor.Context) {
	if n.ready {
		return
	}
	for _, address := range n.addresses {
		if address == "" {
			return
		}
	}
	n.ready, *n.up = true, true
	n.tell(ctx, actors.NetReady{Addrs: slices.Clone(n.addresses)})
}

// gone hears of the end of a child: a connection, mostly.
func (n *network) gone(ctx actor.Context, who *actor.PID) {
	if it := n.conns[who.Id]; it != nil {
		n.left(it)
		n.finish(ctx)
		return
	}
	for i, pid := range n.listeners {
		if pid == nil || !pid.Equal(who) {
			continue
		}
		n.listeners[i] = nil
		if n.draining {
			n.listening--
			n.sayFarewell(ctx)
		} else {
			n.later(ctx, respawnAfter, respawn{i})
		}
	}
}
