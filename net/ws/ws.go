// Package ws is IRC over WebSocket (ircv3 websocket): a message is a line,
// without its ending. Conn is what the rest of the server sees, a net.Conn that
// carries lines as any other does, and Upgrade and Server are the two ways to
// one: of a request that an HTTP server has, and of a socket that nobody has read
// from.
//
// There is no compression, so that a small frame is a small message; a message is
// no longer than a line may be, in however many fragments; and nobody needs to
// ping, as IRC does.
package ws

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/coder/websocket"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// The subprotocols of ircv3 websocket. Who asks for none is sent text.
const (
	TextLines   = "text.ircv3.net"
	BinaryLines = "binary.ircv3.net"
)

// Origins are those whose pages may connect, such as https://chat.example.org;
// "*" stands for all. Those who send none are no pages, and may.
type Origins struct {
	Allowed []string
	// Own allows the host that was asked for. That is for an HTTP side that
	// serves a page of its own, and knows its own names.
	Own bool
}

// Allow tells whether a request may be upgraded (ATTACKS 73).
func (o Origins) Allow(r *http.Request) bool {
	given := r.Header.Values("Origin")
	if len(given) == 0 {
		return true
	}
	u, err := url.Parse(given[0])
	if len(given) > 1 || err != nil || u.Host == "" {
		return slices.Contains(o.Allowed, "*")
	}
	return o.Own && strings.EqualFold(u.Host, r.Host) || slices.ContainsFunc(o.Allowed, func(allowed string) bool {
		return allowed == "*" || strings.EqualFold(strings.TrimSuffix(allowed, "/"), given[0])
	})
}

// Upgrade makes a connection of a request, on whose origin it has an eye. On
// failure the answer has been given. Remote is who asks.
func Upgrade(w http.ResponseWriter, r *http.Request, origins Origins, remote net.Addr) (*Conn, error) {
	c := &Conn{remote: remote, origins: origins}
	if err := c.upgrade(w, r); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Conn) upgrade(w http.ResponseWriter, r *http.Request) error {
	if !c.origins.Allow(r) {
		http.Error(w, "pages of this origin may not connect", http.StatusForbidden)
		return errOrigin
	}
	taken := &taker{ResponseWriter: w}
	ws, err := websocket.Accept(taken, r, &websocket.AcceptOptions{
		Subprotocols:       preferred(r.Header),
		InsecureSkipVerify: true, // our own check is stricter
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		return refusal{err}
	}
	ws.SetReadLimit(irc.MaxLine)
	c.frames, c.typ = taken.conn, websocket.MessageText
	if ws.Subprotocol() == BinaryLines {
		c.typ = websocket.MessageBinary
	}
	if c.Conn == nil { // it was the HTTP server's
		c.Conn = taken.conn.Conn
	}
	c.ws.Store(ws)
	return nil
}

// preferred is that subprotocol of ours which the client asks for first (ircv3
// websocket: "respecting the client's order of preference").
func preferred(h http.Header) []string {
	for offer := range strings.SplitSeq(strings.Join(h.Values("Sec-WebSocket-Protocol"), ","), ",") {
		switch strings.ToLower(strings.TrimSpace(offer)) {
		case TextLines:
			return []string{TextLines}
		case BinaryLines:
			return []string{BinaryLines}
		}
	}
	return nil
}
