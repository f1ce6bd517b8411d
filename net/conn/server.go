package conn

import (
	"net"
	"strconv"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/registry"
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

func (c *conn) quit(_ actor.Context, x *exchange, m irc.Message) {
	reason := "Quit"
	if text := m.Param(0); text != "" {
		reason = cut8("Quit: "+text, c.cfg.Limits.Kick)
	}
	c.hangUp(x, reason)
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
		people, num := strconv.Itoa(m.Online), strconv.Itoa
		c.numeric(x, irc.RplLUserClient, "There are "+people+" users and 0 invisible on 1 servers")
		c.numeric(x, irc.RplLUserChannels, num(m.Rooms), "rooms formed")
		c.numeric(x, irc.RplLUserMe, "I have "+people+" clients and 0 servers")
		c.numeric(x, irc.RplLocalUsers, people, people, "Current local users "+people)
		c.numeric(x, irc.RplGlobalUsers, people, people, "Current global users "+people)
	})
	ctx.Send(c.cfg.Registry, registry.Everyone{Ticket: ticket, Mask: nobody, Limit: 1})
}

// nobody is a mask that no nick fits: only the numbers are wanted.
const nobody = "!"

func (c *conn) version(_ actor.Context, x *exchange, m irc.Message) {
	if c.thisServer(x, m.Param(0)) {
		c.numeric(x, irc.RplVersion, c.cfg.Version, c.cfg.Server, c.cfg.Description)
	}
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
