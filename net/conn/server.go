package conn

import (
	"net"
	"strconv"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/user"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// pingCommand is PING; as a command it waits for those before it, so that PONG
// is a fence.
func (c *conn) pingCommand(_ actor.Context, x *exchange, m irc.Message) {
	if m.Param(0) == "" {
		c.numeric(x, irc.ErrNoOrigin, textNoOrigin)
		return
	}
	c.reply(x, irc.New("PONG", c.cfg.Server, m.Param(0)))
}

// pongCommand: having been read is all that a PONG is for.
func (c *conn) pongCommand(actor.Context, *exchange, irc.Message) {}

// quit is QUIT. It is complete when the rooms have seen the client quit; then
// comes ERROR (RFC 2812 3.1.7), and its nick is free. Where other sessions stay
// no room shows it, so that the client hears of it here only.
func (c *conn) quit(ctx actor.Context, x *exchange, m irc.Message) {
	reason := "Quit"
	if text := m.Param(0); text != "" {
		reason = c.parting("Quit: "+text, "QUIT", "")
	}
	if c.user == nil {
		c.hangUp(x, reason)
		return
	}
	ctx.Unwatch(c.user) // it may end now, and this connection no longer with it
	ticket := c.askOr(x, nil,
		func(_ actor.Context, answer any) {
			if _, stay := answer.(user.Remains); stay {
				c.reply(x, c.from(c.profile, "QUIT", reason))
			}
			c.hangUp(x, reason)
		},
		func(actor.Context, error) { c.hangUp(x, reason) })
	ctx.Send(c.user, user.Detach{Ticket: ticket, Conn: c.self, Reason: reason})
}

func (c *conn) motd(_ actor.Context, x *exchange, m irc.Message) {
	if c.thisServer(x, m.Param(0)) {
		c.sayMotd(x)
	}
}

func (c *conn) sayMotd(x *exchange) {
	if len(c.cfg.MOTD) == 0 {
		c.numeric(x, irc.ErrNoMotd, "There is no message of the day")
		return
	}
	c.numeric(x, irc.RplMotdStart, "- "+c.cfg.Server+" Message of the day -")
	for _, line := range c.cfg.MOTD {
		c.numeric(x, irc.RplMotd, "- "+line)
	}
	c.numeric(x, irc.RplEndOfMotd, "End of MOTD")
}

// thisServer tells whether a question is for this server: there is no other.
func (c *conn) thisServer(x *exchange, name string) bool {
	if name == "" || irc.MatchMask(name, c.cfg.Server) || irc.Fold(name) == irc.Fold(c.nick) {
		return true
	}
	c.numeric(x, irc.ErrNoSuchServer, clip(name), "No such server; this one is "+c.cfg.Server)
	return false
}

func (c *conn) lusers(ctx actor.Context, x *exchange, _ irc.Message) {
	ticket := c.ask(x, nil, func(_ actor.Context, answer any) {
		m, ok := answer.(registry.People)
		if !ok {
			return
		}
		c.credit.looked(m.Online)
		num := strconv.Itoa
		here, most := num(m.Online), num(m.Most)
		c.numeric(x, irc.RplLUserClient,
			"There are "+num(m.Online-m.Hidden)+" users and "+num(m.Hidden)+" invisible on 1 servers")
		c.numeric(x, irc.RplLUserOp, num(m.Operators), "operators online")
		c.numeric(x, irc.RplLUserChannels, num(m.Rooms), "rooms formed")
		c.numeric(x, irc.RplLUserMe, "I have "+here+" clients and 0 servers")
		c.numeric(x, irc.RplLocalUsers, here, most, "Current local users "+here+", max "+most)
		c.numeric(x, irc.RplGlobalUsers, here, most, "Current global users "+here+", max "+most)
	})
	ctx.Send(c.cfg.Registry, registry.Everyone{Ticket: ticket, Mask: nobody, Limit: 1})
}

// nobody is a mask that no nick fits: only the numbers are wanted.
const nobody = "!"

func (c *conn) version(_ actor.Context, x *exchange, m irc.Message) {
	if c.thisServer(x, m.Param(0)) {
		c.numeric(x, irc.RplVersion, c.cfg.Version, c.cfg.Server, c.cfg.Description)
		c.sayISupport(x, "")
	}
}

// info is INFO (RFC 2812 3.4.10).
func (c *conn) info(_ actor.Context, x *exchange, m irc.Message) {
	if !c.thisServer(x, m.Param(0)) {
		return
	}
	for _, line := range []string{
		c.cfg.Version + ": a team chat server. A message is shown to anyone only after it is on disk.",
		"This server was started " + c.cfg.Started.UTC().Format(time.RFC1123),
	} {
		c.numeric(x, irc.RplInfo, line)
	}
	c.numeric(x, irc.RplEndOfInfo, "End of INFO list")
}

// admin is ADMIN (RFC 2812 3.4.9).
func (c *conn) admin(_ actor.Context, x *exchange, m irc.Message) {
	if c.thisServer(x, m.Param(0)) {
		c.numeric(x, irc.RplAdminMe, c.cfg.Server, "Administrative info")
		c.numeric(x, irc.RplAdminLoc1, c.cfg.Network)
		c.numeric(x, irc.RplAdminLoc2, c.cfg.Description)
	}
}

// links is LINKS (RFC 2812 3.4.5): there is no other server to tell of.
func (c *conn) links(_ actor.Context, x *exchange, m irc.Message) {
	c.numeric(x, irc.RplEndOfLinks, clip(orStar(m.Last())), "End of LINKS list: this server is the only one")
}

func (c *conn) time(_ actor.Context, x *exchange, m irc.Message) {
	if c.thisServer(x, m.Param(0)) {
		now := c.cfg.Now().UTC()
		c.numeric(x, irc.RplTime, c.cfg.Server, strconv.FormatInt(now.Unix(), 10), "0", now.Format(time.RFC1123Z))
	}
}

// hostOf is an address without its port.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}
