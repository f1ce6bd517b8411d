package ws

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

func TestAttack73ForeignOriginsAreRefused(t *testing.T) {
	addr, ends := listening(t, "https://chat.example.org", "http://localhost:8000/")
	for _, c := range []struct {
		origin string
		want   int
	}{
		{"", http.StatusSwitchingProtocols}, // no page
		{"Origin: https://chat.example.org\r\n", http.StatusSwitchingProtocols},
		{"Origin: HTTPS://CHAT.EXAMPLE.ORG\r\n", http.StatusSwitchingProtocols},
		{"Origin: http://localhost:8000\r\n", http.StatusSwitchingProtocols},
		{"Origin: https://evil.example.org\r\n", http.StatusForbidden},
		{"Origin: http://chat.example.org\r\n", http.StatusForbidden}, // the host that was asked for, but it serves no page
		{"Origin: https://chat.example.org.evil.example\r\n", http.StatusForbidden},
		{"Origin: null\r\n", http.StatusForbidden},
		{"Origin: \r\n", http.StatusForbidden},
		{"Origin: https://chat.example.org\r\nOrigin: https://evil.example.org\r\n", http.StatusForbidden},
	} {
		_, answer := asked(t, addr, request(c.origin))
		if e := <-ends; answer.StatusCode != c.want || (e.err == nil) != (c.want == http.StatusSwitchingProtocols) {
			t.Errorf("%q: %s, %v", c.origin, answer.Status, e.err)
		}
	}
}

func TestAnHTTPSideMayAllowItsOwnHost(t *testing.T) {
	r := httptest.NewRequest("GET", "https://chat.example.org/ws", nil)
	r.Header.Set("Origin", "https://chat.example.org")
	if (Origins{}).Allow(r) || !(Origins{Own: true}).Allow(r) {
		t.Error("its own host is not told from others")
	}
	r.Header.Set("Origin", "https://evil.example.org")
	if (Origins{Own: true}).Allow(r) || !(Origins{Allowed: []string{"*"}}).Allow(r) {
		t.Error("a foreign host is not told from all")
	}
}

func TestUpgradeIsForHTTPServers(t *testing.T) {
	ends := make(chan end, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := Upgrade(w, r, Origins{Own: true}, &net.TCPAddr{IP: net.IPv4(198, 51, 100, 7), Port: 1})
		ends <- end{c, err}
	}))
	defer s.Close()
	client := dial(t, s.Listener.Addr().String(), &websocket.DialOptions{Subprotocols: []string{TextLines}})
	e := <-ends
	if e.err != nil || e.conn.RemoteAddr().String() != "198.51.100.7:1" {
		t.Fatalf("%+v", e)
	}
	if err := client.Write(t.Context(), websocket.MessageText, []byte("PING x")); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(e.conn).ReadString('\n'); line != "PING x\r\n" {
		t.Errorf("%q, %v", line, err)
	}
	go func() { _, _, _ = client.Read(t.Context()) }() // says goodbye, too
	_ = e.conn.Close()
}

func TestWhatIsNoGoodRequestIsRefusedAndBounded(t *testing.T) {
	addr, ends := listening(t)
	for name, text := range map[string]string{
		"no upgrade":     "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"another method": strings.Replace(request(""), "GET", "POST", 1),
		"old":            strings.Replace(request(""), "HTTP/1.1", "HTTP/1.0", 1),
		"another level":  strings.Replace(request(""), "Version: 13", "Version: 8", 1),
		"no key":         strings.Replace(request(""), "Sec-WebSocket-Key", "X-Key", 1),
		"a body":         request("Content-Length: 5\r\n") + "hello",
		"chunks":         request("Transfer-Encoding: chunked\r\n"),
	} {
		_, answer := asked(t, addr, text)
		if e := <-ends; e.err == nil || answer.StatusCode < 400 {
			t.Errorf("%s: %s", name, answer.Status)
		}
	}
	for name, text := range map[string]string{
		"no HTTP":      "NICK ann\r\nUSER ann 0 * :Ann\r\n",
		"no request":   "\r\n\r\n",
		"endless":      "GET /" + strings.Repeat("x", 1<<20),
		"many headers": request(strings.Repeat("X: y\r\n", 1<<16)),
	} {
		sock, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = io.WriteString(sock, text) }() // ends when the server hangs up
		var told interface{ HandshakeFault() string }
		if e := <-ends; !errors.As(e.err, &told) || told.HandshakeFault() != "websocket" {
			t.Errorf("%s: %v", name, e.err)
		}
		_ = sock.Close()
	}
}
