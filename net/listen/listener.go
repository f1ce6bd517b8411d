package listen

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/supervise"
)

const listenerPrefix = "listener-"

func listenerName(index int) string { return fmt.Sprint(listenerPrefix, index) }

// strategy restarts listeners, with a growing delay, and stops connections.
type strategy struct{}

// HandleFailure tells the two kinds of children apart by name.
func (strategy) HandleFailure(sys *actor.ActorSystem, sup actor.Supervisor, child *actor.PID,
	stats *actor.RestartStatistics, reason, message any) {
	rule := supervise.Stopping()
	if name := child.Id[strings.LastIndexByte(child.Id, '/')+1:]; strings.HasPrefix(name, listenerPrefix) {
		rule = supervise.Restarting()
	}
	rule.HandleFailure(sys, sup, child, stats, reason, message)
}

// Delays between attempts to bind.
const (
	firstRebind = 100 * time.Millisecond
	lastRebind  = 5 * time.Second
)

// What the accepting goroutine and timers tell the listener. At says which
// goroutine it was: one of an earlier incarnation may still speak.
type (
	opened struct {
		At   *stint
		Sock net.Listener
	}
	openFailed struct {
		At  *stint
		Err error
	}
	paused struct {
		At     *stint
		Reason string
		Err    error
	}
	resumed struct{ At *stint }
	closed  struct {
		At  *stint
		Err error
	}
	rebind struct{ At *stint }
)

// stint is one goroutine that binds and accepts, from its start to its end.
type stint struct{ end context.CancelFunc }

// listener is the actor of one socket.
type listener struct {
	index int
	cfg   Socket
	now   *stint
	sock  net.Listener // nil: not bound
	delay time.Duration
}

func listenerProps(index int, cfg Socket, opts []actor.PropsOption) *actor.Props {
	return supervise.Props(func() actor.Actor {
		return &listener{index: index, cfg: cfg, delay: firstRebind}
	}, opts...)
}

func (l *listener) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		l.open(ctx)
	case *actor.Stopping, *actor.Restarting:
		l.close()
	case opened:
		l.opened(ctx, m)
	case openFailed:
		l.failed(ctx, m.At, m.Err)
	case closed:
		l.failed(ctx, m.At, m.Err)
	case paused:
		l.publish(ctx, m.At, Paused{l.cfg.Address, m.Reason, m.Err})
	case resumed:
		l.publish(ctx, m.At, Resumed{l.cfg.Address})
	case rebind:
		l.rebind(ctx, m.At)
	default:
		supervise.Stray(ctx)
	}
}

// open starts the goroutine, which ends when close is called or its socket is
// broken.
func (l *listener) open(ctx actor.Context) {
	stop, end := context.WithCancel(context.Background())
	l.now = &stint{end: end}
	a := acceptor{
		cfg: l.cfg, stint: l.now, root: ctx.ActorSystem().Root,
		listener: ctx.Self(), network: ctx.Parent(),
		introducing: make(chan struct{}, mostIntroduced),
	}
	go a.run(stop)
}

// close frees the address at once, so that the next incarnation can bind it.
func (l *listener) close() {
	l.now.end()
	if l.sock != nil {
		_ = l.sock.Close()
		l.sock = nil
	}
}

func (l *listener) opened(ctx actor.Context, m opened) {
	if m.At != l.now {
		_ = m.Sock.Close()
		return
	}
	l.sock, l.delay = m.Sock, firstRebind
	ctx.Send(ctx.Parent(), bound{l.index, m.Sock.Addr().String()})
}

// failed hears that the address could not be bound, or that the socket broke.
func (l *listener) failed(ctx actor.Context, at *stint, err error) {
	if at != l.now {
		return
	}
	l.close()
	ctx.Send(ctx.Parent(), unbound{l.index, err})
	root, self := ctx.ActorSystem().Root, ctx.Self()
	time.AfterFunc(l.delay, func() { root.Send(self, rebind{at}) })
	l.delay = min(2*l.delay, lastRebind)
}

func (l *listener) rebind(ctx actor.Context, at *stint) {
	if at == l.now {
		l.open(ctx)
	}
}

func (l *listener) publish(ctx actor.Context, at *stint, fact any) {
	if at == l.now {
		ctx.ActorSystem().EventStream.Publish(fact)
	}
}
