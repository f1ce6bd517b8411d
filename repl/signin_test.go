package repl

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
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
	"github.com/greenroom-chat/greenroom/net/irc"
)

// signsIn runs only the questions, in a bubble, and gives what was asked and shown.
func signsIn(t *testing.T, env string, o Options, answers ...string) (s *stage, p *person, err error) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
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
		{&client.Fail{Code: "ACCOUNT_REQUIRED"}, "! The server is for people with an account: give --user, and the password in GREENROOM_PASSWORD."},
		{&client.Fail{Code: "904"}, "! Wrong password, or there is no such account."},
		{&client.Fail{Code: "465", Text: "you are banned"}, "! You are banned."},
		{errNoUser, "! No account name: give --user."},
		{&unknownKey{"host:1", "SHA256:abc"}, "! The server at host:1 is not known here. Its key is SHA256:abc.\n! Run \"greenroom chat host:1\" once and compare, or give --insecure-new-key."},
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
			go io.Copy(t.Output(), conn) // nothing is to arrive
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

// piped runs f with lines on standard input, in a bubble.
func piped(t *testing.T, prepare func(*stage), o Options, input string, run func(context.Context, Options) int) (code int, out, errs string, s *stage) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv(PasswordVariable, password)
	synctest.Test(t, func(t *testing.T) {
		s = newStage(t)
		s.accounts["ann"] = password
		if prepare != nil {
			prepare(s)
		}
		var stdout, stderr bytes.Buffer
		o.User, o.Plaintext, o.dial, o.In, o.Out, o.Err = "ann", true, s.dial, strings.NewReader(input), &stdout, &stderr
		code = run(t.Context(), o.withDefaults())
		synctest.Wait()
		out, errs = stdout.String(), stderr.String()
		s.hangUp()
	})
	return code, out, errs, s
}

func lines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

func chatInto(room string) func(context.Context, Options) int {
	return func(ctx context.Context, o Options) int { o.Rooms = []string{room}; return talk(ctx, o, room) }
}

func TestPipedLinesAreStoredInOrderBeforeTheEnd(t *testing.T) {
	code, out, errs, s := piped(t, func(s *stage) { s.says("bob", "#ops", "old") }, Options{}, lines(200)+"/quit\nno newline", chatInto("#ops"))
	if code != 0 || errs != "" {
		t.Errorf("code %d: %s", code, errs)
	}
	log := s.logs["#ops"]
	if len(log) != 203 || log[200].Last() != "line 199" || log[201].Last() != "/quit" || log[202].Last() != "no newline" {
		t.Errorf("%d lines are stored", len(log))
	}
	if strings.Contains(out, "old") || !strings.HasPrefix(out, "2000-01-01T00:00:00.") || strings.Count(out, "Z #ops ann line ") != 200 {
		t.Errorf("the output is\n%s", out)
	}
}

func TestAPipeEndsWithOneWhenALineIsRefused(t *testing.T) {
	refuse := func(s *stage) {
		s.refuse = func(m irc.Message) string { return map[bool]string{true: "NO"}[strings.Contains(m.Last(), "1")] }
	}
	code, _, errs, s := piped(t, refuse, Options{}, lines(3), chatInto("#ops"))
	if code != 1 || len(s.logs["#ops"]) != 2 || errs != "! Not sent to #ops: line 1 — This text is not wanted.\n" {
		t.Errorf("code %d, %d stored: %s", code, len(s.logs["#ops"]), errs)
	}
	if code, _, errs, _ := piped(t, nil, Options{}, "x\n", chatInto("#secret")); code != 1 || !strings.Contains(errs, "Not in #secret") {
		t.Errorf("code %d: %s", code, errs)
	}
}

func TestAPipeOutlivesItsConnectionAndStoresEachLineOnce(t *testing.T) {
	n := 0
	cut := func(s *stage) {
		s.stored = func(c *stageConn, _ irc.Message) bool {
			if n++; n%7 == 0 {
				c.conn.Close()
				return false
			}
			return true
		}
	}
	code, out, _, s := piped(t, cut, Options{}, lines(30), chatInto("#ops"))
	if code != 0 || len(s.logs["#ops"]) != 30 {
		t.Errorf("code %d, %d stored", code, len(s.logs["#ops"]))
	}
	for i := range 30 {
		if strings.Count(out, fmt.Sprintf("line %d\n", i)) != 1 {
			t.Errorf("line %d is not printed once", i)
		}
	}
}

