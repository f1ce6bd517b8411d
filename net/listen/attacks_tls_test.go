package listen

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

// identity is one of the test's own.
func identity(t *testing.T) *Identity {
	t.Helper()
	id, err := LoadOrMake(t.TempDir(), names, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// sockets are both ends of a connection. A pipe would not do: who is refused may
// still be writing.
func sockets(t *testing.T) (near, far net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	near, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if far, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []net.Conn{near, far} {
		t.Cleanup(func() { _ = c.Close() })
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	}
	return near, far
}

// shake makes both ends of a handshake; each says what came of it. The server
// then says hello.
func shake(t *testing.T, server, client *tls.Config) (theirs *tls.Conn, ours, seen error) {
	t.Helper()
	near, far := sockets(t)
	client.InsecureSkipVerify = true
	theirs = tls.Client(near, client)
	done := make(chan error, 1)
	go func() { // ends with the handshake
		secure := tls.Server(far, server)
		err := secure.Handshake()
		if err == nil {
			_, _ = secure.Write([]byte("hello"))
		}
		done <- err
	}()
	seen = theirs.Handshake()
	if seen == nil {
		_, seen = io.ReadFull(theirs, make([]byte, 5)) // with TLS 1.3 an answer to what the client has shown
	}
	return theirs, <-done, seen
}

// TLS 1.3 has no renegotiation, so that to have nothing else is what there is to
// see to.
func TestAttack02ThereIsNothingToRenegotiate(t *testing.T) {
	c := identity(t).TLS()
	if c.MinVersion != tls.VersionTLS13 || c.MaxVersion != 0 || c.Renegotiation != tls.RenegotiateNever {
		t.Errorf("versions %x to %x, renegotiation %v", c.MinVersion, c.MaxVersion, c.Renegotiation)
	}
}

// Early data needs a ticket of an earlier session, and there are none.
func TestAttack04NoTicketIsGivenThatCouldBeReplayed(t *testing.T) {
	server := identity(t).TLS()
	cache := tls.NewLRUClientSessionCache(8)
	for range 2 {
		theirs, ours, seen := shake(t, server, &tls.Config{ServerName: "localhost", ClientSessionCache: cache})
		if ours != nil || seen != nil {
			t.Fatal(ours, seen)
		}
		if _, ok := cache.Get("localhost"); ok || theirs.ConnectionState().DidResume {
			t.Error("a session can be resumed")
		}
	}
}

// showing is a client with a chain of so many certificates.
func showing(t *testing.T, count, padding int) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{strings.Repeat("x", padding)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	shown := tls.Certificate{PrivateKey: key}
	for range count {
		shown.Certificate = append(shown.Certificate, der)
	}
	return &tls.Config{Certificates: []tls.Certificate{shown}}
}

func TestAttack06AnOversizedChainIsRefused(t *testing.T) {
	server := identity(t).TLS()
	for name, c := range map[string]struct {
		client *tls.Config
		good   bool
	}{
		"none":         {&tls.Config{}, true},
		"one":          {showing(t, 1, 10), true},
		"a short one":  {showing(t, mostCertificates, 10), true},
		"a long one":   {showing(t, mostCertificates+1, 10), false},
		"a large one":  {showing(t, 1, mostCertificate), false},
		"an endless":   {showing(t, 1000, 200), false},
		"a very large": {showing(t, 1, 200_000), false},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, ours, seen := shake(t, server, c.client)
			if good := ours == nil; good != c.good || good != (seen == nil) {
				t.Errorf("the server says %v, the client %v", ours, seen)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestAttack11WhoHasNoPostQuantumKeyExchangeIsToldWhereItIsRequired(t *testing.T) {
	server := identity(t).TLS()
	classical := &tls.Config{CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256}}
	if _, ours, seen := shake(t, server, classical.Clone()); ours != nil || seen != nil {
		t.Errorf("where it is only preferred: %v, %v", ours, seen)
	}
	RequirePostQuantum(server)
	_, ours, seen := shake(t, server, classical)
	if ours == nil || !strings.Contains(ours.Error(), "no key exchanges supported") {
		t.Errorf("the server says %v", ours)
	}
	if seen == nil || !strings.Contains(seen.Error(), "handshake failure") {
		t.Errorf("the client was told %v", seen)
	}
	for _, curve := range []tls.CurveID{tls.X25519MLKEM768, tls.SecP256r1MLKEM768, tls.SecP384r1MLKEM1024} {
		theirs, ours, seen := shake(t, server, &tls.Config{CurvePreferences: []tls.CurveID{curve}})
		if ours != nil || seen != nil || theirs.ConnectionState().CurveID != curve {
			t.Errorf("%v: %v, %v", curve, ours, seen)
		}
	}
}
