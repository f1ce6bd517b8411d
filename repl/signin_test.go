package repl

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/greenroom-chat/greenroom/net/client"
)

// signsIn runs only the questions, in a bubble, and gives what was asked and shown.
func signsIn(t *testing.T, env string, o Options, answers ...string) (s *stage, p *person, err error) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv("XDG_STATE_HOME", dir)
	t.Setenv(PasswordVariable, env)
	t.Setenv("USER", "")
	synctest.Test(t, func(t *testing.T) {
		s, p = newStage(t), newPerson(answers...)
		s.accounts["ann"] = password
		o.Plaintext, o.dial = true, s.dial
		var conn *client.Client
		conn, _, err = newSession(o.withDefaults(), p).signIn(t.Context(), true)
		if err == nil {
			conn.Close()
		}
		s.hangUp()
	})
	return s, p, err
}

func TestSomebodyWithAnAccountIsAskedNameAndPassword(t *testing.T) {
	_, p, err := signsIn(t, "", Options{}, "an n", "ann", password)
	if err != nil {
		t.Fatal(err)
	}
	want := "[Your name:  Your name:  Password of ann (just Enter makes a new account): ]"
	if got := fmt.Sprint(p.asked); got != want {
		t.Errorf("asked is %s", got)
	}
}

func TestAWrongPasswordIsAskedForAgainThreeTimes(t *testing.T) {
	if _, _, err := signsIn(t, "", Options{User: "ann"}, "wrong", password); err != nil {
		t.Error(err)
	}
	_, p, err := signsIn(t, "", Options{User: "ann"}, "wrong", "wrong", "wrong", password)
	if !errors.Is(err, errTries) {
		t.Errorf("after three wrong passwords: %v", err)
	}
	if strings.Count(p.shown.String(), "! Wrong password, or there is no account ann.\n") != 3 {
		t.Errorf("shown is\n%s", &p.shown)
	}
}

func TestANewAccountIsMadeAndTheReasonForARefusalIsTold(t *testing.T) {
	s, p, err := signsIn(t, "", Options{}, "ann", "", password, password, "carol", "abc", "abd", "weak", "weak", "long enough", "long enough")
	if err != nil {
		t.Fatal(err)
	}
	if s.accounts["carol"] != "long enough" {
		t.Errorf("accounts are %v", s.accounts)
	}
	want := `
! The name ann is taken.
! The two differ.
! This password is guessed in a second.
· The account carol is made.
`
	if got := p.shown.String(); got != strings.TrimPrefix(want, "\n") {
		t.Errorf("shown is\n%s", got)
	}
}

func TestThePasswordOfTheEnvironmentIsUsedWithoutAQuestion(t *testing.T) {
	_, p, err := signsIn(t, password, Options{User: "ann"})
	if err != nil || len(p.asked) > 0 {
		t.Errorf("asked %q: %v", p.asked, err)
	}
}

func TestEveryFailureToConnectIsExplainedWithWhatToDo(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{&net.OpError{Op: "dial", Err: errors.New("connection refused")}, "! Nobody answers at host:1 (connection refused). \"greenroom serve\" starts a server."},
		{client.ErrNotLoopback, "! --plaintext is for this machine only: host:1 is another one."},
		{context.DeadlineExceeded, "! host:1 has not answered in time."},
		{&client.Fail{Code: "ACCOUNT_REQUIRED"}, "! The server gives no reason."},
		{&client.Fail{Code: "904"}, "! Wrong password, or there is no such account."},
		{&client.Fail{Code: "465", Text: "you are banned"}, "! You are banned."},
		{&client.Fail{Code: "464", Text: "Password incorrect"}, "! The server has a password of its own: give it in GREENROOM_SERVER_PASSWORD."},
		{&client.Fail{Command: "REGISTER", Code: "DISALLOWED", Text: "This server wants a password: send PASS before NICK and USER"}, "! The server has a password of its own: give it in GREENROOM_SERVER_PASSWORD."},
		{&client.Fail{Command: "REGISTER", Code: "DISALLOWED", Text: "Nobody can make an account here"}, "! Nobody can make an account here."},
		{errNoUser, "! No account name: give --user."},
		{&unknownKey{"host:1", "SHA256:abc"}, "! The server at host:1 is not known here. Its key is SHA256:abc.\n! Run \"greenroom chat host:1\" once and compare, or give --pin with the right one."},
	} {
		if got := reason(fmt.Errorf("dial: %w", c.err), "host:1"); got != c.want && !errors.Is(c.err, errNoUser) {
			t.Errorf("%v: %s", c.err, got)
		}
	}
	if got := reason(&changedKey{"host:1", "new", "old", "/known"}, "host:1"); !strings.Contains(got, "HAS CHANGED") || !strings.Contains(got, "--insecure-new-key") {
		t.Error(got)
	}
}

