package conn

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/user"
	"github.com/greenroom-chat/greenroom/net/irc"
)

func operatorCommand(name string) command {
	switch name {
	case "OPER":
		return command{run: (*conn).oper, min: 1, cost: 5}
	case "KILL":
		return command{run: operatorsOnly((*conn).kill), min: 1}
	case "WALLOPS":
		return command{run: operatorsOnly((*conn).wallops), cost: 5}
	case "REHASH":
		return command{run: operatorsOnly((*conn).rehash), cost: 5}
	}
	return command{}
}

// operatorsOnly is a command that others are refused (RFC 2812 5.2: 481).
func operatorsOnly(run func(*conn, actor.Context, *exchange, irc.Message)) func(*conn, actor.Context, *exchange, irc.Message) {
	return func(c *conn, ctx actor.Context, x *exchange, m irc.Message) {
		if !c.profile.Modes.Has(people.Operator) {
			c.numeric(x, irc.ErrNoPrivileges, "Only operators of the server may do that; see OPER")
			return
		}
		run(c, ctx, x, m)
	}
}

// oper is OPER (RFC 2812 3.1.4). Whatever is wrong has one answer.
func (c *conn) oper(ctx actor.Context, x *exchange, m irc.Message) {
	ticket := c.ask(x, nil, func(ctx actor.Context, answer any) {
		if _, ok := answer.(account.Operating); ok {
			c.becomeOperator(ctx, x)
		}
	})
	ctx.Send(c.cfg.Account, account.Operate{
		Ticket: ticket, Name: m.Param(0), Password: account.Secret(m.Param(1)), Remote: c.remoteHost(),
	})
}

func (c *conn) becomeOperator(ctx actor.Context, x *exchange) {
	ticket := c.ask(x, nil, func(actor.Context, any) {
		c.numeric(x, irc.RplYoureOper, "You are now an operator of the server")
	})
	ctx.Send(c.user, user.SetMode{Ticket: ticket, Mode: people.Operator, On: true})
}

// kill is KILL (RFC 2812 3.7.1). It is complete when every session of the
// victim is on its way out.
func (c *conn) kill(ctx actor.Context, x *exchange, m irc.Message) {
	nick, reason := m.Param(0), m.Param(1)
	if reason == "" {
		reason = textNoReason
	}
	ticket := c.ask(x, []string{clip(nick)}, nil)
	ctx.Send(c.cfg.Registry, registry.ToUser{Ticket: ticket, Nick: nick, Command: user.Kill{
		Ticket: ticket, By: c.profile, Reason: cut8(reason, c.cfg.Limits.Kick),
	}})
}

// killed ends this session as an operator of the server wants.
func (c *conn) killed(m user.Killed) {
	if !c.ended {
		c.tellLine(c.from(m.By, "KILL", c.nick, m.Reason))
		c.close("Killed (" + m.By.Nick + " (" + m.Reason + "))")
	}
}

// wallops is WALLOPS (RFC 2812 4.7).
func (c *conn) wallops(ctx actor.Context, x *exchange, m irc.Message) {
	text := m.Param(0)
	switch {
	case text == "":
		c.numeric(x, irc.ErrNeedMoreParams, x.command, textNeedMoreParams)
	case len(text) > irc.MaxText(source(c.profile), "WALLOPS", ""):
		c.numeric(x, irc.ErrInputTooLong, textTooLong)
	default:
		ctx.Send(c.cfg.Registry, registry.Announce{Ticket: c.ask(x, nil, nil), By: c.profile, Text: text})
	}
}

func (c *conn) announced(m user.Announced) {
	c.tellLine(c.from(m.By, "WALLOPS", m.Text))
}

// rehash is REHASH (RFC 2812 4.2): who runs the server loads what it can load
// again, and says in its log how that went.
func (c *conn) rehash(_ actor.Context, x *exchange, _ irc.Message) {
	if c.cfg.Rehash == nil {
		c.refuse(x, ask.ErrUnavailable)
		return
	}
	c.cfg.Rehash()
	c.numeric(x, irc.RplRehashing, "greenroom", "The configuration is being loaded again")
}
