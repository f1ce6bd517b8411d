package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// proxies are those whose X-Forwarded-For is believed.
type proxies []netip.Prefix

func (p proxies) trust(addr netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

// remote is who asks: the peer, or whom trusted proxies speak for. The header
// grows at its right end, so that what a client wrote into it itself stands
// left of what the first trusted proxy saw, and is never reached.
func (p proxies) remote(r *http.Request) net.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return unknownAddr(r.RemoteAddr)
	}
	at := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && p.trust(at); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		at = hop.Unmap()
	}
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(at, peer.Port()))
}

// unknownAddr is what a request came from when that is no address of the
// internet.
type unknownAddr string

func (unknownAddr) Network() string  { return "http" }
func (a unknownAddr) String() string { return string(a) }
