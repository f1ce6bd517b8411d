package repl

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/net/irc"
)

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
	if c.current == nil && !c.settling {
		c.open()
	}
	if c.piped {
		c.over, c.code = true, exitRefused
		return
	}
	c.send()
}

// enter is called when the server has let us in.
func (c *chat) enter(r *room) {
	back, unasked := r.left, r.unasked || !r.wanted
	await := !r.awaiting && c.awaitsMarker(r)
	if r.awaiting, r.unasked = await, await && unasked; !await {
		c.resume(r, unasked)
	}
	r.wanted, r.left, r.leaving, r.silent = true, false, false, false
	if c.current == nil && c.heading == "" && !c.settling || same(c.heading, r.name) {
		if was := c.current; was != nil && was != r && was.left {
			c.drop(was)
		}
		c.current, c.heading = r, ""
		r.untitled = true // its topic comes behind the JOIN
	} else if back && r == c.current {
		c.say("You are in " + cleanName(r.name) + " again.")
	}
	switch {
	case c.piped && c.lostAt.IsZero():
		r.entered = c.conn // what was said before is not for the pipe
		return
	case c.piped && r.last.id == "":
		r.last.at = c.lostAt
	case await:
		r.filling = true // as soon as the server has said how far it was read
		return
	}
	c.fill(r)
}

// gone is called when we are out of a room.
func (c *chat) gone(e event) {
	r := c.find(e.room)
	if r == nil {
		return
	}
	switch {
	case c.raw():
		c.showEvent(e, true)
	case e.kind == kicked:
		c.say("You were removed from " + cleanName(r.name) + " by " + cleanName(e.nick) + because(clean(e.text)) + ".")
	case r.leaving:
		c.say("You have left " + cleanName(r.name) + ".")
	default:
		c.say("Another session of yours has left " + cleanName(r.name) + ".")
	}
	c.forget(r)
}

// forget drops a room. The current one stays in the prompt, so that a line that is being typed for it goes nowhere else.
func (c *chat) forget(r *room) {
	if r == c.current && isRoom(r.name) {
		r.left, r.leaving, r.wanted, r.entered = true, false, false, nil
		return
	}
	c.drop(r)
	if r == c.current {
		c.current = nil
	}
}

func (c *chat) drop(r *room) {
	c.rooms = slices.DeleteFunc(c.rooms, func(other *room) bool { return other == r })
}

// goTo makes a room the current one and shows what is new in it.
func (c *chat) goTo(r *room) {
	if was := c.current; was != nil && was != r && was.left {
		c.drop(was)
	}
	c.current, c.heading = r, ""
	if c.raw() {
		return
	}
	c.title(r)
	c.unveil(r)
}

// unveil shows what is unread in the current room.
func (c *chat) unveil(r *room) {
	n, title := r.unreadCount(), r.unreadText()+" new"
	events, missed := r.takeUnread()
	if missed > 0 {
		c.say(fmt.Sprintf("%d more lines are new; /history has them.", missed))
	}
	for _, e := range events {
		if n > 0 && !e.known && !e.self {
			c.print(c.show.rule(title))
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

// here says who else is in a room.
func (c *chat) here(r *room) {
	nicks := slices.DeleteFunc(r.sortedNicks(), func(n string) bool { return same(n, c.me) })
	switch {
	case c.raw() || !isRoom(r.name):
	case len(nicks) == 0:
		c.say("Nobody else is here.")
	case len(nicks) > mostListed:
		c.say(fmt.Sprintf("%d others are here; /names lists them.", len(nicks)))
	default:
		c.say("Here with you: " + strings.Join(nicks, ", ") + ".")
	}
}

const mostListed = 12

func isClosed(err error) bool { return errors.Is(err, client.ErrClosed) }
