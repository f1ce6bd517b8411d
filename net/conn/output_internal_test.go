package conn

import (
	"net"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

func TestADeliveryAllocatesNoMoreThanItsMessages(t *testing.T) {
	sys, cfg := benchWorld(t)
	client, pid := signedIn(t, sys, cfg, loopback(t))
	deliver := deliveries(t, sys, client, pid)
	// A goroutine for each of two turns, and one for the write: where the kernel
	// cannot be asked and nobody keeps goroutines.
	if n := testing.AllocsPerRun(1000, deliver); n > 3 {
		t.Errorf("%v allocations", n)
	}
	client.Close()
	if err := supervise.StopTree(sys, pid, time.Minute); err != nil {
		t.Fatal(err)
	}
}

func TestAnIdleConnectionKeepsNoBuffer(t *testing.T) {
	cfg := Defaults()
	c := &conn{out: newOutput(nil, &cfg)}
	o := &c.out
	o.append(func(dst []byte) []byte { return append(dst, "one"...) })
	c.flight()
	o.flight.box, o.flight.buf, o.box, o.buf = o.box, o.buf, nil, nil
	if again := o.finished(); again || o.box != nil || o.flight.box != nil || o.buf != nil || o.flight.buf != nil {
		t.Errorf("it keeps %v and %v", o.buf, o.flight.buf)
	}
}

func TestALargeBufferIsNotUsedAgain(t *testing.T) {
	var b buffers
	large := make([]byte, keptBuffer+1)
	b.giveBack(&large)
	if got := b.take(); cap(*got) > keptBuffer {
		t.Errorf("%d bytes are kept", cap(*got))
	}
}

func TestAFlushThatComesLateLeavesTheLastWordsAlone(t *testing.T) {
	cfg := Defaults()
	c := &conn{ended: true, out: newOutput(nil, &cfg)}
	<-c.flight().landed // as lastWords does
	c.flush(nil)
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

func TestOfManyEventsThoseAreShownThatAreNew(t *testing.T) {
	var c conn
	first := &room.Lines{Bytes: []byte("abcd"), Parts: []room.Part{{End: 1, Once: 1}, {End: 3}, {End: 4, Once: 2}}}
	second := &room.Lines{Bytes: []byte("efgh"), Parts: []room.Part{{End: 2, Once: 2}, {End: 3}, {End: 4, Once: 3}}}
	if got := string(c.appendNew(c.appendNew(nil, first), second)); got != "abcdgh" {
		t.Errorf("shown %q", got)
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
