package web

import (
	"net"
	"sync"
)

// throttled accepts no more connections at once than it has slots for: the
// others wait in the kernel.
type throttled struct {
	net.Listener
	slots  chan struct{}
	closed chan struct{}
	once   sync.Once
}

func newThrottled(l net.Listener, most int) *throttled {
	return &throttled{Listener: l, slots: make(chan struct{}, most), closed: make(chan struct{})}
}

func (t *throttled) Accept() (net.Conn, error) {
	select {
	case t.slots <- struct{}{}:
	case <-t.closed:
		return nil, net.ErrClosed
	}
	conn, err := t.Listener.Accept()
	if err != nil {
		<-t.slots
		return nil, err
	}
	return &slotted{Conn: conn, free: sync.OnceFunc(func() { <-t.slots })}, nil
}

func (t *throttled) Close() error {
	t.once.Do(func() { close(t.closed) })
	return t.Listener.Close()
}

// slotted gives its slot back when it is closed.
type slotted struct {
	net.Conn
	free func()
}

// release gives it back before that: the connection is somebody else's now.
func (s *slotted) release() { s.free() }

// NetConn is the connection without its slot.
func (s *slotted) NetConn() net.Conn { return s.Conn }

func (s *slotted) Close() error {
	defer s.free()
	return s.Conn.Close()
}
