package conn_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/greenroom-chat/greenroom/net/conn"
)

// dialTLS connects to a server that speaks TLS 1.3 only.
func (w *world) dialTLS(name string, theirs *tls.Config) *client {
	w.t.Helper()
	near, far := net.Pipe()
	return w.dialOn(name, tls.Client(near, theirs), tls.Server(far, certified(w.t)))
}

// certified is the configuration of a server that speaks TLS 1.3 only.
func certified(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
	}
}

// sameAlways is a certificate of which the fingerprint is the same each time.
func sameAlways(t *testing.T) tls.Certificate {
	t.Helper()
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(2e9, 0).UTC()}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// trusting takes any certificate: which one it is, is not what is tested here.
func trusting() *tls.Config { return &tls.Config{InsecureSkipVerify: true} }

func TestASessionOverTLSIsLikeAnyOther(t *testing.T) {
	within(t, guests, func(w *world) {
		ann := w.person("ann", "")
		ann.send("JOIN #green")
		bob := w.dialTLS("bob", trusting())
		wants(t, bob.send("NICK bob", "USER bob 0 * :Bob"), " 001 bob ")
		wants(t, bob.send("JOIN #green"), " 366 bob #green ")
		text := strings.Repeat("x", 400)
		for range 50 { // more than a record of TLS holds
			ann.raw("PRIVMSG #green :" + text + "\r\n")
		}
		if n := len(bob.take()); n != 50 {
			t.Errorf("bob was shown %d of 50 messages", n)
		}
		got := bob.send("PRIVMSG #green :bye", "QUIT :off")
		if len(got) != 2 || got[1] != "ERROR :Closing link: Quit: off" || !bob.closed() {
			t.Errorf("bob was told %q", got)
		}
		wants(t, ann.take(), "PRIVMSG #green :bye")
	})
}

func TestAttack01OlderTLSEndsWithTheHandshake(t *testing.T) {
	within(t, guests, func(w *world) {
		old := trusting()
		old.MaxVersion = tls.VersionTLS12
		c := w.dialTLS("old", old)
		time.Sleep(goodbye)
		if !c.closed() || len(c.take()) > 0 {
			t.Error("the connection is still there, or something was said")
		}
		if err := c.sock.(*tls.Conn).Handshake(); err == nil || !strings.Contains(err.Error(), "protocol version not supported") {
			t.Errorf("the alert was %v", err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.ended) != 1 || w.ended[0].Reason != "TLS handshake failed" || w.ended[0].Cause() != "no-handshake" {
			t.Errorf("ended %+v", w.ended)
		}
	})
}

// ATTACKS 62: the goodbye of TLS would wait for who does not read.
func TestAStalledReaderOverTLSIsCut(t *testing.T) {
	within(t, func(cfg *conn.Config) { guests(cfg); cfg.SendQueue = 16 << 10 }, func(w *world) {
		ann := w.person("ann", "")
		ann.send("JOIN #green")
		bob := w.dialTLS("bob", trusting())
		bob.send("NICK bob", "USER bob 0 * :Bob", "JOIN #green")
		bob.stall()
		start := time.Now()
		for range 100 {
			ann.raw("PRIVMSG #green :" + strings.Repeat("x", 400) + "\r\n")
		}
		synctest.Wait()
		wants(t, ann.take(), ":bob!bob@host.test QUIT :Send queue exceeded")
		if took := time.Since(start); took > 0 {
			t.Errorf("it took %v", took)
		}
	})
}
