package listen

import (
	"net"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/net/conn"
	"github.com/greenroom-chat/greenroom/net/origin"
)

// Reasons of Rejected.
const (
	tooManyOfAddress = "too many connections from this address"
	tooManyInAll     = "too many connections"
	serverStopping   = "the server is stopping"
)

// member is a connection as net counts it.
type member struct {
	pid  *actor.PID
	from *source // nil: not counted
	// stranger: it has not said who it is. Of these, waiting ones wait for us,
	// as a password of theirs is being looked at.
	stranger, waiting bool
	// mute: nothing has come from it, since it has come at came.
	mute    bool
	sock    net.Conn // while it is a stranger
	came    time.Time
	leaving bool // it was told to give way
}

// source is an IPv4 address or an IPv6 /64 that connections come from.
type source struct {
	key       string
	conns     int
	strangers int
	known     bool // somebody has logged in from there
}

// Undelivered closes a socket that found net ended, or ending.
func (a accepted) Undelivered(actor.SenderContext) { cut(a.Sock) }

// accepted gives a socket to a connection of its own, or closes it. No word is
// said to who is rejected: it would have to wait for a TLS handshake.
func (n *network) accepted(ctx actor.Context, sock net.Conn) {
	from := n.sourceOf(sock.RemoteAddr())
	if reason := n.refusal(ctx, from); reason != "" {
		n.forget(from)
		ctx.ActorSystem().EventStream.Publish(Rejected{sock.RemoteAddr().String(), reason})
		cut(sock)
		return
	}
	m := &member{pid: ctx.SpawnPrefix(n.cfg.Conn(sock), "conn-"), from: from, mute: true, came: time.Now()}
	n.conns[m.pid.Id] = m
	if from != nil {
		from.conns++
	}
	if from != nil || n.cfg.CountLocal {
		m.sock = sock
		n.addStranger(m)
	}
}

// refusal says why there is no place for one more from there, after somebody
// whom nobody knows was asked to make room.
func (n *network) refusal(ctx actor.Context, from *source) string {
	cfg := &n.cfg
	switch {
	case n.draining:
		return serverStopping
	case from != nil && (cfg.PerAddress > 0 && from.conns >= cfg.PerAddress || over(from.strangers, cfg.StrangersPerAddress)) &&
		!n.makeRoom(ctx, from):
		return tooManyOfAddress
	case (cfg.Total > 0 && len(n.conns)-n.leaving >= cfg.Total || over(len(n.strangers), cfg.Strangers)) && !n.makeRoom(ctx, nil):
		return tooManyInAll
	}
	return ""
}

// over tells whether a limit is reached; below 0 there is none.
func over(count, limit int) bool { return limit >= 0 && count >= limit }

// known hears who has logged in, or is in as a guest.
func (n *network) known(m conn.Known) {
	it := n.conns[m.Conn.Id]
	if it == nil {
		return
	}
	if it.leaving { // it had said so before it was told
		it.leaving = false
		n.leaving--
		if it.from != nil {
			it.from.conns++
		}
	}
	n.noStranger(it)
	if it.from != nil && !m.Guest {
		n.remember(it.from)
	}
}

// left hears that a connection has ended.
func (n *network) left(it *member) {
	delete(n.conns, it.pid.Id)
	n.noStranger(it)
	switch {
	case it.leaving:
		n.leaving--
	case it.from != nil:
		it.from.conns--
		n.forget(it.from)
	}
}

// sourceOf is nil for this machine's own addresses, which are not counted.
func (n *network) sourceOf(addr net.Addr) *source {
	if origin.IsLocal(addr) {
		return nil
	}
	key := origin.Of(addr)
	if n.sources[key] == nil {
		n.sources[key] = &source{key: key}
	}
	return n.sources[key]
}

// forget lets go of a source that is nothing any more.
func (n *network) forget(from *source) {
	if from != nil && from.conns == 0 && from.strangers == 0 && !from.known {
		delete(n.sources, from.key)
	}
}

// cut closes without the goodbye of TLS, which would wait for the peer.
func cut(sock net.Conn) {
	if secure, ok := sock.(interface{ NetConn() net.Conn }); ok {
		sock = secure.NetConn()
	}
	_ = sock.Close()
}
