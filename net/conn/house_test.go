package conn_test

import (
	"crypto/tls"
	"net"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/net/conn"
	"github.com/greenroom-chat/greenroom/net/listen"
)

// house is net, through which people come as they do in a server.
type house struct {
	cfg   listen.Config
	door  *door // nil: real sockets
	ready chan []string
	addrs []string
}

// newHouse has one socket; it is a door of the test's unless real is set.
func newHouse(secure *tls.Config, real bool, change func(*listen.Config)) *house {
	h := &house{ready: make(chan []string, 1)}
	socket := listen.Socket{Address: "127.0.0.1:0", TLS: secure}
	if !real {
		h.door = &door{come: make(chan net.Conn), closed: make(chan struct{})}
		socket.Open = func(string, string) (net.Listener, error) { return h.door, nil }
	}
	h.cfg.Sockets = []listen.Socket{socket}
	h.cfg.Farewell = func(reason string) any { return conn.Drain{Reason: reason} }
	if change != nil {
		change(&h.cfg)
	}
	return h
}

func (h *house) props(w *world) *actor.Props {
	h.cfg.Conn = func(sock net.Conn) *actor.Props { return conn.Props(&w.cfg, sock) }
	return listen.Props(h.cfg)
}

// withinHouse is within, with a door that people come through.
func withinHouse(t *testing.T, change func(*conn.Config), secure *tls.Config, limits func(*listen.Config), test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { inWorld(t, change, newHouse(secure, false, limits), test) })
}

// door is a listener that accepts whom the test brings.
type door struct {
	come   chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (d *door) Accept() (net.Conn, error) {
	select {
	case sock := <-d.come:
		return sock, nil
	case <-d.closed:
		return nil, net.ErrClosed
	}
}

func (d *door) Close() error {
	d.once.Do(func() { close(d.closed) })
	return nil
}

func (d *door) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 6697} }

// come brings somebody from an address to the door; theirs: over TLS.
func (w *world) come(name, from string, theirs *tls.Config) *client {
	near, far := net.Pipe()
	w.house.door.come <- at{far, from}
	c := &client{w: w, name: name, sock: near, far: &counted{Conn: far}}
	if theirs != nil {
		c.sock = tls.Client(near, theirs)
	}
	return w.attend(c)
}
