package ws

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// goodbyeWithin is how long a peer may take to say goodbye, too.
const goodbyeWithin = time.Second

// Conn is a WebSocket seen as a stream of lines. Like any other socket of ours it
// has one reader and one writer at a time; Close may be called from anywhere.
// Deadlines are those of the socket below, whatever they end with.
type Conn struct {
	net.Conn // what is below: a socket, or TLS
	remote   net.Addr
	origins  Origins

	ws     atomic.Pointer[websocket.Conn] // nil: no handshake yet
	frames *corked
	typ    websocket.MessageType

	message io.Reader // one that has been read in part
	ending  string    // what is left of the line end that a message has not
}

// Read gives a message as one line. A line end within a message is one, too: it
// may harm only who has sent it.
func (c *Conn) Read(b []byte) (int, error) {
	for {
		switch {
		case c.ending != "":
			n := copy(b, c.ending)
			c.ending = c.ending[n:]
			return n, nil
		case c.message == nil:
			_, message, err := c.ws.Load().Reader(context.Background())
			if err != nil {
				return 0, ended(err)
			}
			c.message = message
		}
		n, err := c.message.Read(b)
		switch {
		case errors.Is(err, io.EOF):
			c.message, c.ending = nil, "\r\n"
		case err != nil:
			return n, ended(err)
		}
		if n > 0 {
			return n, nil
		}
	}
}

// ended makes of a goodbye the end of a stream, and of a message that is too
// long what a line is that has no end.
func ended(err error) error {
	switch websocket.CloseStatus(err) {
	case websocket.StatusNormalClosure, websocket.StatusGoingAway, websocket.StatusNoStatusRcvd:
		return io.EOF
	}
	if errors.Is(err, websocket.ErrMessageTooBig) {
		return fmt.Errorf("%w: %w", irc.ErrLineTooLong, err)
	}
	return err
}

// Write sends a message for each line, all of them in one write to the socket.
// The server writes whole lines only.
func (c *Conn) Write(b []byte) (written int, err error) {
	ws := c.ws.Load()
	c.frames.cork(len(b))
	for len(b) > written && err == nil {
		line, _, _ := bytes.Cut(b[written:], []byte("\n"))
		if err = ws.Write(context.Background(), c.typ, bytes.TrimSuffix(line, []byte("\r"))); err == nil {
			written = min(written+len(line)+1, len(b))
		}
	}
	if failed := c.frames.uncork(); failed != nil {
		return 0, failed
	}
	return written, err
}

// Close says goodbye and waits a moment for the peer's; NetConn().Close() does
// neither.
func (c *Conn) Close() error {
	if ws := c.ws.Load(); ws != nil {
		_ = c.Conn.SetDeadline(time.Now().Add(goodbyeWithin)) // without it the library's own holds
		_ = ws.Close(websocket.StatusGoingAway, "")           // the socket is closed all the same
	}
	return c.Conn.Close()
}

// NetConn is the socket, below TLS too, so that to close it takes no goodbye.
func (c *Conn) NetConn() net.Conn {
	if secure, ok := c.Conn.(interface{ NetConn() net.Conn }); ok {
		return secure.NetConn()
	}
	return c.Conn
}

// ConnectionState is that of TLS; of a connection without, it is zero.
func (c *Conn) ConnectionState() (none tls.ConnectionState) {
	if secure, ok := c.Conn.(interface{ ConnectionState() tls.ConnectionState }); ok {
		return secure.ConnectionState()
	}
	return none
}

// RemoteAddr is who speaks, as far as that is known.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// corked holds back what is written while it is corked, so that many frames
// leave at once. The library writes control frames from its reader meanwhile.
type corked struct {
	net.Conn
	mu   sync.Mutex
	held []byte
	on   bool
}

// mostHeld is about what is held back at the most.
const mostHeld = 16 << 10

func (c *corked) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.on {
		return c.Conn.Write(b)
	}
	c.held = append(c.held, b...)
	if len(c.held) < mostHeld {
		return len(b), nil
	}
	return len(b), c.flush()
}

func (c *corked) cork(about int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.on, c.held = true, make([]byte, 0, min(about+about/8, mostHeld))
}

func (c *corked) uncork() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.on = false
	err := c.flush()
	c.held = nil // who is silent holds nothing
	return err
}

func (c *corked) flush() error {
	if len(c.held) == 0 {
		return nil
	}
	_, err := c.Conn.Write(c.held)
	c.held = c.held[:0]
	return err
}