// tlsServer is the least that a handshake needs, with a key of its own.
func tlsServer(t *testing.T) (addr string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { // ends with conn
				io.Copy(t.Output(), conn) // nothing is to arrive
				conn.Close()
			}()
		}
	}()
	return l.Addr().String()
}

func TestAServerIsMetOnceAndItsKeyMayNotChange(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	meet := func(o Options, ask bool, answers ...string) (*person, error) {
		p := newPerson(answers...)
		return p, newSession(o.withDefaults(), p).meet(t.Context(), ask)
	}
	o := Options{Addr: tlsServer(t), User: "ann"}
	var stranger *unknownKey
	if _, err := meet(o, false); !errors.As(err, &stranger) {
		t.Errorf("with nobody to ask: %v", err)
	}
	if _, err := meet(o, true, "what?", "no"); !errors.Is(err, errStranger) {
		t.Errorf("after a no: %v", err)
	}
	p, err := meet(o, true, "yes")
	if err != nil || !strings.Contains(p.shown.String(), stranger.fingerprint) {
		t.Errorf("after a yes: %v; shown is\n%s", err, &p.shown)
	}
	if p, err := meet(o, true); err != nil || len(p.asked) > 0 {
		t.Errorf("the second time: %v, asked %q", err, p.asked)
	}
	known := filepath.Join(configDir(), "known_servers")
	if info, err := os.Stat(known); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info.Mode(), err)
	}

	text, _ := os.ReadFile(known)
	other := Options{Addr: tlsServer(t), User: "ann"}
	os.WriteFile(known, []byte("# by hand\n"+strings.ReplaceAll(string(text), o.Addr, other.Addr)), 0o600)
	var changed *changedKey
	if _, err := meet(other, true, "yes", "yes"); !errors.As(err, &changed) {
		t.Errorf("another key: %v", err)
	}
	other.InsecureNewKey = true
	if _, err := meet(other, false); err != nil {
		t.Errorf("another key, allowed: %v", err)
	}
	other.InsecureNewKey = false
	if _, err := meet(other, false); err != nil {
		t.Errorf("the new key is not on file: %v", err)
	}
	if text, _ := os.ReadFile(known); !strings.HasPrefix(string(text), "# by hand\n") || strings.Count(string(text), "SHA256:") != 1 {
		t.Errorf("the file is\n%s", text)
	}
}

func TestAChangedKeyEndsTheChatWithOne(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv("XDG_STATE_HOME", dir)
	addr := tlsServer(t)
	if err := (knownServers{filepath.Join(configDir(), "known_servers")}).keep(addr, "SHA256:another"); err != nil {
		t.Fatal(err)
	}
	p := newPerson("yes", "ann", password)
	code := converse(t.Context(), Options{Addr: addr, ui: p, Err: io.Discard}.withDefaults())
	if code != 1 || len(p.asked) > 0 || !strings.Contains(p.shown.String(), "! THE KEY OF "+addr+" HAS CHANGED.") {
		t.Errorf("code %d, asked %q, shown is\n%s", code, p.asked, &p.shown)
	}
}
