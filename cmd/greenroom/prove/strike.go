package prove

import (
	"context"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/fault"
	"github.com/greenroom-chat/greenroom/net/client"
)

// strike is a fault of the plan, and what came of it.
type strike struct {
	fault.Fault
	struck      bool
	began, over time.Duration
	what        string // the type of message, or the session that was struck
}

const (
	overWithin  = 15 * time.Second     // after the load
	trickleFor  = 2 * time.Second      // of a fault that names no time
	tricklePace = 1 * time.Millisecond // a byte
)

// strikes is the plan as it is carried out.
type strikes struct {
	*trial
	mu   sync.Mutex
	list []*strike
	busy sync.WaitGroup
}

// run strikes when it is time, until ctx is over; all ends with settle.
func (x *strikes) run(ctx, settle context.Context) {
	for _, s := range x.list {
		due := x.ledger.began + s.At
		if !pause(ctx, due-x.ledger.now()) {
			return
		}
		x.busy.Go(func() { x.strike(ctx, settle, s) })
	}
}

func (x *strikes) strike(ctx, settle context.Context, s *strike) {
	switch s.Kind {
	case fault.Kill:
		x.again(settle, s, syscall.SIGKILL)
	case fault.Terminate:
		x.again(settle, s, syscall.SIGTERM)
	case fault.Reset:
		x.reset(ctx, s)
	case fault.HalfOpen:
		x.halfOpen(ctx, s)
	case fault.Stall:
		x.stall(ctx, s)
	case fault.Trickle:
		x.trickle(ctx, settle, s)
	default:
		if inc, err := x.server.current(settle); err == nil {
			inc.order(fault.Order{Strike: &s.Fault})
		}
	}
}

// begins and ends note what came of a fault.
func (x *strikes) begins(s *strike, what string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !s.struck {
		s.struck, s.began, s.what = true, x.ledger.now(), what
	}
}

func (x *strikes) ends(s *strike) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s.over = x.ledger.now()
}

// endWithServer: what went wrong within a server ends with it.
func (x *strikes) endWithServer() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, s := range x.list {
		if s.Kind.InServer() && s.struck && s.over == 0 {
			s.over = x.ledger.now()
		}
	}
}

// reported is what the server says of its faults.
func (x *strikes) reported(r fault.Struck) {
	if r.ID < 1 || r.ID > len(x.list) {
		return
	}
	s := x.list[r.ID-1]
	if r.What != "" || !r.Over {
		x.begins(s, r.What)
	}
	if r.Over {
		x.ends(s)
	}
}

// again ends the server and starts it. Told to end it has to obey in time and
// in order.
func (x *strikes) again(ctx context.Context, s *strike, sig syscall.Signal) {
	x.begins(s, "server")
	took, code, err := x.server.again(ctx, sig, x.endWithServer)
	x.ends(s)
	switch {
	case err != nil && ctx.Err() == nil:
		x.ledger.broke(ended, "after %s the server could not be started: %v", s.Kind, err)
	case err == nil && sig == syscall.SIGTERM:
		x.orderly(took, code)
	}
}

func (x *strikes) reset(ctx context.Context, s *strike) {
	m := x.members[(s.ID*7)%len(x.members)]
	if session := m.inside(ctx, m.rooms[0]); session != nil {
		x.begins(s, session.name)
		session.reset()
		x.ends(s)
	}
}

// halfOpen is somebody whose cable was pulled before they had said who they
// are.
func (x *strikes) halfOpen(ctx context.Context, s *strike) {
	inc, err := x.server.current(ctx)
	if err != nil {
		return
	}
	raw, err := net.Dial("tcp", inc.address.Address)
	if err != nil {
		return
	}
	defer raw.Close()
	x.begins(s, "a new connection")
	<-ctx.Done()
	x.ends(s)
}

// stall is a member of the first room that stops reading.
func (x *strikes) stall(ctx context.Context, s *strike) {
	still := &stillConn{closed: make(chan struct{})}
	c := x.guest(ctx, fmt.Sprintf("stall%d", s.ID), func(raw net.Conn) net.Conn {
		still.Conn = raw
		return still
	})
	if c == nil {
		return
	}
	defer c.Close()
	if _, err := c.Join(ctx, x.members[0].rooms[0].name, ""); err != nil {
		return
	}
	x.begins(s, "a member of "+x.members[0].rooms[0].name)
	still.stop()
	<-ctx.Done()
	x.ends(s)
}

// guest signs in somebody who takes no part in the checks.
func (x *strikes) guest(ctx context.Context, name string, wrap func(net.Conn) net.Conn) *client.Client {
	again := client.Backoff{Min: firstRetry, Max: lastRetry}
	for register := true; ; register = !register { // it may have been made when that could not be told
		inc, err := x.server.current(ctx)
		if err != nil {
			return nil
		}
		within, cancel := context.WithTimeout(ctx, signInWithin)
		c, err := client.Dial(within, client.Options{
			Addr: inc.address.Address, VerifyKey: pinned(inc.address.Fingerprint), Nick: name, Password: password,
			Register: register, DropEvents: true, KeepAlive: 2 * answerWithin, Dial: wrapped(wrap),
		})
		cancel()
		if err == nil {
			return c
		}
		if !pause(ctx, again.Next()) {
			return nil
		}
	}
}

// trickle is a member like others whose line carries a byte at a time.
func (x *strikes) trickle(ctx, settle context.Context, s *strike) {
	name := fmt.Sprintf("slow%d", s.ID)
	m := newMember(name, name, x.ledger, x.server, x.cfg.Seed+uint64(s.ID))
	m.rooms, m.lost = x.members[0].rooms[:1], x.cut
	m.dial = wrapped(func(raw net.Conn) net.Conn { return slowConn{raw} })
	stay, leave := context.WithCancel(settle)
	var living sync.WaitGroup
	living.Go(func() { m.live(stay) })
	if m.inside(ctx, m.rooms[0]) != nil {
		x.begins(s, name)
		load, over := context.WithTimeout(ctx, max(s.For, trickleFor))
		m.chatter(load, settle)
		over()
		m.under.Wait()
		x.ends(s)
	}
	leave()
	living.Wait()
}

// wrapped dials and puts something around the connection.
func wrapped(wrap func(net.Conn) net.Conn) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		raw, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return wrap(raw), nil
	}
}

// lasting tells whether a fault that was struck is not over.
func (x *strikes) lasting() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, s := range x.list {
		lasts := s.For > 0 && s.Kind.InServer() && s.Kind != fault.PanicBefore && s.Kind != fault.PanicAfter
		if lasts && s.struck && s.over == 0 {
			return true
		}
	}
	return false
}
