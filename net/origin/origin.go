// Package origin says by what those who connect are counted.
package origin

import (
	"net"
	"net/netip"
)

// Of is where an address comes from: an IPv4 address, or the /64 of an IPv6
// one, as whoever has one of those has them all. It is empty for what is no
// address of the internet.
func Of(addr net.Addr) string {
	ip := ipOf(addr)
	switch {
	case !ip.IsValid():
		return ""
	case ip.Is6() && !ip.IsLoopback():
		prefix, _ := ip.Prefix(64) // cannot fail for 64 bits of IPv6
		return prefix.String()
	}
	return ip.String()
}

// IsLocal tells whether an address is this machine's own.
func IsLocal(addr net.Addr) bool { return ipOf(addr).IsLoopback() }

func ipOf(addr net.Addr) netip.Addr {
	if addr == nil {
		return netip.Addr{}
	}
	parsed, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return netip.Addr{}
	}
	return parsed.Addr().Unmap().WithZone("")
}
