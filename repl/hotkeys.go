package repl

import (
	"slices"

	"github.com/greenroom-chat/greenroom/repl/screen"
)

// listen makes the keys of the chat, and the typing, come to the loop. The screen waits for neither.
func (c *chat) listen() {
	c.ui.OnKey(func(k screen.Key) {
		select {
		case c.answers <- func() { c.pressed(k) }:
		default: // the loop is busy, and the key can be pressed once more
		}
	})
	c.ui.OnEdit(func(line string) {
		select {
		case <-c.edits: // only the newest counts
		default:
		}
		c.edits <- line
	})
	c.ui.OnLook(func(here bool) {
		select {
		case c.answers <- func() { c.looks(here) }:
		default: // the next key tells, too
		}
	})
}

// pressed obeys Alt with a digit, which is a room of /rooms, and Ctrl-N: the next room where something is new, or else
// the next one.
func (c *chat) pressed(k screen.Key) {
	c.looks(true)
	switch n := int(k); {
	case k == screen.KeyNext && len(c.rooms) > 0:
		c.goTo(c.nextRoom())
	case n > 0 && n <= len(c.rooms):
		c.goTo(c.rooms[n-1])
	default:
		c.say("There is no room of that number; /rooms lists them.")
	}
}

func (c *chat) nextRoom() *room {
	at := slices.Index(c.rooms, c.current)
	after := slices.Concat(c.rooms[at+1:], c.rooms[:at+1])
	if i := slices.IndexFunc(after, func(r *room) bool { return r != c.current && r.unreadCount() > 0 }); i >= 0 {
		return after[i]
	}
	return after[0]
}
