package repl

import (
	"slices"
	"strings"
	"time"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// ircv3 typing.
const (
	typingEvery  = 3 * time.Second // "any typing notification is not sent within 3 seconds of another one"
	typingPause  = 5 * time.Second
	typingActive = 6 * time.Second
	typingPaused = 30 * time.Second
	mostTypists  = 20 // remembered of a room
	mostToldTo   = 100
)

// typing is what we have told others about our typing.
type typing struct {
	room     string    // where we type, as others have been told; empty: nowhere
	at       time.Time // of the last notice
	edits    int       // changes of the line
	watching bool
}

// edited takes a change of the line that is being typed.
func (c *chat) edited(line string) {
	t, r := &c.typing, c.current
	t.edits++
	c.looks(true)
	command := strings.HasPrefix(line, "/") && !strings.HasPrefix(line, "//")
	nowhere := line == "" || command || r == nil || r.left || r.silent || len(r.nicks) > mostToldTo
	switch {
	case c.conn == nil || c.o.HideTyping || !c.conn.Has(irc.CapMessageTags):
		return
	case t.room != "" && (nowhere || r.name != t.room):
		c.tellTyping(t.room, "done")
		t.room = ""
	}
	if !nowhere {
		t.room = r.name
		c.tellTyping(r.name, "active")
		c.watchTyping()
	}
}

// watchTyping tells when nothing has been typed for a while.
func (c *chat) watchTyping() {
	t := &c.typing
	if t.watching {
		return
	}
	t.watching = true
	edits := t.edits
	c.after(typingPause, func() {
		t.watching = false
		switch {
		case t.room == "" || c.conn == nil:
		case t.edits == edits:
			c.tellTyping(t.room, "paused")
		default:
			c.watchTyping()
		}
	})
}

// tellTyping says so in a room, unless something was said about it a moment ago.
func (c *chat) tellTyping(room, state string) {
	now := c.o.now()
	if now.Sub(c.typing.at) < typingEvery {
		return
	}
	m := irc.New("TAGMSG", room)
	m.Tags = irc.Tags{{Key: tagTyping, Value: state}}
	c.typing.at = now
	c.ask(m, func(_ []irc.Message, err error) {
		if r := c.find(room); r != nil && err != nil {
			r.silent = true // we may not speak there, and need not be told every three seconds
		}
	})
}

// typist is somebody who types in a room, until a moment or until more is heard.
type typist struct {
	nick  string
	until time.Time
}

// types notes what somebody's typing notice says.
func (c *chat) types(m irc.Message) {
	e := event{nick: m.Nick(), room: m.Param(0)}
	e.ofPerson(c.me)
	r := c.find(e.room)
	if r == nil || same(e.nick, c.me) {
		return
	}
	r.stops(e.nick)
	wait := typingActive
	switch m.Tag(tagTyping) {
	case "paused":
		wait = typingPaused
	case "active":
	default:
		return
	}
	if len(r.typists) < mostTypists {
		r.typists = append(r.typists, typist{e.nick, c.o.now().Add(wait)})
		c.after(wait, func() {}) // the hint is looked at again
	}
}

// stops forgets that somebody types: something was said, or the person is gone.
func (r *room) stops(nick string) {
	r.typists = slices.DeleteFunc(r.typists, func(t typist) bool { return same(t.nick, nick) })
}

// typingText tells who types in the current room.
func (c *chat) typingText() string {
	r := c.current
	if r == nil || c.conn == nil {
		return ""
	}
	now := c.o.now()
	r.typists = slices.DeleteFunc(r.typists, func(t typist) bool { return !now.Before(t.until) })
	switch t := r.typists; len(t) {
	case 0:
		return ""
	case 1:
		return cleanName(t[0].nick) + " is typing"
	case 2:
		return cleanName(t[0].nick) + " and " + cleanName(t[1].nick) + " are typing"
	}
	return "several are typing"
}
