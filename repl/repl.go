// Package repl is the client that people type into: greenroom chat, and its smaller relatives send and register.
//
// A chat is one goroutine, the loop: it owns the rooms, the outbox and what is shown. Another one reads lines, and
// whatever has to wait for the server does so in a goroutine of its own and comes back to the loop as a function.
// The screen is package screen; the connection is net/client.
package repl

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/net/irc"
	"github.com/greenroom-chat/greenroom/repl/screen"
	"github.com/greenroom-chat/greenroom/repl/settings"
)

// DefaultAddr is where a server listens when nobody has told it otherwise.
const DefaultAddr = "127.0.0.1:6697"

// PasswordVariable names the environment variable that a password may be given in.
const PasswordVariable = "GREENROOM_PASSWORD"

// ServerPasswordVariable names the one for the server's own password.
const ServerPasswordVariable = "GREENROOM_SERVER_PASSWORD"

// Exit codes.
const (
	exitOK      = 0
	exitRefused = 1 // by the server, by us, or because nobody answered
	exitUsage   = 2 // flags or settings that cannot be used
)

// fullCaps are asked for when a person reads along.
var fullCaps = []string{
	irc.CapReadMarker, irc.CapRedaction, irc.CapMultiline, irc.CapSearch, irc.CapAwayNotify,
}

// Options say where to, as whom, and on which streams.
type Options struct {
	Addr           string   // empty: DefaultAddr
	User           string   // empty: asked for
	Rooms          []string // joined at the start; the first is the current one
	Plaintext      bool     // no TLS; only to a loopback address
	InsecureNewKey bool     // take the server's key for good, known or not, changed or not
	Pin            string   // the fingerprint that the server's key must have; empty: as on file
	JSON           bool     // events as JSON lines
	HideTyping     bool     // nobody is told that the user types

	// Judge says what is weak about a password, in words that complete "That is weak: ". Empty: nothing. Nil: only the
	// server says.
	Judge func(password string, about ...string) string

	In       io.Reader
	Out, Err io.Writer

	dial  func(context.Context, client.Options) (*client.Client, error)
	ui    ui // instead of the one that In and Out call for
	now   func() time.Time
	zone  *time.Location
	quick bool // Send: nothing that arrives is shown

	settings settings.Settings // of the user's file
}

func (o Options) withDefaults() Options {
	o.Addr = withPort(o.Addr)
	if o.In == nil {
		o.In = os.Stdin
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if o.Err == nil {
		o.Err = os.Stderr
	}
	if o.dial == nil {
		o.dial = client.Dial
	}
	if o.now == nil {
		o.now = time.Now
	}
	if o.zone == nil {
		o.zone = time.Local
	}
	return o
}

// withPort completes an address without a port; also names and IPv6 addresses, with or without brackets.
func withPort(addr string) string {
	defaultHost, defaultPort, _ := net.SplitHostPort(DefaultAddr)
	host, port, err := net.SplitHostPort(addr)
	switch {
	case addr == "":
		return DefaultAddr
	case err != nil:
		host, port = strings.TrimSuffix(strings.TrimPrefix(addr, "["), "]"), defaultPort
	case port == "":
		port = defaultPort
	}
	if host == "" {
		host = defaultHost
	}
	return net.JoinHostPort(host, port)
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Chat connects, talks until the user leaves, and returns the exit code. Where standard input is not a terminal each
// line of it is sent to the only room, and Chat returns when the last one is stored.
func Chat(ctx context.Context, o Options) int {
	o, err := o.configured(isTerminal(o.withDefaults().In))
	if err != nil {
		return misused(o, err)
	}
	ctx, stop := untilSignal(ctx)
	defer stop()
	if !isTerminal(o.In) {
		return exitCode(ctx, pipe(ctx, o))
	}
	return exitCode(ctx, converse(ctx, o))
}

// converse is Chat until its context ends.
func converse(ctx context.Context, o Options) int {
	u, full, err := openUI(o)
	if err != nil {
		fmt.Fprintln(o.Err, "greenroom:", err)
		return exitRefused
	}
	defer u.Close()
	defer u.Recover()
	defer context.AfterFunc(ctx, u.Close)()
	s := newSession(o, u)
	s.login.Caps = fullCaps
	conn, login, err := s.signIn(ctx, true)
	if err != nil {
		return s.explain(ctx, err)
	}
	keepLast(o.Addr, conn.Account())
	c := newChat(o, u, conn, login)
	c.look = o.look(full && !o.JSON)
	c.show.look = c.look
	c.recall = &recall{file: filepath.Join(stateDir(), "history"), secrets: []client.Secret{login.Password}}
	lines, err := c.recall.load()
	if err != nil {
		c.refuse("The history file cannot be read: " + sentence(err.Error()))
	}
	for _, line := range lines {
		u.Remember(line)
	}
	c.openOutbox(outboxFiles(o.Addr, cmp.Or(conn.Account(), conn.Nick())))
	if !o.JSON {
		c.seen = &seen{seenFile(o.Addr, conn.Account())}
		if c.state, err = c.seen.load(); err != nil {
			c.refuse("What is new is not known: " + sentence(err.Error()))
		}
	}
	return c.run(ctx)
}

// openUI takes the terminal as far as it will go; full tells whether it is the whole screen.
func openUI(o Options) (u ui, full bool, err error) {
	switch {
	case o.ui != nil:
		return o.ui, false, nil
	case o.In != os.Stdin || o.Out != os.Stdout || o.JSON || !screen.Suitable():
		return newPlainUI(o.In, o.Out), isTerminal(o.Out) && os.Getenv("TERM") != "dumb", nil
	}
	s, err := screen.Open()
	return s, true, err
}

// signalled is the cause of a context that a signal has ended.
type signalled struct{ signal syscall.Signal }

func (s signalled) Error() string { return s.signal.String() }

// untilSignal ends when the process is told to.
func untilSignal(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT)
	go func() { // ends with ctx, which stop ends
		for ctx.Err() == nil {
			select {
			case s := <-signals:
				if s != syscall.SIGINT || !screen.Editing() { // that is for the editor
					cancel(signalled{s.(syscall.Signal)})
				}
			case <-ctx.Done():
			}
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}

// exitCode is code, or what a shell expects of a process that a signal has ended.
func exitCode(ctx context.Context, code int) int {
	if s, ok := context.Cause(ctx).(signalled); ok {
		return 128 + int(s.signal)
	}
	return code
}
