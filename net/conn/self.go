package conn

import (
	"unicode/utf8"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/user"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// away is AWAY. Before sign-in, which draft/pre-away allows, it is what the
// session begins with.
func (c *conn) away(ctx actor.Context, x *exchange, m irc.Message) {
	text := m.Param(0)
	switch {
	case c.user == nil && !c.caps.has(capPreAway):
		c.notRegistered(x)
	case len(text) > c.cfg.Limits.Away:
		c.numeric(x, irc.ErrInputTooLong, textTooLong)
	case c.user == nil:
		c.greeting.away = text
		c.sayAway(x, text)
	default:
		c.costsRooms(x)
		ticket := c.ask(x, nil, func(actor.Context, any) { c.sayAway(x, text) })
		ctx.Send(c.user, user.SetAway{Ticket: ticket, Session: c.self, Text: text})
	}
}

// sayAway tells a client what others now see of it.
func (c *conn) sayAway(x *exchange, text string) {
	if text == "" {
		c.numeric(x, irc.RplUnAway, "You are no longer marked as being away")
		return
	}
	c.numeric(x, irc.RplNowAway, "You have been marked as being away")
}

// setname is SETNAME (ircv3 setname), also for clients without the capability,
// which are told nothing of its success.
func (c *conn) setname(ctx actor.Context, x *exchange, m irc.Message) {
	name := m.Param(0)
	if name == "" || len(name) > c.cfg.Limits.Realname || !utf8.ValidString(name) {
		c.fail(x, "INVALID_REALNAME", textBadRealname)
		return
	}
	c.costsRooms(x)
	ticket := c.ask(x, nil, func(actor.Context, any) {
		if c.caps.has(capSetname) {
			c.reply(x, c.from(c.profile, "SETNAME", name))
		}
	})
	ctx.Send(c.user, user.SetRealname{Ticket: ticket, Realname: name})
}

// changed shows its owner what is new of a profile. What rooms show of it, the
// connection has then seen.
func (c *conn) changed(m user.Changed) {
	if c.user == nil {
		return // the welcome, which is on its way, tells it
	}
	c.profile, c.nick = m.New, m.New.Nick
	if m.Once != 0 && !c.once.first(m.Once) {
		return
	}
	x := &exchange{unasked: true}
	if c.current != nil && c.causes(c.current.command, m) {
		x = c.current
	}
	switch {
	case m.Old.Nick != m.New.Nick:
		c.reply(x, c.from(m.Old, "NICK", m.New.Nick))
	case m.Old.Modes != m.New.Modes:
		c.newModes(x, m.Old.Modes, m.New.Modes)
	case m.Old.Away != m.New.Away:
		if x.unasked {
			c.sayAway(x, m.New.Away)
		}
	case m.Old.Account != m.New.Account && !x.unasked: // the answer shows it
	case m.Old.Realname != m.New.Realname && !x.unasked: // so does it
	case m.Old.Notes != m.New.Notes && !x.unasked: // so does it
	default:
		c.sayNews(x, m.Old, m.New)
	}
}

// sayNews shows what is new of somebody, in so far as the client wants to know.
func (c *conn) sayNews(x *exchange, old, now people.Profile) (said bool) {
	switch {
	case old.Account != now.Account && c.caps.has(capAccountNotify):
		c.reply(x, c.from(now, "ACCOUNT", orStar(now.Account)))
	case old.Away != now.Away && c.caps.has(capAwayNotify):
		c.reply(x, c.from(now, "AWAY", withReason(now.Away)...))
	case old.Realname != now.Realname && c.caps.has(capSetname):
		c.reply(x, c.from(now, "SETNAME", now.Realname))
	default:
		return c.sayChanges(x, old, now)
	}
	return true
}

// causes tells whether a command of this client may have brought the change.
func (c *conn) causes(command string, m user.Changed) bool {
	switch command {
	case "NICK":
		return m.Old.Nick != m.New.Nick
	case "AUTHENTICATE", "REGISTER":
		return m.Old.Account != m.New.Account
	case "AWAY":
		return m.Old.Away != m.New.Away
	case "METADATA", "CAP", "USER":
		return m.Old.Notes != m.New.Notes
	case "SETNAME":
		return m.Old.Realname != m.New.Realname
	case "MODE", "OPER":
		return m.Old.Modes != m.New.Modes
	}
	return false
}

// from is a line of somebody's that no room shows.
func (c *conn) from(p people.Profile, command string, params ...string) irc.Message {
	m := irc.Message{Source: source(p), Command: command, Params: params}
	if c.caps.has(capAccountTag) && p.Account != "" {
		m = tagged(m, irc.Tag{Key: irc.TagAccount, Value: p.Account})
	}
	if c.caps.has(capMessageTags) && p.Modes.Has(people.Bot) {
		m = tagged(m, irc.Tag{Key: irc.TagBot})
	}
	return m
}
