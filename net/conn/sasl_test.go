package conn_test

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/xdg-go/scram"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/net/conn"
)

func scrams(cfg *conn.Config) { guests(cfg); cfg.Scram = true }

// scramClient says what a client of RFC 5802 would.
func scramClient(t *testing.T, name, secret string) *scram.ClientConversation {
	t.Helper()
	client, err := scram.SHA256.NewClient(name, secret, "")
	if err != nil {
		t.Fatal(err)
	}
	return client.NewConversation()
}

// step answers the server's last line.
func step(t *testing.T, c *client, conv *scram.ClientConversation, got []string) []string {
	t.Helper()
	server := ""
	for _, line := range got {
		if _, text, ok := strings.Cut(line, "AUTHENTICATE "); ok && text != "+" {
			raw, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			server += string(raw)
		}
	}
	say, err := conv.Step(server)
	if err != nil {
		t.Fatalf("the server's %q: %v", server, err)
	}
	if say == "" {
		return c.send("AUTHENTICATE +")
	}
	return c.send("AUTHENTICATE " + base64.StdEncoding.EncodeToString([]byte(say)))
}

// TestScramLogsIn (RFC 5802 3, RFC 7677): the client agrees last, and may not.
func TestScramLogsIn(t *testing.T) {
	within(t, scrams, func(w *world) {
		w.member("ann", "")
		c := w.dial("ann2")
		wants(t, c.send("CAP LS 302"), " sasl=PLAIN,SCRAM-SHA-256 ")
		c.send("CAP REQ sasl", "NICK ann", "USER ann 0 * :Ann")
		conv := scramClient(t, "ann", password("ann"))
		got := c.send("AUTHENTICATE SCRAM-SHA-256")
		for range 2 {
			got = step(t, c, conv, got)
			lacks(t, got, " 900 ")
		}
		got = step(t, c, conv, got)
		wants(t, got, " 900 ann ")
		wants(t, got, " 903 ann ")
		if !conv.Valid() {
			t.Error("the server has not proved itself")
		}

		d := w.dial("doubts")
		d.send("CAP REQ sasl", "NICK doubts", "USER d 0 * :D")
		conv = scramClient(t, "ann", password("ann"))
		got = step(t, d, conv, step(t, d, conv, d.send("AUTHENTICATE SCRAM-SHA-256")))
		wants(t, got, "AUTHENTICATE ")
		got = d.send("AUTHENTICATE *")
		wants(t, got, " 906 ")
		lacks(t, append(got, d.send("AUTHENTICATE +")...), " 900 ")
	})
}

// TestAttack37ScramProofsServeOnce: what was overheard is of no use, on any
// connection.
func TestAttack37ScramProofsServeOnce(t *testing.T) {
	within(t, scrams, func(w *world) {
		w.member("ann", "")
		c := w.dial("c")
		c.send("CAP REQ sasl", "NICK c", "USER c 0 * :C")
		conv := scramClient(t, "ann", password("ann"))
		first, _ := conv.Step("")
		got := c.send("AUTHENTICATE SCRAM-SHA-256", "AUTHENTICATE "+base64.StdEncoding.EncodeToString([]byte(first)))
		_, text, _ := strings.Cut(got[len(got)-1], "AUTHENTICATE ")
		raw, _ := base64.StdEncoding.DecodeString(text)
		proof, err := conv.Step(string(raw))
		if err != nil {
			t.Fatal(err)
		}
		encoded := base64.StdEncoding.EncodeToString([]byte(proof))
		e := w.dial("eve")
		e.send("CAP REQ sasl", "NICK eve", "USER eve 0 * :Eve", "AUTHENTICATE SCRAM-SHA-256",
			"AUTHENTICATE "+base64.StdEncoding.EncodeToString([]byte(first)))
		wants(t, e.send("AUTHENTICATE "+encoded), " 904 eve ")
		wants(t, c.send("AUTHENTICATE "+encoded, "AUTHENTICATE +"), " 903 c ")
		wants(t, c.send("AUTHENTICATE SCRAM-SHA-256", "AUTHENTICATE "+encoded), " 904 c ")
		wants(t, c.send("AUTHENTICATE SCRAM-SHA-256", "AUTHENTICATE +"), " 904 c ")
	})
}

