package fault

import (
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
)

// Listen binds; what it returns fails to accept while a fault says so. An
// address with port 0 is bound to the same port each time, so that clients
// find a listener again that was restarted.
func (in *Injectors) Listen(network, address string) (net.Listener, error) {
	in.mu.Lock()
	known, again := in.ports[address]
	in.mu.Unlock()
	if !again {
		known = address
	}
	l, err := net.Listen(network, known)
	if err != nil {
		return nil, err
	}
	in.mu.Lock()
	in.ports[address] = l.Addr().String()
	in.mu.Unlock()
	return &listener{Listener: l, in: in}, nil
}

// listener keeps a connection that it may not accept, as the kernel would.
type listener struct {
	net.Listener
	in *Injectors

	mu   sync.Mutex
	held net.Conn
}

// Accept has one caller at a time.
func (l *listener) Accept() (net.Conn, error) {
	if err := l.arrived(); err != nil {
		return nil, err
	}
	if _, hit := l.in.struck(ofKind(AcceptFails), "accept"); hit {
		return nil, &net.OpError{
			Op: "accept", Net: l.Addr().Network(), Addr: l.Addr(), Err: os.NewSyscallError("accept4", syscall.EMFILE),
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	conn := l.held
	if l.held = nil; conn == nil {
		return nil, net.ErrClosed
	}
	return conn, nil
}

// arrived waits until there is a connection to accept.
func (l *listener) arrived() error {
	l.mu.Lock()
	waiting := l.held != nil
	l.mu.Unlock()
	if waiting {
		return nil
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = conn
	return nil
}

// Close resets who is still waiting.
func (l *listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.Listener.Close()
	if l.held != nil {
		err = errors.Join(err, l.held.Close())
		l.held = nil
	}
	return err
}
