package client

import (
	"bufio"
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// fake is the other side of a connection: a server that follows a script.
type fake struct {
	t     testing.TB
	conn  net.Conn
	lines *bufio.Scanner
}

// want reads lines until one begins as expected; others fail the test.
func (f *fake) want(prefix string) irc.Message {
	f.t.Helper()
	if !f.lines.Scan() {
		f.t.Errorf("the client hung up; want %q", prefix)
		return irc.Message{}
	}
	m, err := irc.Parse(f.lines.Text(), irc.FromClient)
	body := strings.TrimSuffix(string(irc.AppendBody(nil, m)), "\r\n")
	if err != nil || !strings.HasPrefix(body, prefix) {
		f.t.Errorf("got %q, %v; want %q", body, err, prefix)
	}
	return m
}

func (f *fake) say(lines ...string) {
	f.t.Helper()
	for _, line := range lines {
		if _, err := f.conn.Write([]byte(line + "\r\n")); err != nil {
			f.t.Errorf("say %q: %v", line, err)
			return
		}
	}
}

const allCaps = "batch echo-message labeled-response message-tags server-time sasl=PLAIN " +
	"draft/account-registration=before-connect draft/chathistory"

// capabilities is the first part of every script.
func (f *fake) capabilities() {
	f.want("CAP LS 302")
	half := len("batch echo-message")
	f.say(":s CAP * LS * :"+allCaps[:half], ":s CAP * LS :"+allCaps[half+1:])
	req := f.want("CAP REQ :sasl")
	f.say(":s CAP * ACK :" + req.Last())
}

func (f *fake) welcome() {
	f.want("NICK ann")
	f.want("USER ann 0 *")
	f.want("CAP END")
	f.say(":s 001 ann :Welcome", ":s 005 ann CHATHISTORY=50 UTF8ONLY NETWORK=Green\\x20room :are supported", ":s 422 ann :No MOTD")
}

// guest is a whole sign-in without a password.
func (f *fake) guest() {
	f.capabilities()
	f.welcome()
}

// dial connects a client to a script, which runs on a goroutine of its own.
func dial(t *testing.T, opts Options, script func(*fake)) (*Client, error) {
	t.Helper()
	ours, theirs := net.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() { _ = theirs.Close() }()
		script(&fake{t: t, conn: theirs, lines: bufio.NewScanner(theirs)})
	}()
	opts.Addr, opts.Plaintext = "127.0.0.1:6667", true
	if opts.Nick == "" {
		opts.Nick = "ann"
	}
	opts.Dial = func(context.Context, string, string) (net.Conn, error) { return ours, nil }
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := Dial(ctx, opts)
	t.Cleanup(func() {
		if c != nil {
			_ = c.Close()
		}
		_ = ours.Close()
		<-ended
	})
	return c, err
}

func mustDial(t *testing.T, script func(*fake)) *Client {
	t.Helper()
	c, err := dial(t, Options{DropEvents: true}, script)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
