package repl

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/greenroom-chat/greenroom/net/client"
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
	case irc.RplAway:
		c.say(m.Param(1) + " is away: " + m.Last())
		return
	}
	switch {
	case m.Command == "FAIL" || m.Command == "WARN" || irc.IsError(m.Command) && m.Command != string(irc.ErrNoMotd):
		c.refuse(sentence(m.Last()))
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
		r.nicks = map[string]string{}
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
	if visible || c.raw() {
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
	forUs := !e.known && !e.self && e.speech() && (!isRoom(r.name) || mentions(e.text, c.me))
	if forUs {
		c.ui.Bell()
	}
	switch {
	case c.raw():
		if !e.known {
			c.showEvent(e, true)
		}
	case r == c.current:
		c.showEvent(e, true)
	case forUs:
		c.showEvent(e, false)
	case e.speech():
		r.addUnread(e)
	}
}

// mentions tells whether text has the nick as a word.
func mentions(text, nick string) bool {
	if nick == "" {
		return false
	}
	words := strings.FieldsFunc(irc.Fold(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(`-_[]\^{}|`+"`", r)
	})
	return slices.Contains(words, irc.Fold(nick))
}

// join asks to be let into a room.
func (c *chat) join(name, key string) {
	r := c.room(name)
	r.joining, r.wanted = true, true
	c.ask(joinOf(name, key), func(replies []irc.Message, err error) {
		r.joining = false
		if err != nil {
			c.notJoined(r, err)
			return
		}
		for _, m := range replies {
			c.handle(m)
		}
		c.enter(r)
		c.settle(name)
		c.send()
	})
}

func joinOf(name, key string) irc.Message {
	if key == "" {
		return irc.New("JOIN", name)
	}
	return irc.New("JOIN", name, key)
}

func (c *chat) notJoined(r *room, err error) {
	if isClosed(err) {
		return // it is tried again
	}
	c.refuse("Not in " + r.name + ": " + why(err))
	c.forget(r)
	if same(c.heading, r.name) {
		c.heading = ""
	}
	if i := slices.IndexFunc(c.rooms, func(r *room) bool { return r.entered != nil }); i >= 0 && c.current == nil {
		c.goTo(c.rooms[i])
	}
	if c.piped {
		c.over, c.code = true, exitRefused
		return
	}
	c.send()
}

// enter is called when the server has let us in.
func (c *chat) enter(r *room) {
	r.wanted = true
	if c.current == nil && c.heading == "" || same(c.heading, r.name) {
		c.current, c.heading = r, ""
		r.untitled = true // its topic comes behind the JOIN
	}
	switch {
	case c.piped && c.lostAt.IsZero():
		r.entered = c.conn // what was said before is not for the pipe
		return
	case c.piped && r.last.id == "":
		r.last.at = c.lostAt
	}
	c.fill(r)
}

// gone is called when we are out of a room.
func (c *chat) gone(e event) {
	r := c.find(e.room)
	if r == nil {
		return
	}
	if e.kind == kicked {
		c.showEvent(e, r == c.current)
	}
	c.forget(r)
}

// forget drops a room; another one takes its place in the prompt.
func (c *chat) forget(r *room) {
	c.rooms = slices.DeleteFunc(c.rooms, func(other *room) bool { return other == r })
	if c.current != r {
		return
	}
	c.current = nil
	if len(c.rooms) > 0 {
		c.goTo(c.rooms[0])
	}
}

// goTo makes a room the current one and shows what is new in it.
func (c *chat) goTo(r *room) {
	c.current, c.heading = r, ""
	if c.raw() {
		return
	}
	c.title(r)
	n := r.unreadCount()
	events, missed := r.takeUnread()
	if missed > 0 {
		c.say(fmt.Sprintf("%d more lines are new; /history has them.", missed))
	}
	for _, e := range events {
		if n > 0 && !e.known && !e.self {
			c.print(c.show.rule(fmt.Sprintf("%d new", n)))
			n = 0
		}
		c.showEvent(e, true)
	}
}

func (c *chat) title(r *room) {
	r.untitled = false
	title := r.name
	if r.topic != "" {
		title += ": " + r.topic
	}
	if !c.raw() {
		c.print(c.show.rule(title))
	}
}

// here says who is in a room.
func (c *chat) here(r *room) {
	nicks := r.sortedNicks()
	if c.raw() || len(nicks) == 0 {
		return
	}
	if len(nicks) > mostListed {
		c.say(fmt.Sprintf("%d people are here; /names lists them.", len(nicks)))
		return
	}
	c.say(fmt.Sprintf("%s here: %s.", count(len(nicks), "person is", "people are"), strings.Join(nicks, ", ")))
}

const mostListed = 12

func isClosed(err error) bool { return errors.Is(err, client.ErrClosed) }
