package repl

import (
	"slices"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// settled is called when the server has put us into the rooms that it remembers.
func (c *chat) settled() {
	c.drain()
	c.settling = false
	for _, r := range c.rooms {
		if r.awaiting { // in vain
			c.enter(r)
		}
	}
	defer c.send()
	if c.current != nil || c.heading != "" {
		return
	}
	c.open()
	if c.current == nil {
		c.say("You are in no room. /join #name enters one, or makes it; /help tells more.")
	}
}

// open goes to a room without being asked: to the one of the last time, or else to the first by name.
func (c *chat) open() {
	last := c.find(c.state.Current)
	if last == nil && c.state.Current != "" && !isRoom(c.state.Current) {
		last = c.room(c.state.Current)
		c.resume(last, true)
		c.fill(last)
	}
	if last == nil {
		for _, r := range c.rooms {
			if isRoom(r.name) && r.entered != nil && (last == nil || irc.Fold(r.name) < irc.Fold(last.name)) {
				last = r
			}
		}
	}
	switch {
	case last == nil:
	case last.filling:
		c.current, last.untitled = last, true
	default:
		c.goTo(last)
		c.here(last)
	}
}

// resume puts the mark of an earlier login into a room that is entered at the beginning. unasked: the server has put
// us there, so that a room without a mark of its own is new to this machine, and not to the user.
func (c *chat) resume(r *room, unasked bool) {
	if c.raw() || r.entered != nil || !r.last.at.IsZero() {
		return
	}
	if !r.marker.IsZero() {
		r.last = mark{at: r.marker}
		if own := c.state.markOf(r.name); own.at.After(r.marker) {
			r.last = own
		}
		r.read, r.resumed = r.last, true
		return
	}
	if !c.state.knows() {
		return
	}
	asked := slices.ContainsFunc(c.o.Rooms, func(name string) bool { return same(name, r.name) })
	has := slices.ContainsFunc(c.state.Rooms, func(s seenRoom) bool { return same(s.Name, r.name) })
	if has && (asked || c.settling) || unasked && (c.settling || !isRoom(r.name)) {
		r.last, r.read, r.resumed = c.state.mark(r.name), c.state.mark(r.name), true
	}
}

// catchUp takes what has come into a room since the last login as unread, behind a few lines that were seen.
func (c *chat) catchUp(r *room, g gap) {
	r.resumed = false
	r.more = len(g.later) == newestLines || g.cut
	for i, m := range slices.Concat(g.before, g.lines, g.later) {
		if e, ok := eventOf(m, c.me, c.o.now()); ok {
			e.known, e.room = i < len(g.before), r.name
			if r.fresh(e) && e.speech() {
				r.addUnread(e)
			}
		}
	}
	if r == c.current {
		c.unveil(r)
	}
}

// nothingNew is what /go says where it goes nowhere; it claims no more than is known.
func (c *chat) nothingNew() string {
	switch {
	case slices.ContainsFunc(c.rooms, func(r *room) bool { return r.filling || r.joining }):
		return "The server is still telling what is new."
	case c.state.knows():
		return "Nothing is new elsewhere."
	}
	return "Nothing has come elsewhere since you signed in; what came before is not known on this machine."
}
