package conn

import (
	"errors"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// names is NAMES (RFC 2812 3.2.5): what is asked for ends once. A secret room
// has the same answer as one that is not there.
func (c *conn) names(ctx actor.Context, x *exchange, m irc.Message) {
	asked := m.Param(0)
	if asked == "" {
		c.namesOfAll(ctx, x)
		return
	}
	if rooms := c.targets(x, asked); len(rooms) > 0 {
		c.namesOf(x, rooms, clip(asked))
	}
}

// namesOfAll is NAMES without a room: those that the client may know of, as many
// as it may name.
func (c *conn) namesOfAll(ctx actor.Context, x *exchange) {
	ticket := c.ask(x, nil, func(_ actor.Context, answer any) {
		listed, _ := answer.(registry.Listed)
		c.credit.looked(len(listed.Rooms))
		var rooms []string
		for _, r := range listed.Rooms {
			if len(rooms) < c.cfg.Limits.Targets && c.mayKnow(r) {
				rooms = append(rooms, r.Name)
			}
		}
		c.namesOf(x, rooms, "*")
	})
	ctx.Send(c.cfg.Registry, registry.List{Ticket: ticket})
}

func (c *conn) namesOf(x *exchange, rooms []string, asked string) {
	x.each(rooms, func(ctx actor.Context, _ int, name string) {
		c.roster(ctx, x, name, func(p room.Present, there bool) {
			if there {
				c.sayNames(x, clip(p.Name), p.Secret, p.People)
			}
		})
	})
	x.steps = append(x.steps, func(actor.Context) { c.endNames(x, asked) })
}

// roster asks who is in a room; a room that must not be known is not there.
func (c *conn) roster(ctx actor.Context, x *exchange, name string, then func(p room.Present, there bool)) {
	ticket := c.askOr(x, nil,
		func(_ actor.Context, answer any) {
			p, ok := answer.(room.Present)
			c.credit.looked(len(p.People))
			if !ok || p.Secret && !p.Inside {
				then(room.Present{}, false)
				return
			}
			then(p, true)
		},
		func(_ actor.Context, err error) {
			if errors.Is(err, registry.ErrNoRoom) || errors.Is(err, registry.ErrBadRoomName) {
				then(room.Present{}, false)
				return
			}
			c.refuse(x, err, clip(name))
		})
	c.toRoom(ctx, name, room.Roster{Ticket: ticket, User: c.user})
}
