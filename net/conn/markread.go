package conn

import (
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// markread is MARKREAD target [timestamp=...] (ircv3 read-marker): how far the
// user has read, on whatever device.
func (c *conn) markread(ctx actor.Context, x *exchange, m irc.Message) {
	target := m.Param(0)
	if target == "" {
		c.fail(x, "NEED_MORE_PARAMS", "Missing parameters")
		return
	}
	var at time.Time
	if len(m.Params) > 1 {
		stamp, given := strings.CutPrefix(m.Param(1), "timestamp=")
		t, err := irc.ParseTime(stamp)
		if !given || err != nil {
			c.fail(x, "INVALID_PARAMS", clip(target), clip(orStar(m.Param(1))), "Invalid timestamp; use timestamp= and the time of a message")
			return
		}
		at = t
	}
	name := target
	if p, in := c.find(target); in {
		name = p.name
	}
	ticket := c.askOr(x, nil,
		func(_ actor.Context, answer any) {
			if told, ok := answer.(room.Marked); ok {
				c.sayMarker(x, name, told.At)
			}
		},
		func(_ actor.Context, err error) { c.refuse(x, err, clip(target)) })
	command := room.Mark{Ticket: ticket, User: c.user, At: at}
	if isRoomName(target) {
		c.toRoom(ctx, target, command)
		return
	}
	ctx.Send(c.cfg.Registry, registry.ToConversation{Ticket: ticket, User: c.user, With: target, Command: command})
}

// marked answers a MARKREAD, or tells of one on another device.
func (c *conn) marked(ctx actor.Context, m room.Marked) {
	switch {
	case m.Ref != 0:
		c.answered(ctx, m.Ref, m)
	case c.caps.has(capReadMarker):
		c.sayMarker(&exchange{unasked: true}, m.Name, m.At)
	}
}

func (c *conn) sayMarker(x *exchange, target string, at time.Time) {
	stamp := "*"
	if !at.IsZero() {
		stamp = "timestamp=" + irc.FormatTime(at)
	}
	c.reply(x, irc.New("MARKREAD", target, stamp))
}
