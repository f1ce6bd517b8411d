// Package client is our own client of the protocol, used by the REPL, the
// bench, the proof and the tests. It knows no actor. A Client is one
// connection: it owns a reading and a writing goroutine, both of which end with
// it. It does not connect again by itself; Backoff says when to.
package client

import (
	"context"
	"crypto/tls"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// Secret is a password: it prints as "[secret]" wherever it turns up.
type Secret string

// String hides the password from %v and %s.
func (Secret) String() string { return "[secret]" }

// GoString hides the password from %#v.
func (Secret) GoString() string { return "[secret]" }

// MarshalText hides the password from JSON and its like.
func (Secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

// Options say where to and as whom. Addr and Nick are needed.
type Options struct {
	Addr      string
	Plaintext bool // no TLS; refused unless the address is loopback

	// VerifyKey decides by the fingerprint alone (package pin) whether the
	// server is the right one. It must not wait for a person: the server
	// hangs up within seconds. Return an error, ask, and dial again. Nil: the
	// certificate must be valid for the address.
	VerifyKey func(addr, fingerprint string) error

	Nick     string
	Realname string // empty: the nick
	Account  string // empty: the nick, if there is a password
	Password Secret // empty: no login, but for that by Certificate
	Register bool   // make the account instead of logging in to it

	// Certificate is what the client shows of itself, and, without a password,
	// logs in with (SASL EXTERNAL). Nil: none.
	Certificate *tls.Certificate

	// ServerPassword is that of the server itself, if it has one.
	ServerPassword Secret

	// Caps are asked for besides those that this package lives on.
	Caps []string

	// Dial makes the connection below TLS. Nil: a TCP dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	// Watch is shown every message but PING in the order of the wire, the
	// answers to requests among those of others, before anything else is done
	// with it. It is called on the goroutine that reads. Nil: nobody watches.
	Watch func(irc.Message)

	// Recover is deferred by every goroutine of the client, so that somebody
	// can put a terminal in order before a panic ends the process. Nil: nobody.
	Recover func()

	// KeepAlive is how long the server may be silent before it is asked with
	// PING, and again before it is given up. 0: a minute.
	KeepAlive time.Duration

	// DropEvents is for those who only ask and post: nothing arrives on
	// Events, and nobody has to read from it.
	DropEvents bool
}

// ownCaps are what the methods of Client live on.
var ownCaps = []string{
	irc.CapSasl, irc.CapMessageTags, irc.CapServerTime, irc.CapBatch, irc.CapEchoMessage,
	irc.CapLabeledResponse, irc.CapAccountTag, irc.CapStandardReplies, irc.CapRegistration,
	irc.CapChatHistory, irc.CapCapNotify,
}

// Sizes of the queues. A reader of Events that falls this far behind makes the
// client stop reading from the server.
const (
	eventQueue = 64
	writeQueue = 64
	mostWrite  = 64 << 10
	mostReply  = 16 << 10 // messages in one answer
)

const (
	defaultKeepAlive = time.Minute
	writeTimeout     = 30 * time.Second
)

// Client is a connection that has been welcomed. Its methods may be called from
// any goroutine.
type Client struct {
	opts   Options
	conn   net.Conn
	lines  *irc.LineReader
	events chan irc.Message
	out    chan []byte
	done   chan struct{} // closed at the end, after err is set
	owned  sync.WaitGroup
	heard  bool // of sign-in: the server has said something

	mu       sync.Mutex
	err      error  // why it ended
	lastWord string // text of the server's ERROR
	nick     string
	account  string
	caps     map[string]string // acknowledged, with the values offered
	tokens   map[string]string // ISUPPORT
	requests map[string]*request
	labels   uint64
}

// Events delivers what answers no request, in order: messages of others,
// notices, membership, the greeting. It is closed when the connection ends, and
// Err then says why. While nobody reads from it, requests are not answered
// either.
func (c *Client) Events() <-chan irc.Message { return c.events }

// Done is closed when the connection has ended.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err tells why the connection ended; nil while it lasts. It is a *Closed.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Nick is the nick that one has at the moment.
func (c *Client) Nick() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nick
}

// Account is the account one is logged in to; empty for a guest.
func (c *Client) Account() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.account
}

// Has tells whether the server acknowledged a capability.
func (c *Client) Has(capability string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.caps[capability]
	return ok
}

// ISupport is the value of a token of RPL_ISUPPORT.
func (c *Client) ISupport(name string) (value string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	value, ok = c.tokens[name]
	return value, ok
}

// HistoryLimit is the most that one History may ask for; 0: no limit is known.
func (c *Client) HistoryLimit() int {
	value, _ := c.ISupport("CHATHISTORY")
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// Close ends the connection without a word and waits for its goroutines.
func (c *Client) Close() error {
	c.end(errClosedHere)
	c.owned.Wait()
	return nil
}

// Quit says QUIT, waits for the server to hang up, but not beyond ctx, and
// closes.
func (c *Client) Quit(ctx context.Context, reason string) error {
	m := irc.New("QUIT")
	if reason != "" {
		m = irc.New("QUIT", reason)
	}
	err := c.Send(m)
	if err == nil {
		select {
		case <-c.done:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	_ = c.Close()
	return err
}

// end is called by whoever first finds that it is over.
func (c *Client) end(cause error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	c.err = &Closed{Text: c.lastWord, Cause: cause}
	close(c.done)
	c.mu.Unlock()
	_ = c.conn.Close()
}
