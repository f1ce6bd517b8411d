package listen

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/pires/go-proxyproto"

	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// teller is a connection that logs who it is for and the first that it hears.
type teller struct {
	w    *world
	sock net.Conn
}

func (c *teller) Receive(ctx actor.Context) {
	switch ctx.Message().(type) {
	case *actor.Started:
		c.w.opened(ctx.Self())
		go func() { // ends with the socket
			buf := make([]byte, 64)
			n, _ := c.sock.Read(buf)
			c.w.log(fmt.Sprintf("%s says %q", c.sock.RemoteAddr(), buf[:n]))
		}()
	case farewell:
		ctx.Stop(ctx.Self())
	case *actor.Stopped:
		_ = c.sock.Close()
	default:
		supervise.Stray(ctx)
	}
}

// proxied has a listener that trusts 10.0.0.0/8 and two connections an address.
func proxied(cfg *Config, w *world) {
	cfg.Sockets[0].Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	cfg.PerAddress = 2
	cfg.Conn = func(sock net.Conn) *actor.Props {
		return supervise.Props(func() actor.Actor { return &teller{w, sock} })
	}
}

func headerOf(t *testing.T, version byte, source string) string {
	t.Helper()
	from, to := netip.MustParseAddrPort(source), netip.MustParseAddrPort("192.0.2.1:6697")
	if from.Addr().Is6() {
		to = netip.MustParseAddrPort("[2001:db8::1]:6697")
	}
	h := proxyproto.HeaderProxyFromAddrs(version, net.TCPAddrFromAddrPort(from), net.TCPAddrFromAddrPort(to))
	raw, err := h.Format()
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestBehindAProxyEverybodyCountsForThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 1, false, proxied)
		w.settle()
		for _, c := range []struct{ header, want string }{
			{headerOf(t, 1, "198.51.100.7:1000"), `198.51.100.7:1000 says "hello"`},
			{headerOf(t, 2, "198.51.100.7:1001"), `198.51.100.7:1001 says "hello"`},
			{headerOf(t, 2, "[2001:db8::7]:1002"), `[2001:db8::7]:1002 says "hello"`},
			{"PROXY UNKNOWN\r\n", `10.0.0.1:5 says "hello"`},
			{"\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00", `10.0.0.1:5 says "hello"`}, // LOCAL: the proxy itself
		} {
			sock := w.connect(0, "10.0.0.1:5")
			go func() { _, _ = io.WriteString(sock, c.header+"hello") }() // in one piece; ends when read
			words, facts := w.settle()
			if !slices.Contains(words, c.want) || len(facts) > 0 {
				t.Errorf("%q: %q, %v", c.header, words, facts)
			}
			w.signIn() // or it would give way to the next of its address
		}
		third := w.connect(0, "10.0.0.2:5")
		go func() { _, _ = io.WriteString(third, headerOf(t, 1, "198.51.100.7:1003")) }()
		if words, facts := w.settle(); len(words) > 0 || !slices.Contains(facts, any(Rejected{"198.51.100.7:1003", tooManyOfAddress})) {
			t.Errorf("a third of one address: %q, %v", words, facts)
		}
	})
}

func TestAttack08BadProxyHeadersAreRefusedInTime(t *testing.T) {
	good := headerOf(t, 2, "198.51.100.7:1000")
	for name, header := range map[string]string{
		"none":      "NICK ann\r\n",
		"silence":   "",
		"truncated": good[:20],
		"half":      "PROXY TCP4 198.51",
		"oversized": good[:14] + "\xff\xff" + strings.Repeat("x", 70_000),
		"endless":   "PROXY " + strings.Repeat("x", 70_000),
		"forged":    "PROXY TCP4 not-an-address 192.0.2.1 1 2\r\n",
		"no TCP":    "\r\n\r\n\x00\r\nQUIT\n\x21\x12\x00\x0c" + strings.Repeat("x", 12),
		"nonsense":  "\r\n\r\n\x00\r\nQUIT\n\xff\xff\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := start(t, 1, false, proxied)
				sock := w.connect(0, "10.0.0.1:5")
				go func() { _, _ = io.WriteString(sock, header) }() // ends when the server hangs up
				time.Sleep(5 * time.Second)
				words, facts := w.settle()
				if len(words) > 0 || !slices.Contains(facts, any(Rejected{"10.0.0.1:5", badHeader})) {
					t.Errorf("%q, %v", words, facts)
				}
				if !hungUp(sock) {
					t.Error("the connection is still there")
				}
			})
		})
	}
}

// Who is not trusted is served like anybody, and its header is what it says.
func TestAttack08AHeaderOfSomebodyElseIsNotBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 1, false, proxied)
		sock := w.connect(0, "203.0.113.9:5")
		go func() { _, _ = io.WriteString(sock, "PROXY TCP4 198.51.100.7 192.0.2.1 1 2\r\n") }()
		words, _ := w.settle()
		if want := `203.0.113.9:5 says "PROXY TCP4 198.51.100.7 192.0.2.1 1 2\r\n"`; !slices.Contains(words, want) {
			t.Errorf("%q", words)
		}
	})
}

func TestAProxyThatSaysNothingHoldsNobodyElseUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 1, false, proxied)
		for range 100 {
			w.connect(0, "10.0.0.1:5")
		}
		sock := w.connect(0, "10.0.0.1:5")
		go func() { _, _ = io.WriteString(sock, headerOf(t, 1, "198.51.100.7:1000")+"hello") }()
		if words, _ := w.settle(); !slices.Contains(words, `198.51.100.7:1000 says "hello"`) {
			t.Errorf("%q", words)
		}
	})
}

func TestBehindAProxyTLSBeginsAfterTheHeader(t *testing.T) {
	id, err := LoadOrMake(t.TempDir(), names, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	address := serve(t, id, netip.MustParsePrefix("127.0.0.0/8"))
	sock, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sock.Close() }()
	if _, err := io.WriteString(sock, headerOf(t, 2, "198.51.100.7:1000")); err != nil {
		t.Fatal(err)
	}
	secure := tls.Client(sock, &tls.Config{InsecureSkipVerify: true})
	_ = secure.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := secure.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(secure, make([]byte, 1)); err != nil {
		t.Error(err)
	}
}
