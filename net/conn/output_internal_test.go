package conn

import (
	"net"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/supervise"
)

func TestADeliveryAllocatesNoMoreThanItsMessages(t *testing.T) {
	sys, cfg := benchWorld(t)
	client, pid := signedIn(t, sys, cfg, loopback(t))
	deliver := deliveries(t, sys, client, pid)
	// Three messages to the actor are what protoactor allocates for.
	if n := testing.AllocsPerRun(1000, deliver); n > 6 {
		t.Errorf("%v allocations", n)
	}
	client.Close()
	if err := supervise.StopTree(sys, pid, time.Minute); err != nil {
		t.Fatal(err)
	}
}

func TestAnIdleConnectionKeepsNoLargeBuffer(t *testing.T) {
	o := newOutput(nil, 1<<20, nil, nil)
	o.buf, o.flight.buf = make([]byte, 0, 8<<10), make([]byte, 0, 8<<10)
	if o.finished(); cap(o.buf)+cap(o.spare) > 2*keptIdle {
		t.Errorf("%d and %d bytes are kept", cap(o.buf), cap(o.spare))
	}
	o.buf, o.flight.buf = make([]byte, 1, 8<<10), make([]byte, 0, 1<<20)
	if o.finished(); cap(o.spare) > keptBusy {
		t.Errorf("%d bytes are kept between two writes", cap(o.spare))
	}
}

func TestAFlushThatComesLateLeavesTheLastWordsAlone(t *testing.T) {
	c := &conn{ended: true, out: newOutput(nil, 1<<20, nil, nil)}
	<-c.out.flight.landed // as lastWords does
	c.flush()
	if c.out.writes > 0 {
		t.Error("a write was begun")
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

// text is an address of another kind.
type text string

func (text) Network() string  { return "text" }
func (t text) String() string { return string(t) }

func TestACloakIsTheSameForAnAddressAndTellsNothingOfIt(t *testing.T) {
	at := func(ip string, port int) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: port} }
	host, other := Defaults().Host, Defaults().Host
	if host(at("192.0.2.1", 1)) != host(at("192.0.2.1", 2)) {
		t.Error("it depends on the port")
	}
	if host(at("192.0.2.1", 1)) == host(at("192.0.2.2", 1)) || host(at("192.0.2.1", 1)) == other(at("192.0.2.1", 1)) {
		t.Error("two addresses, or two keys, give the same")
	}
	if host(at("2001:db8::1", 1)) != host(at("2001:db8::ffff:2", 1)) || host(at("2001:db8::1", 1)) == host(at("2001:db8:0:1::1", 1)) {
		t.Error("whoever has an IPv6 network has many cloaks, or shares one with the next")
	}
	if host(text("somewhere")) == host(text("elsewhere")) {
		t.Error("what is no address of the internet is all the same")
	}
}
