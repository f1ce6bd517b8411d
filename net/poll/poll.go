// Package poll tells when a socket has something to read, so that a connection
// whose client is silent needs neither a goroutine nor a buffer. On Linux one
// epoll instance does this for all of them; elsewhere nothing can be watched,
// and a connection keeps the goroutine that waits for it.
package poll

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// ErrUnsupported: this system, or this kind of connection, cannot be watched.
var ErrUnsupported = errors.New("poll: not supported here")

// Conn is a connection that waits in Read until it is watched, as any other
// does, and never afterwards.
type Conn struct {
	net.Conn
	poller *Poller
	raw    syscall.RawConn
	watch  watch

	// Of a Read that does not wait: one at a time, so that it allocates nothing.
	try func(fd uintptr) bool
	buf []byte
	n   int
	err error

	// The same of a TryWrite.
	put  func(fd uintptr)
	rest []byte
	done int
	fail error
}

// NewConn prepares a connection to be watched. What cannot be watched is
// returned as it is.
func (p *Poller) NewConn(sock net.Conn) net.Conn {
	tcp, ok := sock.(*net.TCPConn)
	if p == nil || !ok {
		return sock
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return sock
	}
	c := &Conn{Conn: sock, poller: p, raw: raw}
	c.try, c.put = c.read, c.write
	return c
}

// Watch lets the poller call wake each time something has come, also when that
// was before, and when the peer has ended. From then on Read does not wait: it
// returns os.ErrDeadlineExceeded when there is nothing. wake runs on the
// poller's goroutine and must not wait.
func (c *Conn) Watch(wake func()) error { return c.poller.add(c, wake) }

// Read waits only as long as nobody watches. It has one caller at a time.
func (c *Conn) Read(buf []byte) (int, error) {
	if !c.watch.on() {
		return c.Conn.Read(buf)
	}
	c.buf = buf
	err := c.raw.Read(c.try)
	n := c.n
	if err == nil {
		err = c.err
	}
	c.buf, c.n, c.err = nil, 0, nil
	return n, err
}

// TryWrite writes what the kernel takes at once, which may be nothing, and never
// waits. It has one caller at a time, and no Write beside it.
func (c *Conn) TryWrite(buf []byte) (int, error) {
	c.rest = buf
	err := c.raw.Control(c.put)
	n := c.done
	if err == nil {
		err = c.fail
	}
	c.rest, c.done, c.fail = nil, 0, nil
	return n, err
}

// Close ends the watch and the connection.
func (c *Conn) Close() error {
	c.poller.remove(c)
	return c.Conn.Close()
}

// nothing is what a Read that does not wait returns when nothing is there.
var nothing = os.ErrDeadlineExceeded
