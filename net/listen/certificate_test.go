package listen

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors"
	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/net/client"
)

var names = []string{"chat.example.org", "localhost", "127.0.0.1"}

func TestIdentityIsMadeOnceAndKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first, err := LoadOrMake(dir, names, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := LoadOrMake(dir, []string{"other"}, time.Now)
	if err != nil || again.Fingerprint() != first.Fingerprint() {
		t.Errorf("another identity, %v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, keyFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v", info, err)
	}
	leaf := first.current.Load().Leaf
	if leaf.PublicKeyAlgorithm != x509.ECDSA || leaf.VerifyHostname("chat.example.org") != nil || leaf.VerifyHostname("127.0.0.1") != nil || leaf.IsCA {
		t.Errorf("certificate %v for %v %v", leaf.PublicKeyAlgorithm, leaf.DNSNames, leaf.IPAddresses)
	}
	pemFiles, err := Load(filepath.Join(dir, certFile), filepath.Join(dir, keyFile))
	if err != nil || pemFiles.Fingerprint() != first.Fingerprint() {
		t.Errorf("from PEM files: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestRenewalKeepsTheKey(t *testing.T) {
	dir := t.TempDir()
	first, err := LoadOrMake(dir, names, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	end := first.current.Load().Leaf.NotAfter
	later := func() time.Time { return end.Add(-renewBefore + time.Hour) }
	renewed, err := LoadOrMake(dir, names, later)
	if err != nil || renewed.Fingerprint() != first.Fingerprint() || !renewed.current.Load().Leaf.NotAfter.After(end) {
		t.Errorf("not renewed: %v", err)
	}
}

func TestACrashBetweenKeyAndCertificateIsRepaired(t *testing.T) {
	dir := t.TempDir()
	first, err := LoadOrMake(dir, names, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, certFile)); err != nil {
		t.Fatal(err)
	}
	if again, err := LoadOrMake(dir, names, time.Now); err != nil || again.Fingerprint() != first.Fingerprint() {
		t.Errorf("another identity, %v", err)
	}
}

func TestADamagedIdentityIsRefusedAndLeftAlone(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(dir string) error
		want   error
	}{
		"key gone":    {func(dir string) error { return os.Remove(filepath.Join(dir, keyFile)) }, nil},
		"key cut":     {func(dir string) error { return os.Truncate(filepath.Join(dir, keyFile), 40) }, nil},
		"cert cut":    {func(dir string) error { return os.Truncate(filepath.Join(dir, certFile), 40) }, nil},
		"key exposed": {func(dir string) error { return os.Chmod(filepath.Join(dir, keyFile), 0o640) }, ErrKeyExposed},
		"key no key": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, keyFile), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}), 0o600)
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if _, err := LoadOrMake(dir, names, time.Now); err != nil {
				t.Fatal(err)
			}
			if err := c.damage(dir); err != nil {
				t.Fatal(err)
			}
			before, _ := os.ReadFile(filepath.Join(dir, certFile))
			_, err := LoadOrMake(dir, names, time.Now)
			after, _ := os.ReadFile(filepath.Join(dir, certFile))
			if err == nil || c.want != nil && !errors.Is(err, c.want) || string(before) != string(after) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// echo reads a line, as a connection's reader would, and gives it back.
func echo(sock net.Conn) {
	defer func() { _ = sock.Close() }()
	_ = sock.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = io.CopyN(sock, sock, 1)
	_, _ = io.Copy(io.Discard, sock)
}

// echoConn owns a socket for a test with real ones.
type echoConn struct{ sock net.Conn }

func (c *echoConn) Receive(ctx actor.Context) {
	switch ctx.Message().(type) {
	case *actor.Started:
		go echo(c.sock) // ends with the socket
	case *actor.Stopped:
		_ = c.sock.Close()
	case farewell:
		ctx.Stop(ctx.Self())
	default:
		supervise.Stray(ctx)
	}
}