func TestAPipeGivesUpWhenTheServerStaysAway(t *testing.T) {
	away := func(s *stage) {
		s.stored = func(c *stageConn, _ irc.Message) bool { s.down = true; c.conn.Close(); return false }
	}
	code, _, errs, _ := piped(t, away, Options{}, lines(2), chatInto("#ops"))
	if code != 1 || !strings.Contains(errs, "Nobody answers") || !strings.Contains(errs, "Not sent to #ops: line 0") {
		t.Errorf("code %d: %s", code, errs)
	}
}

func TestJSONLinesTellAllThatHappens(t *testing.T) {
	code, out, _, _ := piped(t, func(s *stage) {
		s.stored = func(c *stageConn, _ irc.Message) bool {
			s.store("bob", "PRIVMSG", "#ops", "a \"quote\" and \x1b[2J", nil)
			return true
		}
	}, Options{JSON: true}, "hello\n", chatInto("#ops"))
	var got []string
	for line := range strings.Lines(out) {
		var e struct{ Type, Time, Room, Nick, Text, ID string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		got = append(got, e.Type+" "+e.Room+" "+e.Nick+" "+e.Text+" "+e.ID)
	}
	if want := []string{"message #ops ann hello m0001", "message #ops bob a \"quote\" and \x1b[2J m0002"}; code != 0 || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("code %d, the output is\n%s", code, out)
	}
	if strings.Contains(out, "\x1b") {
		t.Error("an escape is in the output")
	}
}

func TestSendReturnsZeroOnlyWhenItIsStored(t *testing.T) {
	send := func(target string, text ...string) func(context.Context, Options) int {
		return func(ctx context.Context, o Options) int { return sendText(ctx, o, target, text) }
	}
	code, out, errs, s := piped(t, nil, Options{}, "not read\n", send("#ops", "two", "words"))
	if code != 0 || out != "" || errs != "" || len(s.logs["#ops"]) != 1 || s.logs["#ops"][0].Last() != "two words" {
		t.Errorf("code %d, output %q, %q, stored %v", code, out, errs, s.logs)
	}
	code, _, _, s = piped(t, nil, Options{}, "one\ntwo\n", send("bob"))
	if code != 0 || len(s.logs["ann bob"]) != 2 {
		t.Errorf("code %d, stored %v", code, s.logs)
	}
	code, _, errs, _ = piped(t, func(s *stage) { s.refuse = func(irc.Message) string { return "NO" } }, Options{}, "", send("#ops", "x"))
	if code != 1 || errs != "! Not sent to #ops: x — This text is not wanted.\n" {
		t.Errorf("code %d: %q", code, errs)
	}
	code, _, errs, _ = piped(t, func(s *stage) { s.down = true }, Options{}, "", send("#ops", "x"))
	if code != 1 || !strings.Contains(errs, "Nobody answers") {
		t.Errorf("code %d: %q", code, errs)
	}
	code, _, errs, _ = piped(t, func(s *stage) { s.accounts["ann"] = "another" }, Options{}, "", send("#ops", "x"))
	if code != 1 || errs != "! Wrong password, or there is no such account.\n" {
		t.Errorf("code %d: %q", code, errs)
	}
}

func TestRegisterMakesAnAccountOrSaysWhyNot(t *testing.T) {
	code, out, errs, s := piped(t, func(s *stage) { delete(s.accounts, "ann") }, Options{}, "", register)
	if code != 0 || out != "· The account ann is made.\n" || s.accounts["ann"] != password {
		t.Errorf("code %d: %s %s", code, out, errs)
	}
	code, _, errs, _ = piped(t, nil, Options{}, "", register)
	if code != 1 || errs != "! That name is taken.\n" {
		t.Errorf("code %d: %s", code, errs)
	}
}
