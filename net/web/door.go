package web

import (
	"errors"
	"net"
	"sync"
	"time"
)

// errShut: nobody accepts at present, as the server starts, stops or has more
// to do than it can.
var errShut = errors.New("nobody takes new connections now")

// takenWithin is how long a connection waits to be accepted.
const takenWithin = 2 * time.Second

// Door is where connections that came in by HTTP enter the chat: as a
// net.Listener, so that they are admitted, counted and owned as those of any
// other listener.
type Door struct {
	addr  net.Addr
	knock chan net.Conn

	mu   sync.Mutex
	open *opening // nil: nobody listens
}

// newDoor makes one that nobody listens at yet.
func newDoor(addr net.Addr) *Door { return &Door{addr: addr, knock: make(chan net.Conn)} }

// Listen is the Open of a listen.Socket. Who listens anew takes the place of
// who did before.
func (d *Door) Listen(string, string) (net.Listener, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open = &opening{door: d, closed: make(chan struct{})}
	return d.open, nil
}

// enter hands a connection over; who is not let in still owns it.
func (d *Door) enter(c net.Conn) error {
	d.mu.Lock()
	open := d.open
	d.mu.Unlock()
	if open == nil {
		return errShut
	}
	timer := time.NewTimer(takenWithin)
	defer timer.Stop()
	select {
	case d.knock <- c:
		return nil
	case <-open.closed:
	case <-timer.C:
	}
	return errShut
}

// opening is a Door from one Listen to its Close.
type opening struct {
	door   *Door
	closed chan struct{}
	once   sync.Once
}

// Accept waits for somebody to enter.
func (o *opening) Accept() (net.Conn, error) {
	select {
	case c := <-o.door.knock:
		return c, nil
	case <-o.closed:
		return nil, net.ErrClosed
	}
}

// Close shuts the door, unless somebody else listens by now.
func (o *opening) Close() error {
	o.once.Do(func() { close(o.closed) })
	o.door.mu.Lock()
	defer o.door.mu.Unlock()
	if o.door.open == o {
		o.door.open = nil
	}
	return nil
}

// Addr is that of the HTTP side.
func (o *opening) Addr() net.Addr { return o.door.addr }
