package conn

import (
	"errors"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// redact is REDACT target msgid [reason] (ircv3 message-redaction): it deletes a
// message of one's own, or as an operator of the room or the server any of the
// room.
func (c *conn) redact(ctx actor.Context, x *exchange, m irc.Message) {
	target, msgid, reason := m.Param(0), m.Param(1), m.Param(2)
	if !c.cfg.Redaction || !c.caps.has(capRedaction) { // "a client MUST negotiate"
		c.unknownCommand(x)
		return
	}
	name := target
	if p, in := c.find(target); in {
		name = p.name
	}
	if len(reason) > irc.MaxText(source(c.profile), "REDACT", name+" "+msgid) {
		c.refuse(x, room.ErrTooLong)
		return
	}
	id, err := journal.ParseID(msgid)
	if err != nil {
		id = journal.ID{} // of no room: that room says whether one may ask at all
	}
	ticket := c.askOr(x, nil, nil, func(_ actor.Context, err error) { c.redactRefused(x, err, target, msgid) })
	command := room.Redact{Ticket: ticket, User: c.user, ID: id, Target: name, Reason: reason}
	if c.profile.Modes.Has(people.Operator) {
		warden := c.profile
		command.Warden = &warden
	}
	if isRoomName(target) {
		c.toRoom(ctx, target, command)
		return
	}
	ctx.Send(c.cfg.Registry, registry.ToConversation{Ticket: ticket, User: c.user, With: target, Command: command})
}

// redactRefused names the target, and the message where that is what is wrong.
func (c *conn) redactRefused(x *exchange, err error, target, msgid string) {
	switch {
	case errors.Is(err, journal.ErrNoMessage), errors.Is(err, journal.ErrNotTheirs):
		c.refuse(x, err, clip(target), clip(msgid))
	case isNoTarget(err):
		c.refuse(x, err, clip(target))
	default:
		c.refuse(x, err)
	}
}
