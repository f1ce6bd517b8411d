package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/greenroom-chat/greenroom/net/ws"
)

func startSite(t *testing.T, cfg SiteConfig) *Site {
	t.Helper()
	if cfg.About == nil {
		cfg.About = func() About { return About{} }
	}
	if cfg.Address == "" {
		cfg.Address = "127.0.0.1:0"
	}
	s, err := StartSite(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(time.Second); err != nil {
			t.Error(err)
		}
	})
	return s
}

// listener accepts at the door.
func listener(t *testing.T, s *Site) net.Listener {
	t.Helper()
	l, err := s.Door.Listen("", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func dialWS(t *testing.T, s *Site, header http.Header, protocols ...string) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, answer, err := websocket.Dial(ctx, strings.Replace(s.URL(), "http", "ws", 1)+"/ws", &websocket.DialOptions{HTTPHeader: header, Subprotocols: protocols})
	if err == nil {
		t.Cleanup(func() { c.CloseNow() })
	}
	return c, answer, err
}

func TestAttack73OriginsAreChecked(t *testing.T) {
	s := startSite(t, SiteConfig{Origins: []string{"https://chat.example.org"}})
	l := listener(t, s)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	for origin, want := range map[string]int{
		"":                                  101,
		s.URL():                             101,
		"https://chat.example.org":          101,
		"https://evil.example":              403,
		"null":                              403,
		"http://chat.example.org":           403,
		"https://chat.example.org.evil.com": 403,
		"http://localhost":                  403,
		"not an origin":                     403,
	} {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		_, answer, err := dialWS(t, s, header)
		if answer == nil || answer.StatusCode != want {
			t.Errorf("%q: %v %v, want %d", origin, answer, err, want)
		}
	}
}

func TestAttack73ANameThatWasMadeToLieHereIsNotServed(t *testing.T) {
	s := startSite(t, SiteConfig{Origins: []string{"https://chat.example.org"}})
	for host, want := range map[string]int{
		"evil.example": 403, "evil.example:8067": 403, "127.0.0.1.evil.example": 403,
		"localhost": 200, "127.0.0.1:1": 200, "[::1]:8067": 200, "chat.example.org": 200,
	} {
		r, _ := http.NewRequest("GET", s.URL()+"/about.json", nil)
		r.Host = host
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s: %d, want %d", host, answer.StatusCode, want)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestAttack76OnlyTrustedProxiesSpeakForOthers(t *testing.T) {
	trusted := proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	for _, c := range []struct{ peer, forwarded, want string }{
		{"192.0.2.1:5", "203.0.113.9", "192.0.2.1:5"},
		{"10.1.1.1:5", "203.0.113.9", "203.0.113.9:5"},
		{"10.1.1.1:5", "198.51.100.7, 203.0.113.9", "203.0.113.9:5"},
		{"10.1.1.1:5", "198.51.100.7, 10.2.2.2", "198.51.100.7:5"},
		{"10.1.1.1:5", "1.2.3.4, nonsense", "10.1.1.1:5"},
		{"10.1.1.1:5", "", "10.1.1.1:5"},
		{"[::1]:5", "2001:db8::7", "[2001:db8::7]:5"},
		{"10.1.1.1:5", "::ffff:203.0.113.9", "203.0.113.9:5"},
	} {
		r := httptest.NewRequest("GET", "/ws", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := trusted.remote(r).String(); got != c.want {
			t.Errorf("%s for %q: %s, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
}

func TestWhileNobodyListensAConnectionIsClosed(t *testing.T) {
	s := startSite(t, SiteConfig{})
	first := listener(t, s)
	second := listener(t, s)
	first.Close() // as an earlier incarnation, late
	dialWS(t, s, nil, ws.TextLines)
	sock, err := second.Accept()
	if err != nil {
		t.Fatal(err)
	}
	sock.Close()
	second.Close()
	if _, err := second.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v", err)
	}
	c, _, err := dialWS(t, s, nil, ws.TextLines)
	if err == nil {
		_, _, err = c.Read(context.Background())
	}
	if err == nil {
		t.Error("somebody came in though nobody listens")
	}
}

func TestThoseWhoChatTakeNoPlaceOfThoseWhoLoadThePage(t *testing.T) {
	s := startSite(t, SiteConfig{})
	l := listener(t, s)
	for range 2 * maxSiteAddress {
		if _, _, err := dialWS(t, s, nil, ws.TextLines); err != nil {
			t.Fatal(err)
		}
		sock, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { sock.(*ws.Conn).NetConn().Close() })
	}
	if n := len(s.slots.slots); n > maxSiteAddress {
		t.Errorf("%d places are taken", n)
	}
}

func TestOneAddressMayHoldSoManyConnectionsOfThePage(t *testing.T) {
	p := newPerAddress(nil, 2, proxies{netip.MustParsePrefix("10.0.0.0/8")})
	for i, want := range []bool{true, true, false} {
		if p.add("a", 1) != want {
			t.Errorf("connection %d of an address is let in: %v", i+1, !want)
		}
	}
	if !p.add("b", 1) {
		t.Error("another address has to wait")
	}
	p.add("a", -1)
	if !p.add("a", 1) {
		t.Error("who leaves makes room")
	}
	for addr, want := range map[string]bool{"127.0.0.1:1": false, "10.1.2.3:1": false, "192.0.2.1:1": true, "[2001:db8::1]:1": true} {
		a, _ := net.ResolveTCPAddr("tcp", addr)
		if _, counted := p.sourceOf(a); counted != want {
			t.Errorf("%s is counted: %v", addr, counted)
		}
	}
}
