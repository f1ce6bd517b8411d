package web

import (
	"net"
	"net/netip"
	"sync"

	"github.com/greenroom-chat/greenroom/net/origin"
)

// perAddress closes at once what comes from an address that has as many
// connections as it may. Loopback and proxies, who speak for many, are not
// counted.
type perAddress struct {
	net.Listener
	most    int
	proxies proxies

	mu   sync.Mutex
	open map[string]int
}

func newPerAddress(l net.Listener, most int, trusted proxies) *perAddress {
	return &perAddress{Listener: l, most: most, proxies: trusted, open: map[string]int{}}
}

func (p *perAddress) Accept() (net.Conn, error) {
	for {
		conn, err := p.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from, counted := p.sourceOf(conn.RemoteAddr())
		if !counted {
			return conn, nil
		}
		if p.add(from, 1) {
			return &slotted{Conn: conn, free: sync.OnceFunc(func() { p.add(from, -1) })}, nil
		}
		_ = conn.Close()
	}
}

func (p *perAddress) sourceOf(addr net.Addr) (from string, counted bool) {
	if at, err := netip.ParseAddrPort(addr.String()); err == nil && p.proxies.trust(at.Addr()) {
		return "", false
	}
	from = origin.Of(addr)
	return from, from != "" && !origin.IsLocal(addr)
}

// add is false when there is no place for one more.
func (p *perAddress) add(from string, n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n > 0 && p.open[from] >= p.most {
		return false
	}
	if p.open[from] += n; p.open[from] == 0 {
		delete(p.open, from)
	}
	return true
}
