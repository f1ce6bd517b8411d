package conn

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/notes"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/user"
	"github.com/greenroom-chat/greenroom/net/irc"
	"github.com/greenroom-chat/greenroom/net/origin"
)

const (
	saslChunk = 400            // ircv3 sasl-3.1: bytes of base64 in a line
	saslMost  = 16 * saslChunk // of one response
)

// The mechanisms, as AUTHENTICATE names them.
const (
	saslPlain    = "PLAIN"
	saslExternal = "EXTERNAL"
	saslScram    = "SCRAM-SHA-256"
)

// sasl is an authentication under way. It holds a password for as long as the
// client takes to send it, and no longer.
type sasl struct {
	mechanism string
	data      []byte           // of the response that is being sent
	step      int              // of SCRAM: how often the server has spoken
	proved    account.LoggedIn // by SCRAM, when the client is to agree
}

// authenticate is AUTHENTICATE (ircv3 sasl-3.1, sasl-3.2). It may be said at any
// time, also by who is logged in. That the capability comes first binds the
// client: one that forgot it has shown its password already.
func (c *conn) authenticate(ctx actor.Context, x *exchange, m irc.Message) {
	chunk := m.Param(0)
	switch {
	case chunk == "*":
		c.sasl = nil
		c.numeric(x, irc.ErrSaslAborted, textSaslAborted)
	case c.sasl == nil:
		c.mechanism(x, chunk)
	case len(chunk) > saslChunk, len(c.sasl.data)+len(chunk) > saslMost:
		c.sasl = nil
		c.numeric(x, irc.ErrSaslTooLong, textSaslTooLong)
	default:
		c.saslChunk(ctx, x, chunk)
	}
}

// loggedIn tells whether the client has an account, signed in or not yet.
func (c *conn) loggedIn() bool {
	if c.user == nil {
		return c.greeting.account != ""
	}
	return !c.profile.Guest()
}

// mechanisms are those that this client may use: EXTERNAL wants TLS.
func (c *conn) mechanisms() []string {
	list := []string{saslPlain}
	if c.secure {
		list = append(list, saslExternal)
	}
	if c.cfg.Scram {
		list = append(list, saslScram)
	}
	return list
}

func (c *conn) mechanism(x *exchange, name string) {
	name = strings.ToUpper(name)
	if !slices.Contains(c.mechanisms(), name) {
		c.numeric(x, irc.RplSaslMechs, strings.Join(c.mechanisms(), ","), textSaslMechs)
		c.numeric(x, irc.ErrSaslFail, textSaslFailed)
		return
	}
	c.sasl = &sasl{mechanism: name}
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
	c.sasl.data = nil
	raw := make([]byte, base64.StdEncoding.DecodedLen(len(encoded)))
	n, err := base64.StdEncoding.Decode(raw, encoded)
	clear(encoded)
	defer clear(raw)
	if err != nil {
		c.sasl = nil
		c.numeric(x, irc.ErrSaslFail, textSaslMalformed)
		return
	}
	c.respond(ctx, x, raw[:n])
}

// saslSay sends the client a challenge, in chunks.
func (c *conn) saslSay(x *exchange, text string) {
	encoded := base64.StdEncoding.EncodeToString([]byte(text))
	for len(encoded) >= saslChunk {
		c.reply(x, irc.New("AUTHENTICATE", encoded[:saslChunk]))
		encoded = encoded[saslChunk:]
	}
	if encoded == "" {
		encoded = "+"
	}
	c.reply(x, irc.New("AUTHENTICATE", encoded))
}

// abandonSasl ends an authentication that registration has overtaken
// (ircv3 sasl-3.1).
func (c *conn) abandonSasl(x *exchange) {
	if c.sasl != nil {
		c.sasl = nil
		c.numeric(x, irc.ErrSaslAborted, textSaslAborted)
	}
}

// authenticated ends SASL well.
func (c *conn) authenticated(ctx actor.Context, x *exchange, who account.LoggedIn) {
	c.sasl = nil
	c.loggedInAs(ctx, x, who.Account, who.Notes, func() { c.numeric(x, irc.RplSaslSuccess, textSaslSuccess) })
}

// loggedInAs makes the client who it has proved to be, and then says so. Who
// is signed in already asks the registry first.
func (c *conn) loggedInAs(ctx actor.Context, x *exchange, name string, set *notes.Set, say func()) {
	c.isKnown(false)
	if c.user == nil {
		c.greeting.account = name
		c.greeting.notes = set.With(c.greeting.notes.Since(c.greeting.kept)...)
		c.greeting.kept = set
		c.sayLoggedIn(x, name)
		say()
		return
	}
	var subject []string
	if x.command == "REGISTER" {
		subject = []string{name}
	}
	before := c.profile
	ticket := c.ask(x, subject, func(_ actor.Context, answer any) {
		m, ok := answer.(user.Done)
		if !ok {
			c.refuse(x, ask.ErrUnknown, subject...)
			return
		}
		c.profile, c.nick = m.Profile, m.Profile.Nick
		c.sayLoggedIn(x, name)
		say()
		if before.Account != m.Profile.Account {
			c.sayNews(x, before, m.Profile)
		}
	})
	ctx.Send(c.cfg.Registry, registry.Identify{Ticket: ticket, User: c.user, Account: name, Notes: set})
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
