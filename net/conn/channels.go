package conn

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/user"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// targets takes a list such as "#a,#b" apart; too many are refused as a whole.
// The command costs as much for each as it would for one.
func (c *conn) targets(x *exchange, list string) []string {
	words := slices.DeleteFunc(strings.Split(list, ","), func(s string) bool { return s == "" })
	if len(words) > c.cfg.Limits.Targets {
		c.numeric(x, irc.ErrTooManyTargets, clip(list), textTooManyTargets)
		return nil
	}
	x.cost *= max(1, len(words))
	return words
}

// costsRooms is for a command that tells all rooms of the user.
func (c *conn) costsRooms(x *exchange) { x.cost *= max(1, len(c.joined)) }

// each does a command for every target, one after the other.
func (x *exchange) each(targets []string, do func(ctx actor.Context, i int, target string)) {
	for i, target := range targets {
		x.steps = append(x.steps, func(ctx actor.Context) { do(ctx, i, target) })
	}
}

// streamSteps opens the batch of a command whose steps each bring a line of
// their own, in its place among those of others.
func (c *conn) streamSteps(x *exchange) {
	if len(x.steps) > 1 {
		c.stream(x)
	}
}

func (c *conn) join(_ actor.Context, x *exchange, m irc.Message) {
	if m.Param(0) == "0" { // RFC 2812 3.2.1: leave all rooms
		c.partAll(x)
		return
	}
	keys := strings.Split(m.Param(1), ",")
	x.each(c.targets(x, m.Param(0)), func(ctx actor.Context, i int, name string) {
		key := ""
		if i < len(keys) {
			key = keys[i]
		}
		ticket := c.askOr(x, nil, nil, func(_ actor.Context, reason error) {
			if !errors.Is(reason, room.ErrPresent) {
				c.refuse(x, reason, clip(name))
			}
		})
		ctx.Send(c.user, user.Join{Ticket: ticket, Name: name, Key: key})
	})
}

func (c *conn) partAll(x *exchange) {
	var all []string
	for _, p := range c.joined {
		all = append(all, p.name)
	}
	c.costsRooms(x)
	x.command = "PART" // as what the rooms show of it
	x.each(all, func(ctx actor.Context, _ int, name string) { c.leave(ctx, x, name, "") })
	c.streamSteps(x)
}

func (c *conn) part(_ actor.Context, x *exchange, m irc.Message) {
	x.each(c.targets(x, m.Param(0)), func(ctx actor.Context, _ int, name string) { c.leave(ctx, x, name, m.Param(1)) })
	c.streamSteps(x)
}

func (c *conn) leave(ctx actor.Context, x *exchange, name, reason string) {
	ticket := c.askRoom(x, name, nil)
	c.toRoom(ctx, name, room.Leave{
		Ticket: ticket, User: c.user, Kind: journal.Part, Reason: c.parting(reason, "PART", name),
	})
}

func (c *conn) topic(ctx actor.Context, x *exchange, m irc.Message) {
	name := m.Param(0)
	if len(m.Params) > 1 {
		if len(m.Param(1)) > c.cfg.Limits.Topic {
			c.numeric(x, irc.ErrInputTooLong, textTooLong)
			return
		}
		if !c.fits(x, "TOPIC", name, m.Param(1)) {
			return
		}
		ticket := c.askRoom(x, name, nil)
		c.toRoom(ctx, name, room.SetTopic{Ticket: ticket, User: c.user, Topic: m.Param(1)})
		return
	}
	c.describe(ctx, x, name, func(d room.Description) {
		if d.State.Topic == "" {
			c.numeric(x, irc.RplNoTopic, d.Name, "No topic is set")
			return
		}
		c.sayTopic(x, d)
	})
}

