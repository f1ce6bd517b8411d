package repl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/greenroom-chat/greenroom/net/client"
)

func TestAnAddressWithoutAPortGetsTheUsualOne(t *testing.T) {
	for in, want := range map[string]string{
		"": DefaultAddr, "chat.example.org": "chat.example.org:6697", "chat.example.org:7000": "chat.example.org:7000",
		"[::1]": "[::1]:6697", "::1": "[::1]:6697", "[::1]:7000": "[::1]:7000", "localhost:": "localhost:6697", ":7000": "127.0.0.1:7000",
	} {
		if got := withPort(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// plainServer is a port that answers anything with a line.
func plainServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() { // ends with l
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Read(make([]byte, 512))
			io.WriteString(conn, "ERROR :Another protocol on a chat port\r\n")
			conn.Close()
		}
	}()
	return l.Addr().String()
}

func TestPlaintextAndTLSMixedUpIsSaid(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv(PasswordVariable, password)
	for how, run := range map[string]func(context.Context, Options) int{
		"chat": chatInto("#ops"), "register": register,
		"send": func(ctx context.Context, o Options) int { return sendText(ctx, o, "#ops", []string{"x"}) },
	} {
		for want, o := range map[string]Options{
			"speaks TLS: leave --plaintext away.": {Addr: tlsServer(t), Plaintext: true},
			"There is no TLS at":                  {Addr: plainServer(t)},
		} {
			var errs bytes.Buffer
			o.User, o.In, o.Out, o.Err = "ann", strings.NewReader("x\n"), io.Discard, &errs
			if code := run(t.Context(), o.withDefaults()); code != 1 || !strings.Contains(errs.String(), want) {
				t.Errorf("%s: code %d: %q, want %q", how, code, errs.String(), want)
			}
		}
	}
}

func TestTheServersPasswordIsTakenFromTheEnvironment(t *testing.T) {
	t.Setenv(ServerPasswordVariable, "open sesame")
	s := newSession(Options{}.withDefaults(), newPerson())
	if s.login.ServerPassword != "open sesame" || strings.Contains(fmt.Sprintf("%+v", s.login.ServerPassword), "sesame") {
		t.Error("it is not used, or it is shown")
	}
	if got := reason(&client.Fail{Code: "464", Text: "This server wants a password"}, "host:1"); !strings.Contains(got, ServerPasswordVariable) {
		t.Errorf("without it: %s", got)
	}
}

func TestRefusalsOfTheServerAreToldInItsWords(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{&client.Fail{Code: "904", Text: "Too many failed logins; try again in 30s"}, "! Too many failed logins; try again in 30s."},
		{&client.Fail{Code: "904", Text: "Wrong account name or password"}, "! Wrong password, or there is no such account."},
		{&client.Fail{Command: "REGISTER", Code: "DISALLOWED", Text: "Registration is closed"}, "! Registration is closed."},
		{fmt.Errorf("%w: draft/account-registration", client.ErrUnsupported), "! Nobody can make an account at host:1; ask the administrator for one."},
		{&client.Closed{Text: "too many connections", Cause: io.EOF}, "! host:1 has hung up: Too many connections."},
		{&client.Closed{Cause: io.EOF}, "! host:1 has hung up without a reason."},
	} {
		if got := reason(c.err, "host:1"); got != c.want {
			t.Errorf("%v: %s", c.err, got)
		}
	}
	if _, p, _ := signsIn(t, "", Options{User: "ann"}, "wrong"); !strings.Contains(p.shown.String(), "! Wrong password, or there is no account ann.") {
		t.Errorf("shown is %s", &p.shown)
	}
}

func TestSendWithoutAPasswordNamesItsVariable(t *testing.T) {
	code, _, errs, _ := piped(t, nil, Options{}, "", func(ctx context.Context, o Options) int {
		t.Setenv(PasswordVariable, "")
		return sendText(ctx, o, "#ops", []string{"x"})
	})
	if code != 1 || !strings.Contains(errs, "give the password in GREENROOM_PASSWORD") {
		t.Errorf("code %d: %s", code, errs)
	}
}

func TestAnEmptyPasswordForANewAccountIsAskedForAgain(t *testing.T) {
	s, p, err := signsIn(t, "", Options{User: "carol"}, "", "", "", password, password)
	if err != nil || s.accounts["carol"] != password || strings.Count(p.shown.String(), "! The password must not be empty.") != 2 {
		t.Errorf("%v, shown is %s", err, &p.shown)
	}
	_, p, err = signsIn(t, "", Options{User: "carol"}, "", "", "", "", password)
	if !errors.Is(err, errEmpty) || len(p.asked) != 4 {
		t.Errorf("%v, asked %q", err, p.asked)
	}
}

func TestSendingNothingIsAFailure(t *testing.T) {
	for _, text := range [][]string{{""}, {" ", ""}, nil} {
		code, _, errs, s := piped(t, nil, Options{}, "", func(ctx context.Context, o Options) int { return sendText(ctx, o, "#ops", text) })
		if code != 1 || errs != "greenroom: nothing to send\n" || len(s.logs) > 0 {
			t.Errorf("%q: code %d: %s", text, code, errs)
		}
	}
}
