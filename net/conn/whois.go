package conn

import (
	"strconv"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/user"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// whois is WHOIS [server] nick (modern.ircdocs.horse: whois-message).
func (c *conn) whois(ctx actor.Context, x *exchange, m irc.Message) {
	nick := m.Param(0)
	if len(m.Params) > 1 {
		if irc.Fold(m.Param(1)) != irc.Fold(nick) && !c.thisServer(x, nick) {
			return
		}
		nick = m.Param(1)
	}
	if nick == "" {
		c.numeric(x, irc.ErrNoNicknameGiven, textNoNick)
		return
	}
	ticket := c.askOr(x, nil,
		func(_ actor.Context, answer any) {
			if m, ok := answer.(user.Portrait); ok && m.Online {
				c.sayWhois(x, m)
				return
			}
			c.noWhois(x, nick, registry.ErrNoNick)
		},
		func(_ actor.Context, err error) { c.noWhois(x, nick, err) })
	rooms := make([]journal.Room, len(c.joined))
	for i, p := range c.joined {
		rooms[i] = p.no
	}
	ctx.Send(c.cfg.Registry, registry.ToUser{
		Ticket: ticket, Nick: nick, Command: user.Whois{Ticket: ticket, By: c.user, AskerRooms: rooms},
	})
}

func (c *conn) noWhois(x *exchange, nick string, err error) {
	c.refuse(x, err, clip(nick))
	c.numeric(x, irc.RplEndOfWhois, clip(nick), "End of WHOIS list")
}

func (c *conn) sayWhois(x *exchange, m user.Portrait) {
	p := m.Profile
	c.numeric(x, irc.RplWhoisUser, p.Nick, p.Username, p.Host, "*", p.Realname)
	words := make([]string, len(m.Rooms))
	for i, r := range m.Rooms {
		words[i] = c.prefix(r.Role) + r.Name
	}
	for _, line := range wrap(words, irc.MaxText(c.cfg.Server, "319 "+c.nick, p.Nick)) {
		c.numeric(x, irc.RplWhoisChannels, p.Nick, line)
	}
	c.numeric(x, irc.RplWhoisServer, p.Nick, c.cfg.Server, c.cfg.Description)
	if p.Modes.Has(people.Operator) {
		c.numeric(x, irc.RplWhoisOperator, p.Nick, "is an operator of the server")
	}
	if p.Account != "" {
		c.numeric(x, irc.RplWhoisAccount, p.Nick, p.Account, "is logged in as")
	}
	if p.Modes.Has(people.Bot) {
		c.numeric(x, irc.RplWhoisBot, p.Nick, "is a bot")
	}
	if p.Away != "" {
		c.numeric(x, irc.RplAway, p.Nick, p.Away)
	}
	c.sayConnection(x, p)
	c.sayWhoisNotes(x, p)
	idle := time.Duration(0)
	if !m.Active.IsZero() { // not known after a restart
		idle = max(c.cfg.Now().Sub(m.Active), 0)
	}
	c.numeric(x, irc.RplWhoisIdle, p.Nick, strconv.Itoa(int(idle/time.Second)),
		strconv.FormatInt(m.SignedOn.Unix(), 10), "seconds idle, signon time")
	c.numeric(x, irc.RplEndOfWhois, p.Nick, "End of WHOIS list")
}

// sayConnection tells how somebody is connected, and to those who may know it
// from where.
func (c *conn) sayConnection(x *exchange, p people.Profile) {
	if p.Modes.Has(people.Secure) {
		c.numeric(x, irc.RplWhoisSecure, p.Nick, "is using a secure connection")
	}
	if c.knowsAddress(p) {
		c.numeric(x, irc.RplWhoisHost, p.Nick, "is connecting from *@"+p.Address+" "+p.Address)
	}
}

// knowsAddress: nobody else is told where somebody comes from.
func (c *conn) knowsAddress(p people.Profile) bool {
	return p.Address != "" && (p.ID == c.profile.ID || c.profile.Modes.Has(people.Operator))
}

// whowas is WHOWAS nick[,nick] [count] (RFC 2812 3.6.3).
func (c *conn) whowas(ctx actor.Context, x *exchange, m irc.Message) {
	asked := m.Param(0)
	if asked == "" {
		c.numeric(x, irc.ErrNoNicknameGiven, textNoNick)
		return
	}
	nicks := c.targets(x, asked)
	if len(nicks) == 0 {
		return
	}
	most, _ := strconv.Atoi(m.Param(1)) // what is no number of people is all of them
	ticket := c.ask(x, nil, func(_ actor.Context, answer any) {
		if past, ok := answer.(registry.Remembered); ok {
			c.sayWhowas(x, past.List)
			if len(past.List) == 0 {
				c.numeric(x, irc.ErrWasNoSuchNick, clip(asked), "There was no such nick")
			}
		}
		c.numeric(x, irc.RplEndOfWhowas, clip(asked), "End of WHOWAS")
	})
	ctx.Send(c.cfg.Registry, registry.Whowas{Ticket: ticket, Nicks: nicks, Most: max(most, 0)})
}

func (c *conn) sayWhowas(x *exchange, list []registry.Past) {
	for _, past := range list {
		p := past.Profile
		c.numeric(x, irc.RplWhowasUser, p.Nick, p.Username, p.Host, "*", p.Realname)
		c.numeric(x, irc.RplWhoisServer, p.Nick, c.cfg.Server, strings.ReplaceAll(past.Until.UTC().Format(time.RFC1123), "UTC", "GMT"))
	}
}
