package bench

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// traits are what a server is like, as one client has found.
type traits struct {
	echo     bool // it has echo-message
	accounts bool // it admits nobody without one
	makes    bool // it lets people make them
}

// probeTimeout is for the whole talk.
const probeTimeout = 20 * time.Second

// probe registers once and leaves.
func probe(ctx context.Context, s Server, nick string) (traits, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	sock, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.Addr)
	if err != nil {
		return traits{}, fmt.Errorf("reach the server: %w", err)
	}
	hangUp := context.AfterFunc(ctx, func() { sock.Close() })
	defer hangUp()
	defer sock.Close()
	if s.TLS {
		host, _, _ := net.SplitHostPort(s.Addr)
		sock = tls.Client(sock, &tls.Config{ServerName: host, InsecureSkipVerify: s.lenient()})
	}
	hello := "CAP LS 302\r\nNICK " + nick + "\r\nUSER b 0 * :b\r\n"
	if s.Password != "" {
		hello = "PASS :" + string(s.Password) + "\r\n" + hello
	}
	if _, err := sock.Write([]byte(hello)); err != nil {
		return traits{}, fmt.Errorf("greet the server at %s: %w", s.Addr, err)
	}
	t, err := ask(sock)
	if err != nil {
		return traits{}, fmt.Errorf("register at %s: %w", s.Addr, err)
	}
	return t, nil
}

// lenient tells whether any certificate will do.
func (s Server) lenient() bool {
	host, _, _ := net.SplitHostPort(s.Addr)
	ip := net.ParseIP(host)
	return s.Insecure || host == "localhost" || ip != nil && ip.IsLoopback()
}

// ask reads until the server has admitted or refused the one who asks.
func ask(sock net.Conn) (t traits, err error) {
	for lines := bufio.NewScanner(sock); ; {
		if !lines.Scan() {
			return t, errors.Join(errors.New("the server hung up; does it speak TLS there, or not?"), lines.Err())
		}
		_, command, params := split(lines.Bytes())
		switch verb := string(command); {
		case verb == "001":
			_, err = sock.Write([]byte("QUIT\r\n"))
			return t, err
		case verb == "PING":
			_, err = fmt.Fprintf(sock, "PONG %s\r\n", params)
		case verb == "CAP" || verb == "421": // a server without CAP does not know it
			if more := t.note(string(params)); !more {
				_, err = sock.Write([]byte("CAP END\r\n"))
			}
		case verb == "FAIL" && strings.Contains(string(params), "ACCOUNT_REQUIRED"):
			t.accounts = true
			return t, nil
		case verb == "ERROR" || isRefusal(command) && verb != "421":
			return t, fmt.Errorf("the server said %q%s", lines.Text(), advice(lines.Bytes()))
		}
		if err != nil {
			return t, err
		}
	}
}

// note reads a line of capabilities, and tells whether more follow.
func (t *traits) note(params string) (more bool) {
	list, names, _ := strings.Cut(params, ":")
	for word := range strings.FieldsSeq(names) {
		name, value, _ := strings.Cut(word, "=")
		t.echo = t.echo || name == irc.CapEchoMessage
		t.makes = t.makes || name == irc.CapRegistration && strings.Contains(value, "before-connect")
	}
	words := strings.Fields(list)
	return len(words) > 2 && words[2] == "*"
}

// login is how the members of a crowd introduce themselves.
type login struct {
	tag      tag
	pass     string
	caps     string   // to ask for; empty: no CAP at all
	accounts []string // by member; empty: none
	secret   string
}

// introduce decides how the clients of a target log in, and makes accounts where
// the server wants them and lets people make them.
func introduce(ctx context.Context, o Options, made func(n int)) (login, traits, error) {
	l := login{tag: newTag(), pass: string(o.Server.Password)}
	t, err := probe(ctx, o.Server, l.tag.nick(0)+"p")
	if err != nil {
		return l, t, err
	}
	name := o.Server.Account
	switch {
	case name != "":
		l.secret = string(o.Server.AccountPassword)
	case t.accounts && t.makes:
		name, l.secret = "a"+string(l.tag), rand.Text() // no nick begins like that
	case t.accounts:
		return l, t, errors.New("the server admits nobody without an account, and lets none be made: make NAME0, NAME1 and so on, and give --account NAME and their password in GREENROOM_PASSWORD")
	}
	caps := []string{}
	if name != "" {
		caps = append(caps, irc.CapSasl)
		for i := range o.clients() {
			l.accounts = append(l.accounts, name+strconv.Itoa(i))
		}
	}
	if o.Complete == Echo && t.echo && o.carries() {
		caps = append(caps, irc.CapEchoMessage)
	}
	l.caps = strings.Join(caps, " ")
	if name != "" && o.Server.Account == "" {
		err = makeAccounts(ctx, o.Server, l, made)
	}
	return l, t, err
}

const (
	mostMakers = 8  // accounts made at the same time: a server hashes few passwords at once, and lets nobody wait long
	mostTries  = 20 // for one of them
	tryPause   = time.Second
)

func makeAccounts(ctx context.Context, s Server, l login, made func(n int)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var makers sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for chunk := range slices.Chunk(l.accounts, (len(l.accounts)+mostMakers-1)/mostMakers) {
		makers.Go(func() {
			for _, account := range chunk {
				if err := patiently(ctx, func() error { return makeAccount(ctx, s, account, l.secret) }); err != nil {
					cancel(fmt.Errorf("make the account %s: %w", account, err))
					return
				}
				mu.Lock()
				done++
				made(done)
				mu.Unlock()
			}
		})
	}
	makers.Wait()
	return context.Cause(ctx)
}

// patiently makes an account of a busy server, which may have made it though it
// could not tell: the name is nobody else's.
func patiently(ctx context.Context, try func() error) error {
	for tries := 1; ; tries++ {
		err := try()
		var fail *client.Fail
		switch {
		case tries > 1 && errors.Is(err, client.ErrAccountExists):
			return nil
		case !errors.As(err, &fail) || fail.Code != "TEMPORARILY_UNAVAILABLE" || tries == mostTries:
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(tryPause):
		}
	}
}

func makeAccount(ctx context.Context, s Server, account, secret string) error {
	o := client.Options{
		Addr: s.Addr, Plaintext: !s.TLS, Nick: account, Account: account, Password: client.Secret(secret),
		Register: true, ServerPassword: s.Password, DropEvents: true,
	}
	if s.lenient() {
		o.VerifyKey = func(string, string) error { return nil }
	}
	c, err := client.Dial(ctx, o)
	if err != nil {
		return err
	}
	return c.Close()
}