// serve starts net with one real TLS socket and returns its address.
func serve(t *testing.T, id *Identity, proxies ...netip.Prefix) string {
	t.Helper()
	sys := actortest.System(t)
	addresses := make(chan string, 1)
	hear := func(m any) {
		switch m := m.(type) {
		case actors.NetReady:
			addresses <- m.Addrs[0]
		case actors.NetFailed:
			t.Error(m.Err)
		}
	}
	pid := sys.Root.Spawn(parent(Props(Config{
		Sockets:  []Socket{{Address: "127.0.0.1:0", TLS: id.TLS(), Proxies: proxies}},
		Farewell: func(reason string) any { return farewell{reason} },
		Conn: func(sock net.Conn) *actor.Props {
			return supervise.Props(func() actor.Actor { return &echoConn{sock} })
		},
	}), func(*actor.PID) {}, hear))
	t.Cleanup(func() {
		if err := supervise.StopTree(sys, pid, 10*time.Second); err != nil {
			t.Error(err)
		}
	})
	select {
	case address := <-addresses:
		return address
	case <-time.After(10 * time.Second):
		t.Fatal("never ready")
		return ""
	}
}

func TestTheWireIsTLS13WithAPostQuantumKeyExchange(t *testing.T) {
	id, err := LoadOrMake(t.TempDir(), names, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	address := serve(t, id)
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	state := conn.ConnectionState()
	if state.Version != tls.VersionTLS13 || state.CurveID != tls.X25519MLKEM768 {
		t.Errorf("version %x, key exchange %v", state.Version, state.CurveID)
	}
	if _, err := conn.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
		t.Error(err)
	}
}

func TestAttack01OlderTLSIsRefusedWithAnAlert(t *testing.T) {
	id, err := LoadOrMake(t.TempDir(), names, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := tls.Dial("tcp", serve(t, id), &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12})
	if err == nil {
		_ = conn.Close()
		t.Fatal("TLS 1.2 was accepted")
	}
	if !strings.Contains(err.Error(), "protocol version not supported") {
		t.Error(err)
	}
}

func TestAttack05PlaintextOnTheTLSPortGetsNoBanner(t *testing.T) {
	id, err := LoadOrMake(t.TempDir(), names, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", serve(t, id))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = conn.Write([]byte("NICK ann\r\nUSER ann 0 * :ann\r\n"))
	got, _ := io.ReadAll(conn)
	if len(got) > 7 { // a TLS alert record
		t.Errorf("got %q", got)
	}
}

func TestClientAndServerAgreeOnTheFingerprint(t *testing.T) {
	id, err := LoadOrMake(t.TempDir(), names, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	wrong := errors.New("another key")
	shown := ""
	_, err = client.Dial(t.Context(), client.Options{
		Addr: serve(t, id), Nick: "ann",
		VerifyKey: func(_, fingerprint string) error {
			shown = fingerprint
			return wrong
		},
	})
	if !errors.Is(err, wrong) || shown != id.Fingerprint() {
		t.Errorf("client saw %q, server shows %q: %v", shown, id.Fingerprint(), err)
	}
}

func TestAttack07AReplacedCertificateServesNewConnectionsWhileOldOnesLive(t *testing.T) {
	dir := t.TempDir()
	id, err := LoadOrMake(dir, names, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	address := serve(t, id)
	dial := func() (*tls.Conn, string) {
		conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		return conn, string(conn.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo)
	}
	old, oldKey := dial()
	defer func() { _ = old.Close() }()
	for _, name := range []string{certFile, keyFile} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := id.Reload(); err != nil {
		t.Fatal(err)
	}
	young, youngKey := dial()
	defer func() { _ = young.Close() }()
	if oldKey == youngKey {
		t.Error("the new connection got the old certificate")
	}
	if _, err := old.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(old, make([]byte, 1)); err != nil {
		t.Errorf("the old connection died: %v", err)
	}
}

func TestAReloadThatFailsKeepsTheOldCertificate(t *testing.T) {
	dir := t.TempDir()
	id, err := LoadOrMake(dir, names, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	before := id.Fingerprint()
	if err := os.Remove(filepath.Join(dir, keyFile)); err != nil {
		t.Fatal(err)
	}
	if err := id.Reload(); err == nil || id.Fingerprint() != before {
		t.Errorf("got %v", err)
	}
}
