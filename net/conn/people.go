package conn

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/user"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// who is WHO of a room or of a mask.
func (c *conn) who(ctx actor.Context, x *exchange, m irc.Message) {
	mask := orStar(m.Param(0))
	end := func() { c.numeric(x, irc.RplEndOfWho, clip(mask), "End of WHO list") }
	if isRoomName(mask) {
		c.roster(ctx, x, mask, func(p room.Present, there bool) {
			for _, who := range p.People {
				c.sayWho(x, p.Name, who)
			}
			end()
		})
		return
	}
	if mask == "0" { // RFC 2812 3.6.1
		mask = "*"
	}
	ticket := c.ask(x, []string{clip(mask)}, func(_ actor.Context, answer any) {
		if m, ok := answer.(registry.People); ok {
			c.credit.looked(m.Online)
			for _, p := range m.List {
				c.sayWho(x, "*", room.Presence{Profile: p})
			}
		}
		end()
	})
	ctx.Send(c.cfg.Registry, registry.Everyone{Ticket: ticket, Mask: mask, Limit: c.cfg.Limits.Who})
}

func (c *conn) sayWho(x *exchange, where string, who room.Presence) {
	p := who.Profile
	flags := "H"
	if p.Away != "" {
		flags = "G"
	}
	if p.Modes.Has(people.Bot) {
		flags += "B"
	}
	c.numeric(x, irc.RplWhoReply, where, p.Username, p.Host, c.cfg.Server, p.Nick, flags+c.prefix(who.Role), "0 "+p.Realname)
}

// whois is WHOIS [server] nick.
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
	if p.Account != "" {
		c.numeric(x, irc.RplWhoisAccount, p.Nick, p.Account, "is logged in as")
	}
	if p.Modes.Has(people.Bot) {
		c.numeric(x, irc.RplWhoisBot, p.Nick, "is a bot")
	}
	if p.Away != "" {
		c.numeric(x, irc.RplAway, p.Nick, p.Away)
	}
	idle := time.Duration(0)
	if !m.Active.IsZero() { // not known after a restart
		idle = max(c.cfg.Now().Sub(m.Active), 0)
	}
	c.numeric(x, irc.RplWhoisIdle, p.Nick, strconv.Itoa(int(idle/time.Second)),
		strconv.FormatInt(m.SignedOn.Unix(), 10), "seconds idle, signon time")
	c.numeric(x, irc.RplEndOfWhois, p.Nick, "End of WHOIS list")
}

// whowas: who has left is not kept.
func (c *conn) whowas(_ actor.Context, x *exchange, m irc.Message) {
	nick := m.Param(0)
	if nick == "" {
		c.numeric(x, irc.ErrNoNicknameGiven, textNoNick)
		return
	}
	c.numeric(x, irc.ErrWasNoSuchNick, clip(nick), "There was no such nick")
	c.numeric(x, irc.RplEndOfWhowas, clip(nick), "End of WHOWAS")
}

func (c *conn) userhost(_ actor.Context, x *exchange, m irc.Message) {
	c.lookUp(x, m.Params, 5, func(found []people.Profile) {
		words := make([]string, len(found))
		for i, p := range found {
			here := "+"
			if p.Away != "" {
				here = "-"
			}
			words[i] = p.Nick + "=" + here + p.Username + "@" + p.Host
		}
		c.numeric(x, irc.RplUserhost, strings.Join(words, " "))
	})
}

func (c *conn) ison(_ actor.Context, x *exchange, m irc.Message) {
	nicks := strings.Fields(strings.Join(m.Params, " "))
	c.lookUp(x, nicks, 16, func(found []people.Profile) {
		words := make([]string, len(found))
		for i, p := range found {
			words[i] = p.Nick
		}
		c.numeric(x, irc.RplIsOn, strings.Join(words, " "))
	})
}

// lookUp asks for one nick after the other, and then says who was found.
func (c *conn) lookUp(x *exchange, nicks []string, most int, say func([]people.Profile)) {
	var found []people.Profile
	nicks = nicks[:min(len(nicks), most)]
	x.cost = max(x.cost, (len(nicks)+3)/4)
	x.each(nicks, func(ctx actor.Context, _ int, nick string) {
		ticket := c.askOr(x, nil,
			func(_ actor.Context, answer any) {
				if m, ok := answer.(registry.UserFound); ok {
					found = append(found, m.Profile)
				}
			},
			func(_ actor.Context, err error) {
				if !errors.Is(err, registry.ErrNoNick) {
					c.refuse(x, err, clip(nick))
				}
			})
		ctx.Send(c.cfg.Registry, registry.FindUser{Ticket: ticket, Nick: nick})
	})
	x.steps = append(x.steps, func(actor.Context) { say(found) })
}
