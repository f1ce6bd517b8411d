package listen

import (
	"net"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/net/origin"
)

// Reasons of Rejected.
const (
	tooManyOfAddress = "too many connections from this address"
	tooManyInAll     = "too many connections"
	serverStopping   = "the server is stopping"
)

// accepted gives a socket to a connection of its own, or closes it. No word is
// said to who is rejected: it would have to wait for a TLS handshake.
func (n *network) accepted(ctx actor.Context, sock net.Conn) {
	key := addressKey(sock.RemoteAddr())
	if reason := n.refusal(key); reason != "" {
		ctx.ActorSystem().EventStream.Publish(Rejected{sock.RemoteAddr().String(), reason})
		cut(sock)
		return
	}
	pid := ctx.Spawn(n.cfg.Conn(sock))
	n.conns[pid.Id] = key
	if key != "" {
		n.counts[key]++
	}
}

func (n *network) refusal(key string) string {
	switch {
	case n.draining:
		return serverStopping
	case n.cfg.Total > 0 && len(n.conns) >= n.cfg.Total:
		return tooManyInAll
	case n.cfg.PerAddress > 0 && n.counts[key] >= n.cfg.PerAddress:
		return tooManyOfAddress
	}
	return ""
}

func (n *network) release(key string) {
	if n.counts[key]--; n.counts[key] <= 0 {
		delete(n.counts, key)
	}
}

// addressKey is what connections are counted by; empty for those that are not
// counted.
func addressKey(addr net.Addr) string {
	if origin.IsLocal(addr) {
		return ""
	}
	return origin.Of(addr)
}

// cut closes without the goodbye of TLS, which would wait for the peer.
func cut(sock net.Conn) {
	if secure, ok := sock.(interface{ NetConn() net.Conn }); ok {
		sock = secure.NetConn()
	}
	_ = sock.Close()
}
