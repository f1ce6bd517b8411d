package repl

import (
	"strings"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// handle takes one message of the server.
func (c *chat) handle(m irc.Message) {
	switch irc.Numeric(m.Command) {
	case irc.RplTopic:
		if r := c.find(m.Param(1)); r != nil {
			r.topic = m.Param(2)
		}
		return
	case irc.RplNamReply:
		if r := c.find(m.Param(2)); r != nil {
			r.names(m.Last())
		}
		return
	case irc.RplMotd:
		c.say(m.Last())
		return
	case irc.RplUnAway, irc.RplNowAway:
		c.away = m.Command == string(irc.RplNowAway)
		c.looks(!c.away)
		return
	case irc.RplAway:
		c.say(m.Param(1) + " is away: " + m.Last())
		return
	}
	switch {
	case m.Command == "FAIL" || m.Command == "WARN" || irc.IsError(m.Command) && m.Command != string(irc.ErrNoMotd):
		c.refuse(sentence(m.Last()))
	case m.Command == "MARKREAD":
		c.toldMarker(m)
	case m.Command == "AWAY":
		c.toldAway(m)
	case m.Command == "TAGMSG" && m.Tag(tagTyping) != "":
		c.types(m)
	case m.Command == "NOTE", m.Command == "NOTICE" && !strings.Contains(m.Source, "!"):
		c.say(m.Last())
	default:
		if e, ok := eventOf(m, c.me, c.o.now()); ok {
			c.happened(e)
		}
	}
}

// happened puts an event where it belongs.
func (c *chat) happened(e event) {
	switch {
	case e.kind == invited:
		c.showEvent(e, e.room == "")
	case e.kind == gone || e.kind == renamed:
		c.everywhere(e)
	case e.kind == joined && e.self:
		r := c.room(e.room)
		r.nicks, r.since = map[string]string{}, e.at
		c.enter(r)
	case e.kind == left && e.self, e.kind == kicked && same(e.whom, c.me):
		c.gone(e)
	default:
		r := c.find(e.room)
		if r == nil && e.speech() {
			r = c.room(e.room)
		}
		if r != nil {
			c.inOrder(r, e)
		}
	}
}

// everywhere is for what somebody does in all rooms at once. It is shown once.
func (c *chat) everywhere(e event) {
	visible := false
	for _, r := range c.rooms {
		r.stops(e.nick)
		concerns := r.present(e)
		if !isRoom(r.name) && same(r.name, e.nick) {
			concerns = true
			if e.kind == renamed {
				r.name = e.whom
			}
		}
		visible = visible || concerns && r == c.current
	}
	if e.kind == renamed && e.self {
		c.me, visible = e.whom, true
		c.login.Nick = e.whom
	}
	switch {
	case c.raw():
		c.showEvent(e, true)
	case visible && e.comesOrGoes():
		c.come(e)
	case visible:
		c.showEvent(e, true)
	}
}

// inOrder delivers an event now, or when those before it have come: history, or the echo of our own line.
func (c *chat) inOrder(r *room, e event) {
	switch {
	case r.joining || r.filling:
		r.waiting = append(r.waiting, e)
	case c.outbox.sendingTo(r):
		r.waiting = append(r.waiting, e)
		if len(r.waiting) == 1 {
			c.after(orderWait, func() { c.overdue(r) })
		}
	default:
		c.deliver(r, e)
	}
}

// overdue: the echo is late, so it comes later in the room's order too.
func (c *chat) overdue(r *room) {
	if r.joining || r.filling {
		return
	}
	for len(r.waiting) > 0 {
		e := r.waiting[0]
		r.waiting = r.waiting[1:]
		c.deliver(r, e)
	}
}

// deliver shows an event, or keeps it until the user comes to its room. An event that was seen before is dropped.
func (c *chat) deliver(r *room, e event) {
	if !r.fresh(e) {
		return
	}
	if !e.speech() {
		r.present(e)
	}
	if e.kind != reacted && e.kind != undone {
		r.stops(e.nick)
	}
	if e.kind == deleted {
		r.unsay(e.ref)
		defer c.lines.forget(e.ref)
	}
	c.lines.note(e)
	forUs := !e.known && !e.self && e.speech() && (!isRoom(r.name) || c.calls(e.text))
	if forUs {
		c.ui.Bell()
		c.noteMention(e)
	}
	switch {
	case c.raw():
		if !e.known {
			c.showEvent(e, true)
		}
	case r == c.current && e.comesOrGoes():
		c.come(e)
	case r == c.current && c.absent() && e.speech() && !e.known && !e.self:
		c.showUnseen(r, e)
	case r == c.current:
		c.showEvent(e, true)
		r.saw(e)
	case forUs, e.self && !e.known && !isRoom(r.name): // the latter is from another session of ours
		c.showEvent(e, false)
		r.saw(e)
	case e.speech():
		r.addUnread(e)
	}
}

// toldAway is shown where the user talks with that person (ircv3 away-notify).
func (c *chat) toldAway(m irc.Message) {
	r := c.find(m.Nick())
	if r == nil || same(m.Nick(), c.me) || r.away == m.Param(0) {
		return
	}
	if r.away = m.Param(0); r == c.current {
		if r.away == "" {
			c.say(r.name + " is back.")
		} else {
			c.say(r.name + " is away: " + r.away)
		}
	}
}
