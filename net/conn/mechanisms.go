package conn

import (
	"bytes"
	"unicode/utf8"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// respond takes a whole response of the client.
func (c *conn) respond(ctx actor.Context, x *exchange, raw []byte) {
	if !utf8.Valid(raw) {
		c.sasl = nil
		c.numeric(x, irc.ErrSaslFail, textSaslMalformed)
		return
	}
	switch c.sasl.mechanism {
	case saslPlain:
		c.respondPlain(ctx, x, raw)
	case saslExternal:
		c.logIn(ctx, x, func(t ask.Ticket) any {
			return account.LoginCertificate{Ticket: t, Fingerprint: c.certificate, Name: string(raw), Remote: c.remoteHost()}
		})
	case saslScram:
		c.respondScram(ctx, x, string(raw))
	}
}

// respondPlain takes a PLAIN response apart (RFC 4616). An authorization
// identity other than the authentication identity is refused.
func (c *conn) respondPlain(ctx actor.Context, x *exchange, raw []byte) {
	parts := bytes.Split(raw, []byte{0})
	if len(parts) != 3 || len(parts[1]) == 0 || len(parts[0]) > 0 && !bytes.Equal(parts[0], parts[1]) {
		c.sasl = nil
		c.numeric(x, irc.ErrSaslFail, textSaslMalformed)
		return
	}
	name, password := string(parts[1]), account.Secret(parts[2])
	c.logIn(ctx, x, func(t ask.Ticket) any {
		return account.Login{Ticket: t, Name: name, Password: password, Remote: c.remoteHost()}
	})
}

// respondScram is RFC 5802 3: the client's first message, its proof, and that
// it agrees with what the server has proved.
func (c *conn) respondScram(ctx actor.Context, x *exchange, text string) {
	switch c.sasl.step++; c.sasl.step {
	case 1:
		c.logIn(ctx, x, func(t ask.Ticket) any {
			return account.Challenge{Ticket: t, First: text, Remote: c.remoteHost()}
		})
	case 2:
		c.logIn(ctx, x, func(t ask.Ticket) any { return account.Prove{Ticket: t, Proof: text} })
	default:
		c.authenticated(ctx, x, c.sasl.proved)
	}
}

// logIn asks the accounts' actor.
func (c *conn) logIn(ctx actor.Context, x *exchange, command func(ask.Ticket) any) {
	ticket := c.askOr(x, nil,
		func(ctx actor.Context, answer any) { c.letIn(ctx, x, answer) },
		func(_ actor.Context, reason error) {
			c.sasl = nil
			c.loggingIn(false)
			c.refuse(x, reason)
		})
	c.loggingIn(true)
	ctx.Send(c.cfg.Account, command(ticket))
}

// letIn goes on with what the accounts' actor says.
func (c *conn) letIn(ctx actor.Context, x *exchange, answer any) {
	switch m := answer.(type) {
	case account.Challenged:
		c.saslSay(x, m.Text)
	case account.LoggedIn:
		if m.Final == "" {
			c.authenticated(ctx, x, m)
			return
		}
		c.sasl.proved = m
		c.saslSay(x, m.Final)
	}
}