// TestAttack35MechanismsCannotBeMixed: a mechanism that is named while another
// is under way is a bad response to that, and ends it.
func TestAttack35MechanismsCannotBeMixed(t *testing.T) {
	within(t, scrams, func(w *world) {
		w.member("ann", "")
		c := w.dial("c")
		c.send("CAP REQ sasl", "NICK c", "USER c 0 * :C")
		c.send("AUTHENTICATE PLAIN")
		wants(t, c.send("AUTHENTICATE SCRAM-SHA-256"), " 904 c ")
		conv := scramClient(t, "ann", password("ann"))
		step(t, c, conv, c.send("AUTHENTICATE SCRAM-SHA-256"))
		wants(t, c.send("AUTHENTICATE PLAIN"), " 904 c ")
		wants(t, c.send("AUTHENTICATE PLAIN"), "AUTHENTICATE +")
		wants(t, c.send("AUTHENTICATE *"), " 906 c ")
		wants(t, c.send("AUTHENTICATE PLAIN", "AUTHENTICATE "+plain("", "ann", password("ann"))), " 903 c ")
		wants(t, c.send("AUTHENTICATE EXTERNAL"), " 908 c PLAIN,SCRAM-SHA-256 ")
	})
}

// TestAttack36AnotherIdentityIsRefused (RFC 4616 2): by any mechanism.
func TestAttack36AnotherIdentityIsRefused(t *testing.T) {
	within(t, scrams, func(w *world) {
		w.member("ann", "")
		w.member("bob", "")
		c := w.dial("c")
		c.send("CAP REQ sasl", "NICK c", "USER c 0 * :C")
		wants(t, c.send("AUTHENTICATE PLAIN", "AUTHENTICATE "+plain("bob", "ann", password("ann"))), " 904 c ")
		first := base64.StdEncoding.EncodeToString([]byte("n,a=bob,n=ann,r=abcdef"))
		wants(t, c.send("AUTHENTICATE SCRAM-SHA-256", "AUTHENTICATE "+first), " 904 c ")
		wants(t, c.send("AUTHENTICATE PLAIN", "AUTHENTICATE "+plain("ann", "ann", password("ann"))), " 903 c ")
	})
}

// TestALongPasswordCanBeRegisteredAndUsed: REGISTER may be longer than 512
// bytes, and a response comes in pieces of 400.
func TestALongPasswordCanBeRegisteredAndUsed(t *testing.T) {
	within(t, guests, func(w *world) {
		for _, size := range []int{592, 223, 523, account.MaxPassword} { // 223 and 523: base64 of n times 400
			name := fmt.Sprint("p", size)
			long := strings.Repeat("x", size)
			wants(t, w.person(name, "").send("REGISTER * * "+long, "QUIT"), "REGISTER SUCCESS "+name)
			c := w.dial(name)
			c.send("CAP REQ sasl", "NICK "+name, "USER p 0 * :P", "AUTHENTICATE PLAIN")
			response := plain("", name, long)
			for len(response) >= 400 {
				c.send("AUTHENTICATE " + response[:400])
				response = response[400:]
			}
			if response == "" {
				response = "+"
			}
			wants(t, c.send("AUTHENTICATE "+response), " 903 "+name+" ")
			wants(t, c.send("CAP END"), " 001 "+name+" ")
		}
	})
}

// TestThePolicyToUseTLSIsToldByItsCapability (ircv3 sts): the port in plain
// text, how long over TLS; not to old clients, and not on request.
func TestThePolicyToUseTLSIsToldByItsCapability(t *testing.T) {
	sts := func(cfg *conn.Config) { guests(cfg); cfg.STS = conn.STS{Port: 6697, Duration: 24 * time.Hour} }
	within(t, sts, func(w *world) {
		bare := w.dial("bare")
		lacks(t, bare.send("CAP LS"), "sts")
		wants(t, bare.send("CAP LS 302"), " standard-replies sts=port=6697")
		wants(t, bare.send("CAP REQ sts"), " NAK sts")
		lacks(t, bare.send("CAP LIST"), "sts")
		wants(t, w.bearer("secure", tls.Certificate{}).send("CAP LS 302"), " sts=duration=86400")
	})
}

