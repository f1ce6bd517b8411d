package main

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/config"
)

func TestADefaultAddressThatIsTakenCostsThePageNotTheChat(t *testing.T) {
	taken, err := net.Listen("tcp", config.Default().Web.Address)
	if err == nil {
		defer taken.Close()
	} // else somebody else has it, which is as good
	srv := serve(t, t.TempDir(), "--listen", "127.0.0.1:0", "--web", "")
	if srv.Web != "off" || !strings.Contains(srv.Log(), "the web page is not served") {
		t.Errorf("the page is said to be at %q\n%s", srv.Web, srv.Log())
	}
	dialTLS(t, srv.Addr).register("ann")
}

func TestThePageOnAnotherAddressThanLoopbackIsEncrypted(t *testing.T) {
	srv := site(t, "--web", "0.0.0.0:0")
	at := strings.Replace(srv.Web, "[::]", "127.0.0.1", 1)
	if !strings.HasPrefix(at, "https://") {
		t.Fatalf("the page is at %s", at)
	}
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true,
	}}
	answer, err := client.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK || answer.ProtoMajor != 2 || answer.TLS.Version != tls.VersionTLS13 {
		t.Errorf("%s %d, TLS %x", answer.Proto, answer.StatusCode, answer.TLS.Version)
	}
	b := newTab(t, at) // which is told to take such a certificate
	b.register("ann")
	b.join("#team")
	b.say("in secret")
	b.until(b.said("in secret") + " === 1")
}

// Those who come by the page are counted as all others are: by the address that
// a trusted proxy speaks for.
func TestAttack76ConnectionsOfThePageAreCountedByWhomTheyAreFor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "greenroom.toml")
	text := "[limits]\nconnections_per_ip = 4\n[web]\ntrusted_proxies = [\"127.0.0.0/8\"]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	srv := site(t, "--config", file)
	var all []*websocket.Conn
	admitted := func(forwarded string) bool {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		c, _, err := websocket.Dial(ctx, strings.Replace(srv.Web, "http", "ws", 1)+"/ws", &websocket.DialOptions{
			Subprotocols: []string{"text.ircv3.net"}, HTTPHeader: http.Header{"X-Forwarded-For": {forwarded}},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.CloseNow() })
		all = append(all, c)
		c.Write(ctx, websocket.MessageText, []byte("CAP LS 302"))
		_, line, err := c.Read(ctx)
		return err == nil && strings.Contains(string(line), "CAP")
	}
	for range 2 { // half of four may be strangers
		if !admitted("203.0.113.9") {
			t.Fatal("refused too early")
		}
	}
	for range 20 {
		if !admitted("198.51.100.1, 203.0.113.9") { // one of the first has to give way
			t.Fatal("a newcomer is not let in")
		}
	}
	if !admitted("203.0.113.10") {
		t.Error("another address is refused")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, c := range all[:20] { // only two of that address are left
		for {
			if _, _, err := c.Read(ctx); err != nil {
				break
			}
		}
	}
	if ctx.Err() != nil {
		t.Error("more connections of one address are open than may be")
	}
}
