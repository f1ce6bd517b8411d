package listen

import (
	"cmp"
	"crypto/tls"
	"net"
	"net/netip"
	"runtime"
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/net/poll"
)

// Config is what net is made from.
type Config struct {
	Sockets []Socket
	// Conn makes the actor that owns an accepted connection, TLS around it
	// where the socket says so, but with no handshake made yet.
	Conn func(sock net.Conn) *actor.Props
	// Farewell makes the message that tells a connection to say goodbye and
	// end.
	Farewell func(reason string) any
	// PerAddress is the most connections of one IPv4 address or IPv6 /64;
	// loopback is not counted. Total is the most of all, and those that are
	// just giving way are above it. 0: no limit.
	PerAddress, Total int
	// Strangers is the most connections that have not signed in, and
	// StrangersPerAddress those of one address; a new one takes the place of
	// one that is there. 0: an eighth of Total within 64 and 4,096, or 1,024;
	// and half of PerAddress. Below 0: no limit.
	Strangers, StrangersPerAddress int
	// CountLocal counts those from loopback among Strangers.
	CountLocal bool
	// Handshakes is how many TLS handshakes may begin to compute at once, and as
	// many more may go on; 0: as many as there are processors.
	Handshakes int
	// ListenerOptions are added to the Props of each listener.
	ListenerOptions []actor.PropsOption
}

// Socket is one address to listen on.
type Socket struct {
	Address string
	TLS     *tls.Config // nil: plaintext
	// AllowPlaintext lifts the rule that plaintext is for loopback only.
	AllowPlaintext bool
	// Proxies are the networks of those who have to say for whom they speak.
	Proxies []netip.Prefix
	// WebSocket speaks IRC over WebSocket, also to pages of Origins.
	WebSocket bool
	Origins   []string
	// Open binds; nil: TCP.
	Open func(network, address string) (net.Listener, error)
	// Poller watches the connections that are silent; nil: each keeps a
	// goroutine.
	Poller *poll.Poller

	turns turns // one for all sockets
}

// firstStrangers is how many there may be when Total has no limit.
const firstStrangers = 1024

// withDefaults computes the limits that are not given.
func (c Config) withDefaults() Config {
	turns := newTurns(cmp.Or(c.Handshakes, runtime.GOMAXPROCS(0)))
	c.Sockets = slices.Clone(c.Sockets)
	for i := range c.Sockets {
		c.Sockets[i].turns = turns
	}
	if c.Strangers == 0 {
		c.Strangers = firstStrangers
		if c.Total > 0 {
			c.Strangers = min(max(c.Total/8, 64), 4*firstStrangers)
		}
	}
	if c.StrangersPerAddress == 0 {
		c.StrangersPerAddress = -1
		if c.PerAddress > 0 {
			c.StrangersPerAddress = (c.PerAddress + 1) / 2
		}
	}
	return c
}
