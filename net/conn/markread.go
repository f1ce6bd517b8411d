package conn

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/names"
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
	if c.profile.Guest() {
		c.sayMarker(x, clip(name), c.marks.move(names.Fold(name), at, c.cfg.Now(), c.cfg.Limits.Rooms))
		return
	}
	ticket := c.askOr(x, nil,
		func(_ actor.Context, answer any) {
			if told, ok := answer.(room.Marked); ok {
				c.sayMarker(x, name, told.At)
			}
		},
		func(_ actor.Context, err error) {
			if at.IsZero() && nothingThere(err) { // nothing has been read of it
				c.sayMarker(x, clip(name), at)
				return
			}
			c.refuse(x, err, clip(target))
		})
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

// nothingThere: the client is told no more of what it may not know of.
func nothingThere(err error) bool {
	for _, e := range []error{registry.ErrNoRoom, registry.ErrBadRoomName, registry.ErrNoNick, room.ErrNotPresent} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// guestMarks are how far a guest has read, by the names of rooms and people: of
// a guest nothing is stored, so they are kept as long as the connection.
type guestMarks []guestMark

type guestMark struct {
	key string
	at  time.Time
}

// move brings a marker forward, and returns it. Nobody has read what is yet to
// be said. Of too many the oldest is forgotten.
func (g *guestMarks) move(key string, at, now time.Time, most int) time.Time {
	if at.After(now) {
		at = now
	}
	i := slices.IndexFunc(*g, func(m guestMark) bool { return m.key == key })
	switch {
	case i >= 0 && at.After((*g)[i].at):
		(*g)[i].at = at
	case i >= 0:
		at = (*g)[i].at
	case !at.IsZero():
		if len(*g) >= most {
			*g = slices.Delete(*g, 0, len(*g)-most+1)
		}
		*g = append(*g, guestMark{key, at})
	}
	return at
}
