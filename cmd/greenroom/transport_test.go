package main

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/greenroom-chat/greenroom/net/listen"
)

// says waits for the server to log something.
func (s *server) says(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(patience); !strings.Contains(s.Log(), text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not say %q\n%s", text, s.Log())
		}
	}
}

const guestsAllowed = "[accounts]\nrequired = false\n"

func TestIRCOverWebSocketIsTheSameChat(t *testing.T) {
	file := configured(t, `
[[listen]]
address = "127.0.0.1:0"
websocket = true
origins = ["https://chat.example.org"]
[[listen]]
address = "127.0.0.1:0"
tls = false
`+guestsAllowed)
	s := serve(t, t.TempDir(), "--config", file)
	page := http.Header{"Origin": {"https://chat.example.org"}}
	trusting := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	web, _, err := websocket.Dial(t.Context(), "wss://"+s.Addr, &websocket.DialOptions{
		HTTPClient: trusting, HTTPHeader: page, Subprotocols: []string{"text.ircv3.net"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer web.CloseNow()
	ann := newWire(t, websocketLines{websocket.NetConn(t.Context(), web, websocket.MessageText)})
	ann.send("NICK ann\r\nUSER ann 0 * :Ann")
	ann.until(" 001 ann ")
	ann.send("JOIN #green")
	ann.until(" 366 ")
	sock, err := net.Dial("tcp", s.plain(t))
	if err != nil {
		t.Fatal(err)
	}
	bob := newWire(t, sock)
	bob.send("NICK bob\r\nUSER bob 0 * :Bob\r\nJOIN #green\r\nPRIVMSG #green :grüß dich")
	ann.until("PRIVMSG #green :grüß dich")
	ann.send("PRIVMSG #green :hello")
	bob.until("PRIVMSG #green :hello")
	page.Set("Origin", "https://evil.example.org")
	_, answer, err := websocket.Dial(t.Context(), "wss://"+s.Addr, &websocket.DialOptions{HTTPClient: trusting, HTTPHeader: page})
	if err == nil || answer.StatusCode != http.StatusForbidden {
		t.Errorf("ATTACKS 73: a foreign page may connect: %v", err)
	}
}

// websocketLines gives the messages of a client their line ends.
type websocketLines struct{ net.Conn }

func (w websocketLines) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b[:len(b)-2])
	if err == nil {
		n += copy(b[n:], "\r\n")
	}
	return n, err
}

func TestAttack76LimitsHoldForTheClientBehindAProxyAndNotForWhatItClaims(t *testing.T) {
	file := configured(t, `
[[listen]]
address = "127.0.0.1:0"
tls = false
proxy_protocol_from = ["127.0.0.2/32"]
[[listen]]
address = "127.0.0.1:0"
tls = false
websocket = true
[limits]
connections_per_ip = 2
`+guestsAllowed)
	s := serve(t, t.TempDir(), "--config", file)
	from := func(local, header string) *wire {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(local)}}
		sock, err := d.Dial("tcp", s.Addr)
		if err != nil {
			t.Fatal(err)
		}
		w := newWire(t, sock)
		io.WriteString(w, header)
		return w
	}
	for _, nick := range []string{"ann", "bob"} {
		w := from("127.0.0.2", "PROXY TCP4 198.51.100.7 127.0.0.1 1000 6667\r\n")
		w.send("NICK %s\r\nUSER u 0 * :u", nick)
		w.until(" 001 ")
	}
	gone := func(w *wire, why string) {
		w.SetReadDeadline(time.Now().Add(patience))
		if said, err := io.ReadAll(w); err != nil && !strings.Contains(err.Error(), "reset") || strings.Contains(string(said), " 001 ") {
			t.Errorf("%s: %q, %v", why, said, err)
		}
	}
	gone(from("127.0.0.2", "PROXY TCP4 198.51.100.7 127.0.0.1 1001 6667\r\n"), "a third of one client")
	w := from("127.0.0.2", "PROXY TCP4 198.51.100.8 127.0.0.1 1000 6667\r\n")
	w.send("NICK cid\r\nUSER u 0 * :u")
	w.until(" 001 ")
	gone(from("127.0.0.3", "PROXY TCP4 198.51.100.9 127.0.0.1 1000 6667\r\nNICK dan\r\nUSER u 0 * :u\r\n"), "a proxy that nobody trusts")
	gone(from("127.0.0.2", "NICK eve\r\nUSER u 0 * :u\r\n"), "no header")
}

