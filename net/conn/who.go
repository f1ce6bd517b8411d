package conn

import (
	"slices"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// whoQuery is what a WHO asks for.
type whoQuery struct {
	mask      string
	operators bool   // only those of the server
	fields    string // of WHOX; empty: 352
	token     string
}

// whoxFields are all that there are, in the order in which they are told
// (ircv3 whox).
const whoxFields = "tcuihsnfdlaor"

// who is WHO of a room, of a nick or of a mask. A mask does not find the
// invisible, unless they share a room.
func (c *conn) who(ctx actor.Context, x *exchange, m irc.Message) {
	q := parseWho(m)
	switch {
	case isRoomName(q.mask):
		c.roster(ctx, x, q.mask, func(p room.Present, there bool) {
			for _, who := range p.People {
				c.sayWho(x, q, p.Name, who)
			}
			c.endWho(x, q)
		})
	case strings.ContainsAny(q.mask, "*?"):
		c.whoMask(ctx, x, q)
	default:
		ticket := c.askOr(x, nil, func(ctx actor.Context, answer any) {
			if found, ok := answer.(registry.UserFound); ok {
				c.sayWho(x, q, "*", room.Presence{Profile: found.Profile})
			}
			c.endWho(x, q)
		}, func(ctx actor.Context, _ error) { c.whoMask(ctx, x, q) })
		ctx.Send(c.cfg.Registry, registry.FindUser{Ticket: ticket, Nick: q.mask})
	}
}

func parseWho(m irc.Message) whoQuery {
	q := whoQuery{mask: orStar(m.Param(0))}
	if q.mask == "0" { // RFC 2812 3.6.1
		q.mask = "*"
	}
	flags, fields, whox := strings.Cut(m.Param(1), "%")
	q.operators = strings.Contains(flags, "o")
	if whox {
		fields, q.token, _ = strings.Cut(fields, ",")
		for _, f := range whoxFields {
			if strings.ContainsRune(fields, f) {
				q.fields += string(f)
			}
		}
	}
	return q
}

func (c *conn) whoMask(ctx actor.Context, x *exchange, q whoQuery) {
	ticket := c.ask(x, []string{clip(q.mask)}, func(_ actor.Context, answer any) {
		m, ok := answer.(registry.People)
		if !ok {
			return
		}
		c.credit.looked(m.Online)
		var hidden []people.Profile
		for _, p := range m.List {
			if p.Modes.Has(people.Invisible) && p.ID != c.profile.ID && !c.profile.Modes.Has(people.Operator) {
				hidden = append(hidden, p)
				continue
			}
			c.sayWho(x, q, "*", room.Presence{Profile: p})
		}
		c.whoHidden(x, q, hidden)
	})
	ctx.Send(c.cfg.Registry, registry.Everyone{Ticket: ticket, Mask: q.mask, Limit: c.cfg.Limits.Who})
}

// whoHidden tells of the invisible who are in a room with the asker: one room
// after the other is asked, until all are found.
func (c *conn) whoHidden(x *exchange, q whoQuery, hidden []people.Profile) {
	for _, p := range c.joined {
		x.steps = append(x.steps, func(ctx actor.Context) {
			if len(hidden) == 0 {
				return
			}
			c.roster(ctx, x, p.name, func(present room.Present, _ bool) {
				hidden = slices.DeleteFunc(hidden, func(h people.Profile) bool {
					found := slices.ContainsFunc(present.People, func(who room.Presence) bool { return who.Profile.ID == h.ID })
					if found {
						c.sayWho(x, q, "*", room.Presence{Profile: h})
					}
					return found
				})
			})
		})
	}
	x.steps = append(x.steps, func(actor.Context) { c.endWho(x, q) })
}

func (c *conn) endWho(x *exchange, q whoQuery) {
	c.numeric(x, irc.RplEndOfWho, clip(q.mask), "End of WHO list")
}

func (c *conn) sayWho(x *exchange, q whoQuery, where string, who room.Presence) {
	p := who.Profile
	if q.operators && !p.Modes.Has(people.Operator) {
		return
	}
	flags := c.whoFlags(who)
	if q.fields == "" {
		c.numeric(x, irc.RplWhoReply, where, p.Username, p.Host, c.cfg.Server, p.Nick, flags, "0 "+p.Realname)
		return
	}
	values := map[rune]string{
		't': q.token, 'c': where, 'u': p.Username, 'i': "255.255.255.255", 'h': p.Host, 's': c.cfg.Server, 'n': p.Nick,
		'f': flags, 'd': "0", 'l': "0", 'a': p.Account, 'o': "n/a", 'r': p.Realname,
	}
	if c.knowsAddress(p) {
		values['i'] = p.Address
	}
	if p.Guest() || p.Account == "0" {
		values['a'] = "0"
	}
	var params []string
	for _, f := range q.fields {
		params = append(params, values[f])
	}
	c.numeric(x, irc.RplWhoSpcRpl, params...)
}

// whoFlags: here or gone, operator of the server, bot, role in the room.
func (c *conn) whoFlags(who room.Presence) string {
	flags := "H"
	if who.Profile.Away != "" {
		flags = "G"
	}
	if who.Profile.Modes.Has(people.Operator) {
		flags += "*"
	}
	if who.Profile.Modes.Has(people.Bot) {
		flags += "B"
	}
	return flags + c.prefix(who.Role)
}

// userhost is USERHOST (RFC 2812 4.8).
func (c *conn) userhost(_ actor.Context, x *exchange, m irc.Message) {
	c.lookUp(x, m.Params, 5, func(found []people.Profile) {
		words := make([]string, len(found))
		for i, p := range found {
			nick, here := p.Nick, "+"
			if p.Modes.Has(people.Operator) {
				nick += "*"
			}
			if p.Away != "" {
				here = "-"
			}
			words[i] = nick + "=" + here + p.Username + "@" + p.Host
		}
		c.numeric(x, irc.RplUserhost, strings.Join(words, " "))
	})
}
