package repl

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// How far the user has read is known to the server (ircv3 read-marker), and so to all devices. Where it is not, the
// file of seen.go has to do.

const markWait = time.Second // what is read meanwhile is told together

func (c *chat) marks() bool {
	return c.conn != nil && !c.piped && c.conn.Has(irc.CapReadMarker)
}

// awaitsMarker tells whether the server is about to say how far a room was read: its history is asked for then.
func (c *chat) awaitsMarker(r *room) bool {
	return c.marks() && isRoom(r.name) && r.marked != c.conn && r.last.at.IsZero()
}

// toldMarker takes a MARKREAD: that of a room that we have just entered, the answer to ours, or what another device of
// the user's has read.
func (c *chat) toldMarker(m irc.Message) {
	r := c.find(m.Param(0))
	if r == nil {
		return
	}
	r.marked = c.conn
	if at, err := irc.ParseTime(strings.TrimPrefix(m.Param(1), "timestamp=")); err == nil && at.After(r.marker) {
		r.marker = at
		r.readUpTo(at)
	}
	if r.awaiting {
		r.awaiting = false
		c.resume(r, r.unasked)
		c.fill(r)
	}
}

// readUpTo drops from what is new what was read elsewhere.
func (r *room) readUpTo(at time.Time) {
	r.dropUnread(func(e event) bool { return !e.at.After(at) })
	if len(r.unread) < mostUnread {
		r.missed = 0
	}
	if r.read.at.Before(at) && !r.read.at.IsZero() {
		r.read = mark{at: at}
	}
}

// markSoon tells the server what the user has read, in a moment.
func (c *chat) markSoon() {
	if c.marking || !c.marks() || c.raw() || !slices.ContainsFunc(c.rooms, (*room).unmarked) {
		return
	}
	c.marking = true
	c.after(markWait, func() {
		c.marking = false
		for _, m := range c.newMarks() {
			c.ask(m, func([]irc.Message, error) {}) // told again with the next line
		}
	})
}

// newMarks tells what the user has read since the server was told; from now on it counts as told.
func (c *chat) newMarks() (list []irc.Message) {
	if !c.marks() || c.raw() {
		return nil
	}
	for _, r := range c.rooms {
		if r.unmarked() {
			r.marker = r.read.at
			list = append(list, irc.New("MARKREAD", r.name, "timestamp="+irc.FormatTime(r.read.at)))
		}
	}
	return list
}

// unmarked tells whether the user has read more than the server knows: lines, or, in a room that is new to the user,
// that there are none.
func (r *room) unmarked() bool {
	read := r.read.id != "" || r.marker.IsZero() && isRoom(r.name)
	return read && !r.left && !r.filling && !r.awaiting && r.read.at.After(r.marker)
}

// readMarks asks how far conversations were read; one that was never read has no entry.
func readMarks(ctx context.Context, conn *client.Client, targets []client.Target) map[string]time.Time {
	read := map[string]time.Time{}
	for _, t := range targets {
		if isRoom(t.Name) {
			continue
		}
		replies, err := conn.Do(ctx, irc.New("MARKREAD", t.Name))
		if err != nil {
			continue
		}
		for _, m := range replies {
			if at, err := irc.ParseTime(strings.TrimPrefix(m.Param(1), "timestamp=")); err == nil && m.Command == "MARKREAD" {
				read[t.Name] = at
			}
		}
	}
	return read
}