func TestAttack07ACertificateReplacedUnderLoadRefusesNobody(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	renew := func() string {
		t.Helper()
		fresh := t.TempDir()
		id, err := listen.LoadOrMake(fresh, []string{"localhost"}, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		for from, to := range map[string]string{"cert.pem": cert, "key.pem": key} {
			if err := os.Rename(filepath.Join(fresh, from), to); err != nil {
				t.Fatal(err)
			}
		}
		return id.Fingerprint()
	}
	shown := renew()
	file := configured(t, "[[listen]]\naddress = \"127.0.0.1:0\"\ncert = \""+cert+"\"\nkey = \""+key+"\"\n"+guestsAllowed)
	s := serve(t, t.TempDir(), "--config", file)
	s.says(t, shown)
	old := dialTLS(t, s.Addr)
	old.send("NICK old\r\nUSER old 0 * :old")
	old.until(" 001 ")
	end := make(chan struct{})
	var all sync.WaitGroup
	var handshakes atomic.Int64
	for range 4 {
		all.Go(func() { // ends with end
			for {
				select {
				case <-end:
					return
				default:
				}
				sock, err := tls.Dial("tcp", s.Addr, &tls.Config{InsecureSkipVerify: true})
				if err != nil {
					t.Errorf("refused: %v", err)
					return
				}
				handshakes.Add(1)
				sock.NetConn().Close()
			}
		})
	}
	for range 5 {
		shown = renew()
		s.Process.Signal(syscall.SIGHUP)
		s.says(t, shown)
	}
	for before := handshakes.Load(); handshakes.Load() < before+20 && !t.Failed(); {
		time.Sleep(time.Millisecond)
	}
	close(end)
	all.Wait()
	old.fence()
	if _, err := os.Stat(cert); err != nil {
		t.Fatal(err)
	}
	raw, _ := os.ReadFile(cert)
	block, _ := pem.Decode(raw)
	sock, err := tls.Dial("tcp", s.Addr, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close()
	if got := sock.ConnectionState().PeerCertificates[0].Raw; string(got) != string(block.Bytes) {
		t.Error("the newest certificate is not shown")
	}
}

func TestSIGHUPLoadsTheConfigurationAgainAndSaysWhatHasToWait(t *testing.T) {
	const text = "motd = \"%MOTD%\"\n[[listen]]\naddress = \"127.0.0.1:0\"\ntls = false\n[limits]\nnick_length = %NICK%\n" + guestsAllowed
	write := func(file, motd, nick string) {
		if err := os.WriteFile(file, []byte(strings.NewReplacer("%MOTD%", motd, "%NICK%", nick).Replace(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "greenroom.toml")
	write(file, "the first", "32")
	s := serve(t, t.TempDir(), "--config", file)
	come := func(nick, motd string) *wire {
		sock, err := net.Dial("tcp", s.Addr)
		if err != nil {
			t.Fatal(err)
		}
		w := newWire(t, sock)
		w.send("NICK %s\r\nUSER u 0 * :u", nick)
		w.until(" 372 " + nick + " :- " + motd)
		return w
	}
	ann := come("ann", "the first")
	write(file, "the second", "20")
	s.Process.Signal(syscall.SIGHUP)
	s.says(t, `"changed":["motd"]`)
	s.says(t, `"keys":["limits.nick_length"]`)
	come("bob", "the second")
	write(file, "the third", "nonsense")
	s.Process.Signal(syscall.SIGHUP)
	s.says(t, "the configuration stays as it was")
	come("cid", "the second")
	ann.fence()
}

func TestAttack11PostQuantumRequiredIsSaidAndCounted(t *testing.T) {
	s := serve(t, t.TempDir(), "--config", configured(t, "tls_post_quantum = \"required\"\n[[listen]]\naddress = \"127.0.0.1:0\"\n"),
		"--metrics", "127.0.0.1:0")
	_, err := tls.Dial("tcp", s.Addr, &tls.Config{InsecureSkipVerify: true, CurvePreferences: []tls.CurveID{tls.X25519}})
	if err == nil || !strings.Contains(err.Error(), "handshake failure") {
		t.Errorf("a classical client was told %v", err)
	}
	const metric = `greenroom_tls_handshake_failures_total{reason="key-exchange"}`
	for deadline := time.Now().Add(patience); scrape(t, s.operators(t))[metric] != 1; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(metric, " is not 1")
		}
	}
	sock, err := tls.Dial("tcp", s.Addr, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	sock.Close()
}