// bearer connects over TLS with a client certificate.
func (w *world) bearer(name string, theirs tls.Certificate) *client {
	w.t.Helper()
	near, far := net.Pipe()
	asking, bearing := certified(w.t), trusting()
	asking.ClientAuth = tls.RequestClientCert
	if theirs.Certificate != nil {
		bearing.Certificates = []tls.Certificate{theirs}
	}
	return w.dialOn(name, tls.Client(near, bearing), tls.Server(far, asking))
}

// TestACertificateThatIsBoundLogsIn (ircv3 sasl-3.1, EXTERNAL).
func TestACertificateThatIsBoundLogsIn(t *testing.T) {
	within(t, guests, func(w *world) {
		cert := certified(t).Certificates[0]
		sum := sha256.Sum256(cert.Certificate[0])
		print := hex.EncodeToString(sum[:])
		c := w.bearer("ann", cert)
		wants(t, c.send("CAP LS 302"), " sasl=PLAIN,EXTERNAL ")
		c.send("CAP REQ sasl", "NICK ann", "USER ann 0 * :Ann")
		wants(t, c.send("AUTHENTICATE EXTERNAL", "AUTHENTICATE +"), " 904 ann ")
		c.send("CAP END")
		wants(t, c.send("CERT ADD"), "FAIL CERT ACCOUNT_REQUIRED ")
		c.send("REGISTER * * " + password("ann"))
		wants(t, c.send("CERT LIST"), "NOTE CERT NO_CERTIFICATES ")
		wants(t, c.send("CERT ADD"), "NOTE CERT CERTIFICATE_ADDED "+print+" ")
		wants(t, c.send("CERT LIST"), "NOTE CERT CERTIFICATE "+print+" :Certificate 1 of 1, which this connection has shown")
		wants(t, c.send("CERT ADD ab:cd"), "FAIL CERT INVALID_FINGERPRINT ab:cd ")
		wants(t, c.send("CERT HAVE"), "FAIL CERT INVALID_PARAMS HAVE ")
		wants(t, c.send("CERT DEL"), "FAIL CERT INVALID_PARAMS DEL ")
		other := strings.Repeat("AB:", 31) + "AB"
		wants(t, c.send("CERT ADD "+other), "NOTE CERT CERTIFICATE_ADDED "+strings.Repeat("ab", 32))
		wants(t, c.send("CERT DEL "+other), "NOTE CERT CERTIFICATE_REMOVED "+strings.Repeat("ab", 32))
		wants(t, c.send("CERT DEL "+other), "FAIL CERT UNKNOWN_CERTIFICATE ")

		for _, name := range []string{"+", base64.StdEncoding.EncodeToString([]byte("ann"))} {
			again := w.bearer("again", cert)
			again.send("CAP REQ sasl", "NICK again", "USER a 0 * :A")
			wants(t, again.send("AUTHENTICATE EXTERNAL", "AUTHENTICATE "+name), " 903 again ")
			wants(t, again.send("CAP END"), " 001 ann ")
			again.send("QUIT")
		}
		eve := w.bearer("eve", cert)
		eve.send("CAP REQ sasl", "NICK eve", "USER e 0 * :E")
		wants(t, eve.send("AUTHENTICATE EXTERNAL", "AUTHENTICATE "+base64.StdEncoding.EncodeToString([]byte("eve"))), " 904 eve ")
		eve.send("CAP END", "REGISTER * * "+password("eve"))
		wants(t, eve.send("CERT ADD"), "FAIL CERT CERTIFICATE_TAKEN ")

		bare := w.bearer("bare", tls.Certificate{})
		bare.send("CAP REQ sasl", "NICK bare", "USER b 0 * :B")
		wants(t, bare.send("AUTHENTICATE EXTERNAL", "AUTHENTICATE +"), " 904 bare :There is no client certificate")
		wants(t, bare.send("CAP END", "REGISTER * * "+password("bare"), "CERT ADD"), "FAIL CERT NO_CERTIFICATE ")
		c.send("CERT DEL " + print)
		for i := range 10 {
			wants(t, c.send("CERT ADD "+strings.Repeat("0", 63)+string(rune('0'+i))), "CERTIFICATE_ADDED")
		}
		wants(t, c.send("CERT ADD"), "FAIL CERT TOO_MANY_CERTIFICATES ")
	})
}
