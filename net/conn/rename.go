package conn

import (
	"slices"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// rename is RENAME (ircv3 channel-rename).
func (c *conn) rename(ctx actor.Context, x *exchange, m irc.Message) {
	old, name, reason := m.Param(0), m.Param(1), m.Param(2)
	if len(reason) > c.cfg.Limits.Kick {
		c.numeric(x, irc.ErrInputTooLong, textTooLong)
		return
	}
	if !c.fits(x, "RENAME", old+" "+name, reason) {
		return
	}
	ticket := c.askOr(x, nil, nil, func(ctx actor.Context, err error) {
		if _, own := renderRename(err); own {
			c.refuse(x, err, clip(old), clip(name))
			return
		}
		c.refuseRoom(ctx, x, old, err)
	})
	ctx.Send(c.cfg.Registry, registry.RenameRoom{Ticket: ticket, User: c.user, Old: old, New: name, Reason: reason})
}

// moved shows that a room has another name: to clients without the capability
// as leaving the one and entering the other, unless only the case is new.
func (c *conn) moved(m room.Moved) {
	i := slices.IndexFunc(c.joined, func(p place) bool { return p.key == names.Fold(m.Old) })
	if i < 0 || c.ended {
		return
	}
	name := m.Description.Name
	c.joined[i].key, c.joined[i].name = names.Fold(name), name
	x := &exchange{unasked: true}
	if c.current != nil && c.current.command == "RENAME" && m.Event.Record.Author.ID == c.profile.ID {
		x = c.current
	}
	switch {
	case c.caps.has(capRename):
		c.showAnswer(x, m.Event)
	case irc.Fold(m.Old) != irc.Fold(name):
		c.stream(x)
		c.showAgain(x, m)
	}
}

// showAgain is what a client is shown that leaves a room and enters another.
func (c *conn) showAgain(x *exchange, m room.Moved) {
	record := m.Event.Record
	me := author(c.profile)
	part := journal.Record{Kind: journal.Part, Author: me, Time: record.Time, Text: record.Text}
	join := journal.Record{Kind: journal.Join, Author: me, Time: record.Time}
	c.showEvent(x, room.Event{Room: m.Old, Record: part, Profile: c.profile})
	c.showEvent(x, room.Event{Room: m.Description.Name, Record: join, Profile: c.profile})
	c.showRoom(x, m.Description, m.People, m.Marker)
}

// showRoom is what a client is told of a room that it comes into.
func (c *conn) showRoom(x *exchange, d room.Description, people []room.Presence, marker time.Time) {
	if d.State.Topic != "" {
		c.sayTopic(x, d)
	}
	if c.profile.Guest() {
		marker = c.marks.move(names.Fold(d.Name), time.Time{}, c.cfg.Now(), 0)
	}
	if c.caps.has(capReadMarker) { // ircv3 read-marker: before RPL_ENDOFNAMES
		c.sayMarker(x, d.Name, marker)
	}
	if !c.caps.has(capNoImplicitNames) {
		c.sayNames(x, d.Name, strings.Contains(d.State.Modes, "s"), people)
		c.endNames(x, d.Name)
	}
}

// showAnswer shows an event that is the only answer, with its label.
func (c *conn) showAnswer(x *exchange, e room.Event) {
	if x.label == "" || x.batch != "" || x.told {
		c.showEvent(x, e)
		return
	}
	x.told = true
	label := irc.Tags{{Key: irc.TagLabel, Value: x.label}}
	c.write(true, func(dst []byte) []byte { return encode(dst, c.caps.class(), e, label) })
}
