package conn

import (
	"net"
	"testing"
)

func TestAnIdleConnectionKeepsNoLargeBuffer(t *testing.T) {
	o := newOutput(nil, 1<<20)
	o.buf = make([]byte, 0, 8<<10)
	if o.finished(writeDone{buf: make([]byte, 0, 8<<10)}); cap(o.buf)+cap(o.spare) > 2*keptIdle {
		t.Errorf("%d and %d bytes are kept", cap(o.buf), cap(o.spare))
	}
	o.buf = make([]byte, 1, 8<<10)
	if o.finished(writeDone{buf: make([]byte, 0, 1<<20)}); cap(o.spare) > keptBusy {
		t.Errorf("%d bytes are kept between two writes", cap(o.spare))
	}
}

func TestAnEventIsShownTheFirstTimeOnly(t *testing.T) {
	var r onceRing
	for n := range uint64(200) {
		if !r.first(n+1) || r.first(n+1) {
			t.Fatalf("event %d", n+1)
		}
	}
	if r.first(150) {
		t.Error("an event of those remembered was shown again")
	}
}

func TestACloakIsTheSameForAnAddressAndTellsNothingOfIt(t *testing.T) {
	at := func(ip string, port int) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: port} }
	host, other := Defaults().Host, Defaults().Host
	if host(at("192.0.2.1", 1)) != host(at("192.0.2.1", 2)) {
		t.Error("it depends on the port")
	}
	if host(at("192.0.2.1", 1)) == host(at("192.0.2.2", 1)) || host(at("192.0.2.1", 1)) == other(at("192.0.2.1", 1)) {
		t.Error("two addresses, or two keys, give the same")
	}
}
