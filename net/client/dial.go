package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/greenroom-chat/greenroom/net/irc"
	"github.com/greenroom-chat/greenroom/net/pin"
)

// Dial connects, logs in or registers, and waits to be welcomed, all within
// ctx. A refusal is a *Fail.
func Dial(ctx context.Context, opts Options) (*Client, error) {
	if opts.Account == "" && (opts.Password != "" || opts.Certificate != nil) {
		opts.Account = opts.Nick
	}
	if opts.Realname == "" {
		opts.Realname = opts.Nick
	}
	if opts.KeepAlive == 0 {
		opts.KeepAlive = defaultKeepAlive
	}
	conn, err := connect(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", opts.Addr, err)
	}
	c := newClient(conn, opts)
	hangUp := context.AfterFunc(ctx, func() { c.end(context.Cause(ctx)) })
	greeting, err := c.register()
	if !hangUp() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = c.Close()
		switch {
		case ctx.Err() != nil && !isFail(err):
			err = ctx.Err()
		case opts.Plaintext && !c.heard && speaksTLS(ctx, opts):
			err = ErrSpeaksTLS
		}
		return nil, fmt.Errorf("sign in to %s: %w", opts.Addr, err)
	}
	c.owned.Go(func() { c.read(greeting) })
	return c, nil
}

func isFail(err error) bool {
	var fail *Fail
	return errors.As(err, &fail)
}

func newClient(conn net.Conn, opts Options) *Client {
	if opts.Recover == nil {
		opts.Recover = func() {}
	}
	c := &Client{
		opts:     opts,
		conn:     conn,
		events:   make(chan irc.Message, eventQueue),
		out:      make(chan []byte, writeQueue),
		done:     make(chan struct{}),
		caps:     map[string]string{},
		tokens:   map[string]string{},
		requests: map[string]*request{},
	}
	c.lines = irc.NewLineReader(&pulse{conn: conn, idle: opts.KeepAlive, ask: c.ask}, irc.MaxLine)
	c.owned.Go(c.write)
	return c
}

func connect(ctx context.Context, opts Options) (net.Conn, error) {
	host, _, err := net.SplitHostPort(opts.Addr)
	if err != nil {
		return nil, err
	}
	if opts.Plaintext && !loopback(host) {
		return nil, ErrNotLoopback
	}
	dial := opts.Dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	raw, err := dial(ctx, "tcp", opts.Addr)
	if err != nil || opts.Plaintext {
		return raw, err
	}
	conn := tls.Client(raw, tlsConfig(host, opts))
	err = conn.HandshakeContext(ctx)
	if err == nil {
		return conn, nil
	}
	_ = raw.Close()
	var other tls.RecordHeaderError
	if errors.As(err, &other) {
		err = ErrNoTLS
	}
	return nil, err
}

// speaksTLS asks a server that hung up on plaintext without a word whether TLS
// is what it wants. Nothing else is said to it.
func speaksTLS(ctx context.Context, opts Options) bool {
	met := errors.New("met")
	opts.Plaintext = false
	opts.VerifyKey = func(string, string) error { return met }
	conn, err := connect(ctx, opts)
	if err == nil {
		_ = conn.Close()
	}
	return errors.Is(err, met)
}

// loopback does not resolve: a name other than localhost may change its mind.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// tlsConfig leaves the key exchange to the library: its first choice is
// X25519MLKEM768.
func tlsConfig(host string, opts Options) *tls.Config {
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS13}
	if opts.Certificate != nil {
		config.Certificates = []tls.Certificate{*opts.Certificate}
	}
	if opts.VerifyKey != nil {
		// The key is compared, so that names and dates in the certificate do
		// not matter.
		config.InsecureSkipVerify = true
		config.VerifyConnection = func(state tls.ConnectionState) error {
			return opts.VerifyKey(opts.Addr, pin.Of(state.PeerCertificates[0]))
		}
	}
	return config
}

// pulse reads from the connection and asks after the server when nothing comes.
type pulse struct {
	conn  net.Conn
	idle  time.Duration
	ask   func()
	asked bool
}

func (p *pulse) Read(b []byte) (int, error) {
	for {
		if err := p.conn.SetReadDeadline(time.Now().Add(p.idle)); err != nil {
			return 0, err
		}
		n, err := p.conn.Read(b)
		if n > 0 {
			p.asked = false
			return n, nil
		}
		var timeout net.Error
		switch {
		case !errors.As(err, &timeout) || !timeout.Timeout():
			return 0, err
		case p.asked:
			return 0, errSilent
		}
		p.asked = true
		p.ask()
	}
}
