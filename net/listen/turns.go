package listen

import (
	"net"
	"sync"
)

// turns lets so many TLS handshakes compute at the same time, so that a crowd
// that comes at once leaves the processors to those who are in. The others wait
// in order of arrival, at most as long as a handshake may take, and there are
// no more of them than strangers.
//
// Who has been answered has turns of its own for the rest, or else all would
// begin, and none would end in time.
type turns struct{ begin, goOn chan struct{} }

func newTurns(most int) turns { return turns{make(chan struct{}, most), make(chan struct{}, most)} }

// handshaking is a socket that takes a turn for what its handshake does with
// what was read. While it waits for its peer it has none: a peer that says
// nothing delays nobody. What is written in a handshake fits into the buffer of
// the kernel.
//
// It belongs to the goroutine that shakes hands until HandshakeDone; only Close
// may be called from anywhere.
type handshaking struct {
	net.Conn
	turns  turns
	closed chan struct{} // lets it leave the queue
	once   sync.Once
	next   chan struct{} // where its next turn is had
	has    chan struct{} // where it has one; nil: nowhere
	done   bool
	heard  func() // is told of the first bytes; then nil
}

func (t turns) queue(sock net.Conn, heard func()) net.Conn {
	return &handshaking{Conn: sock, turns: t, closed: make(chan struct{}), next: t.begin, heard: heard}
}

func (h *handshaking) Read(b []byte) (int, error) {
	if h.done {
		return h.Conn.Read(b)
	}
	h.giveBack()
	n, err := h.Conn.Read(b)
	if err != nil {
		return n, err
	}
	if h.heard != nil {
		h.heard()
		h.heard = nil
	}
	select {
	case h.next <- struct{}{}:
		h.has = h.next
		return n, nil
	case <-h.closed:
		return n, net.ErrClosed
	}
}

// Write answers the peer.
func (h *handshaking) Write(b []byte) (int, error) {
	if !h.done {
		h.next = h.turns.goOn
	}
	return h.Conn.Write(b)
}

func (h *handshaking) giveBack() {
	if h.has != nil {
		<-h.has
		h.has = nil
	}
}

// NetConn is the socket itself.
func (h *handshaking) NetConn() net.Conn { return h.Conn }

// HandshakeDone is called by who has shaken hands, whatever came of it.
func (h *handshaking) HandshakeDone() {
	h.giveBack()
	h.done = true
}

// Close also ends the wait for a turn.
func (h *handshaking) Close() error {
	h.once.Do(func() { close(h.closed) })
	return h.Conn.Close()
}
