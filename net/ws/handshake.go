package ws

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// mostHeader is what a request may take before it is upgraded.
const mostHeader = 8 << 10

// refusal is why a request was not upgraded.
type refusal struct{ error }

// HandshakeFault is a word for metrics.
func (refusal) HandshakeFault() string { return "websocket" }

func (r refusal) Unwrap() error { return r.error }

var errOrigin = refusal{errors.New("a foreign origin")}

// Server makes a connection of a socket that has nothing read from it yet, with
// or without TLS around it. Nothing is read or written before HandshakeContext.
func Server(sock net.Conn, origins Origins) *Conn {
	return &Conn{Conn: sock, remote: sock.RemoteAddr(), origins: origins}
}

// HandshakeContext does what has to be done before lines come: TLS, and the
// request. It has as long as the context has.
func (c *Conn) HandshakeContext(ctx context.Context) error {
	if c.ws.Load() != nil {
		return nil
	}
	if secure, ok := c.Conn.(interface{ HandshakeContext(context.Context) error }); ok {
		if err := secure.HandshakeContext(ctx); err != nil {
			return err
		}
	}
	if until, ok := ctx.Deadline(); ok {
		_ = c.Conn.SetDeadline(until) // an error comes back from reading too
	}
	in := &io.LimitedReader{R: c.Conn, N: mostHeader}
	buffered := bufio.NewReader(in)
	r, err := http.ReadRequest(buffered)
	if err != nil {
		if in.N <= 0 {
			err = errors.New("an endless request")
		}
		return refusal{err}
	}
	w := &response{sock: c.Conn, in: buffered, header: http.Header{}}
	if r.ContentLength != 0 || len(r.TransferEncoding) > 0 {
		http.Error(w, "a request to connect has no body", http.StatusBadRequest)
		return refusal{errors.New("a request with a body")}
	}
	if err := c.upgrade(w, r); err != nil {
		return err
	}
	return c.Conn.SetDeadline(time.Time{})
}

// response is an answer to the only request that a socket has.
type response struct {
	sock   net.Conn
	in     *bufio.Reader
	header http.Header
	said   bool
}

func (w *response) Header() http.Header { return w.header }

func (w *response) WriteHeader(status int) {
	if w.said {
		return
	}
	w.said = true
	if status != http.StatusSwitchingProtocols {
		w.header.Set("Connection", "close")
	}
	out := bufio.NewWriter(w.sock)
	fmt.Fprintf(out, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	_ = w.header.Write(out) // as with all of these, an error comes back at the next read or write
	_, _ = out.WriteString("\r\n")
	_ = out.Flush()
}

func (w *response) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.sock.Write(b)
}

// Hijack gives the socket to who speaks another protocol from now on.
func (w *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.sock, bufio.NewReadWriter(w.in, bufio.NewWriter(w.sock)), nil
}

// taker puts a cork on the connection that is hijacked.
type taker struct {
	http.ResponseWriter
	conn *corked
}

// Hijack is called once, when the answer has been given.
func (t *taker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	taken, buffered, err := http.NewResponseController(t.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	t.conn = &corked{Conn: taken}
	buffered.Writer.Reset(t.conn)
	return t.conn, buffered, nil
}