// describe asks about a room. Nobody outside is told of a secret one.
func (c *conn) describe(ctx actor.Context, x *exchange, name string, then func(room.Description)) {
	ticket := c.askOr(x, nil,
		func(_ actor.Context, answer any) {
			if d, ok := answer.(room.Description); ok {
				then(d)
				return
			}
			c.refuse(x, ask.ErrUnknown, clip(name))
		},
		func(_ actor.Context, err error) {
			if errors.Is(err, room.ErrNotPresent) { // a room says this of itself only when it is secret
				err = registry.ErrNoRoom
			}
			c.refuse(x, err, clip(name))
		})
	c.toRoom(ctx, name, room.Describe{Ticket: ticket, User: c.user})
}

// kick is KICK (RFC 2812 3.2.8): several from one room, or as many rooms as
// there are people.
func (c *conn) kick(_ actor.Context, x *exchange, m irc.Message) {
	reason := m.Param(2)
	if len(reason) > c.cfg.Limits.Kick {
		c.numeric(x, irc.ErrInputTooLong, textTooLong)
		return
	}
	if reason == "" {
		reason = c.nick
	}
	rooms := strings.Split(m.Param(0), ",")
	nicks := c.targets(x, m.Param(1))
	if len(rooms) > 1 && len(rooms) != len(nicks) {
		c.numeric(x, irc.ErrNeedMoreParams, x.command, textUnevenKick)
		return
	}
	x.each(nicks, func(ctx actor.Context, i int, nick string) {
		name := rooms[min(i, len(rooms)-1)]
		if !c.fits(x, "KICK", name+" "+nick, reason) {
			return
		}
		ticket := c.askOr(x, nil, nil, func(ctx actor.Context, err error) {
			if errors.Is(err, room.ErrNoTarget) {
				c.refuse(x, err, clip(nick), clip(name))
				return
			}
			c.refuseRoom(ctx, x, name, err)
		})
		c.toRoom(ctx, name, room.Kick{Ticket: ticket, User: c.user, Nick: nick, Reason: reason})
	})
	c.streamSteps(x)
}

// invite is INVITE; without parameters it lists who has invited us.
func (c *conn) invite(ctx actor.Context, x *exchange, m irc.Message) {
	nick, name := m.Param(0), m.Param(1)
	switch {
	case nick == "":
		for _, invitation := range c.invites {
			c.numeric(x, irc.RplInviteList, invitation)
		}
		c.numeric(x, irc.RplEndOfInviteList, "End of INVITE list")
	case name == "":
		c.numeric(x, irc.ErrNeedMoreParams, "INVITE", textNeedMoreParams)
	default:
		ticket := c.ask(x, []string{clip(nick)}, func(ctx actor.Context, answer any) {
			if who, ok := answer.(registry.UserFound); ok {
				c.inviteFound(ctx, x, who, name)
			}
		})
		ctx.Send(c.cfg.Registry, registry.FindUser{Ticket: ticket, Nick: nick})
	}
}

func (c *conn) inviteFound(ctx actor.Context, x *exchange, who registry.UserFound, name string) {
	nick := who.Profile.Nick
	inviting := func() { c.numeric(x, irc.RplInviting, nick, name) }
	ticket := c.askOr(x, nil,
		func(ctx actor.Context, _ any) { // whoever is invited has been told when their user answers
			told := c.askOr(x, nil, func(actor.Context, any) { inviting() }, func(actor.Context, error) { inviting() })
			ctx.Send(who.User, user.Whois{Ticket: told, By: c.user})
		},
		func(ctx actor.Context, err error) {
			if errors.Is(err, room.ErrPresent) {
				c.numeric(x, irc.ErrUserOnChannel, nick, clip(name), textAlreadyThere)
				return
			}
			c.refuseRoom(ctx, x, name, err)
		})
	once := rand.Uint64() | 1
	c.once.first(once) // 341 is what we are shown of it
	c.toRoom(ctx, name, room.Invite{Ticket: ticket, User: c.user, Invited: who.User, Nick: nick, Once: once})
}
