package conn

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/user"
	"github.com/greenroom-chat/greenroom/net/irc"
	"github.com/greenroom-chat/greenroom/net/origin"
)

const (
	saslChunk = 400            // ircv3 sasl-3.1: bytes of base64 in a line
	saslMost  = 16 * saslChunk // of one response
)

// sasl is an authentication under way. It holds a password for as long as the
// client takes to send it, and no longer.
type sasl struct {
	active bool // a mechanism has been chosen
	data   []byte
}

// authenticate is AUTHENTICATE (ircv3 sasl-3.1, sasl-3.2).
func (c *conn) authenticate(ctx actor.Context, x *exchange, m irc.Message) {
	chunk := m.Param(0)
	switch {
	case !c.caps.has(capSasl):
		c.numeric(x, irc.ErrSaslFail, textSaslNeedsCap)
	case c.loggedIn():
		c.sasl = sasl{}
		c.numeric(x, irc.ErrSaslAlready, textAlreadyLoggedIn)
	case chunk == "*":
		c.sasl = sasl{}
		c.numeric(x, irc.ErrSaslAborted, textSaslAborted)
	case !c.sasl.active:
		c.mechanism(x, chunk)
	case len(chunk) > saslChunk, len(c.sasl.data)+len(chunk) > saslMost:
		c.sasl = sasl{}
		c.numeric(x, irc.ErrSaslTooLong, textSaslTooLong)
	default:
		c.saslChunk(ctx, x, chunk)
	}
}

// loggedIn tells whether the client has an account, signed in or not yet.
func (c *conn) loggedIn() bool {
	return c.greeting.account != "" || c.user != nil && !c.profile.Guest()
}

func (c *conn) mechanism(x *exchange, name string) {
	if !strings.EqualFold(name, "PLAIN") {
		c.numeric(x, irc.RplSaslMechs, "PLAIN", textSaslMechs)
		c.numeric(x, irc.ErrSaslFail, textSaslFailed)
		return
	}
	c.sasl.active = true
	c.reply(x, irc.New("AUTHENTICATE", "+"))
}

// saslChunk collects a response; one of less than 400 bytes, or "+", is the
// last.
func (c *conn) saslChunk(ctx actor.Context, x *exchange, chunk string) {
	if chunk != "+" {
		c.sasl.data = append(c.sasl.data, chunk...)
	}
	if len(chunk) == saslChunk {
		return
	}
	encoded := c.sasl.data
	c.sasl = sasl{}
	name, password, ok := plain(encoded)
	clear(encoded)
	if !ok {
		c.numeric(x, irc.ErrSaslFail, textSaslMalformed)
		return
	}
	ticket := c.askOr(x, nil,
		func(ctx actor.Context, answer any) {
			if m, ok := answer.(account.LoggedIn); ok {
				c.loggedInAs(ctx, x, m.Account, func() { c.numeric(x, irc.RplSaslSuccess, textSaslSuccess) })
			}
		},
		func(_ actor.Context, reason error) {
			c.loggingIn(false)
			c.refuse(x, reason)
		})
	c.loggingIn(true)
	ctx.Send(c.cfg.Account, account.Login{Ticket: ticket, Name: name, Password: password, Remote: c.remoteHost()})
}

// plain takes a PLAIN response apart (RFC 4616). An authorization identity
// other than the authentication identity is refused.
func plain(encoded []byte) (name string, password account.Secret, ok bool) {
	raw := make([]byte, base64.StdEncoding.DecodedLen(len(encoded)))
	n, err := base64.StdEncoding.Decode(raw, encoded)
	defer clear(raw)
	if err != nil || !utf8.Valid(raw[:n]) {
		return "", "", false
	}
	parts := bytes.Split(raw[:n], []byte{0})
	if len(parts) != 3 || len(parts[1]) == 0 || len(parts[0]) > 0 && !bytes.Equal(parts[0], parts[1]) {
		return "", "", false
	}
	return string(parts[1]), account.Secret(parts[2]), true
}

// abandonSasl ends an authentication that registration has overtaken
// (ircv3 sasl-3.1).
func (c *conn) abandonSasl(x *exchange) {
	if c.sasl.active {
		c.sasl = sasl{}
		c.numeric(x, irc.ErrSaslAborted, textSaslAborted)
	}
}

// loggedInAs makes the client who it has proved to be, and then says so. Who
// is signed in as a guest asks the registry first.
func (c *conn) loggedInAs(ctx actor.Context, x *exchange, name string, say func()) {
	c.isKnown(false)
	if c.user == nil {
		c.greeting.account = name
		c.sayLoggedIn(x, name)
		say()
		return
	}
	ticket := c.ask(x, []string{name}, func(_ actor.Context, answer any) {
		m, ok := answer.(user.Done)
		if !ok {
			c.refuse(x, ask.ErrUnknown, name)
			return
		}
		c.profile, c.nick = m.Profile, m.Profile.Nick
		c.sayLoggedIn(x, name)
		say()
	})
	ctx.Send(c.cfg.Registry, registry.Identify{Ticket: ticket, User: c.user, Account: name})
}

func (c *conn) sayLoggedIn(x *exchange, name string) {
	who := source(c.profile)
	if c.user == nil {
		who = c.shownNick() + "!" + orStar(c.greeting.username) + "@" + c.cfg.Host(c.sock.RemoteAddr())
	}
	c.numeric(x, irc.RplLoggedIn, who, name, "You are now logged in as "+name)
}

// remoteHost is what failures to log in are counted by.
func (c *conn) remoteHost() string { return origin.Of(c.sock.RemoteAddr()) }
