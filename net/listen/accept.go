package listen

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/net/ws"
)

// Delays after an error of accept.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
)

// sendBuffer is what the kernel may hold for a reader that has stalled; our own
// queue, which has a limit, holds the rest.
const sendBuffer = 32 << 10

// keepAlive finds peers that have vanished without a word.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4}

// acceptor is the goroutine of a listener.
type acceptor struct {
	cfg               Socket
	stint             *stint
	root              *actor.RootContext
	listener, network *actor.PID
	introducing       chan struct{} // has an element for each header that is being read
}

// run binds and accepts until stop, or until the socket is broken.
func (a acceptor) run(stop context.Context) {
	defer func() {
		if reason := recover(); reason != nil {
			a.root.Send(a.listener, closed{a.stint, errors.New("accept panicked: " + supervise.Cause(reason))})
		}
	}()
	sock, err := a.open()
	if err != nil {
		a.root.Send(a.listener, openFailed{a.stint, err})
		return
	}
	release := context.AfterFunc(stop, func() { _ = sock.Close() })
	defer release()
	a.root.Send(a.listener, opened{a.stint, sock})
	if err := a.accept(stop, sock); err != nil {
		_ = sock.Close()
		a.root.Send(a.listener, closed{a.stint, err})
	}
}

func (a acceptor) open() (net.Listener, error) {
	if a.cfg.TLS == nil && !a.cfg.AllowPlaintext && !loopback(a.cfg.Address) {
		return nil, fmt.Errorf("listen on %s: %w", a.cfg.Address, ErrNotLoopback)
	}
	open := a.cfg.Open
	if open == nil {
		open = net.Listen
	}
	return open("tcp", a.cfg.Address)
}

// loopback does not resolve names: what one means may change.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// accept returns nil at stop, or why the socket is of no use any more.
func (a acceptor) accept(stop context.Context, sock net.Listener) error {
	pause := time.Duration(0)
	for {
		conn, err := sock.Accept()
		if err == nil { // at the end too: net knows whether it is wanted
			if pause > 0 {
				pause = 0
				a.root.Send(a.listener, resumed{a.stint})
			}
			a.welcome(stop, conn)
			continue
		}
		if stop.Err() != nil {
			return nil
		}
		reason, good := judge(err)
		if !good {
			return err
		}
		if pause == 0 {
			a.root.Send(a.listener, paused{a.stint, reason, err})
		}
		pause = min(max(2*pause, firstPause), lastPause)
		select {
		case <-time.After(pause):
		case <-stop.Done():
		}
	}
}

// judge says what an error of accept means, and whether the listening socket
// is still good. What concerns only the connection that was to be accepted
// (accept(2)) is waited out like the rest: it is rare, and 5 ms are nothing.
func judge(err error) (reason string, good bool) {
	switch {
	case errors.Is(err, net.ErrClosed), errors.Is(err, syscall.EBADF), errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.ENOTSOCK):
		return "the listening socket is broken", false
	case errors.Is(err, syscall.EMFILE):
		return "this process has too many open files: raise ulimit -n", true
	case errors.Is(err, syscall.ENFILE):
		return "this machine has too many open files: raise fs.file-max", true
	case errors.Is(err, syscall.ENOBUFS), errors.Is(err, syscall.ENOMEM):
		return "the kernel is out of memory for sockets", true
	case errors.Is(err, syscall.EPERM):
		return "a firewall rule forbids it", true
	case errors.Is(err, syscall.ECONNABORTED), errors.Is(err, syscall.EPROTO), errors.Is(err, syscall.ENETDOWN),
		errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.EHOSTDOWN):
		return "a client went away before it was accepted", true
	}
	return "accept failed", true
}

// welcome hands a connection on, at once or when it is known whose it is.
func (a acceptor) welcome(stop context.Context, conn net.Conn) {
	trusted := a.cfg.trusts(conn.RemoteAddr())
	conn = a.dress(conn)
	if trusted {
		a.introduce(stop, conn)
		return
	}
	a.root.Send(a.network, accepted{a.protect(conn)})
}

// dress sets what the kernel should know, and has the connection watched while
// it is silent; a WebSocket cannot be stopped in the middle of a frame.
func (a acceptor) dress(conn net.Conn) net.Conn {
	if tcp, ok := conn.(*net.TCPConn); ok {
		// All three are refinements: a socket without them works.
		_ = tcp.SetNoDelay(true)
		_ = tcp.SetWriteBuffer(sendBuffer)
		_ = tcp.SetKeepAliveConfig(keepAlive)
	}
	if a.cfg.WebSocket {
		return conn
	}
	return a.cfg.Poller.NewConn(conn)
}

// protect puts TLS and WebSocket around, whose handshakes are made by the
// connection's own reader.
func (a acceptor) protect(conn net.Conn) (dressed net.Conn) {
	if a.cfg.TLS != nil {
		conn = tls.Server(a.cfg.turns.queue(conn, func() { a.root.Send(a.network, heard{dressed}) }), a.cfg.TLS)
	}
	if a.cfg.WebSocket {
		conn = ws.Server(conn, ws.Origins{Allowed: a.cfg.Origins})
	}
	dressed = conn
	return dressed
}
