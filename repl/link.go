package repl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/net/irc"
)

const (
	newestLines = 20  // shown of a room that is entered
	gapPage     = 100 // lines asked for at a time after a reconnect
	gapPages    = 5   // and how often
	recentDays  = 7
)

// begin enters the rooms that were asked for and those that the server remembers.
func (c *chat) begin() {
	for i, name := range c.o.Rooms {
		if i == 0 && !c.piped {
			c.heading = name
		}
		c.join(name, "")
	}
	if !c.piped {
		c.settling = true
		c.ask(irc.New("PING", "settled"), func([]irc.Message, error) { c.settled() })
		from := c.o.now().AddDate(0, 0, -recentDays)
		if at := c.state.At.Add(-time.Minute); c.state.knows() && at.Before(from) {
			from = at
		}
		c.conversations(from, c.toldConversations)
	}
}

// conversations asks with whom something was said in direct messages since a moment.
func (c *chat) conversations(since time.Time, then func([]client.Target, map[string]time.Time)) {
	conn, now, marks := c.conn, c.o.now(), c.marks()
	c.aside(func(ctx context.Context) func() {
		ctx, cancel := context.WithTimeout(ctx, askWait)
		defer cancel()
		targets, err := conn.Targets(ctx, since, now.Add(time.Hour), gapPage)
		read := map[string]time.Time{}
		if err == nil && marks {
			read = readMarks(ctx, conn, targets)
		}
		return func() {
			if err == nil && c.conn == conn {
				c.drain() // rooms that the server has put us into were told before
				then(targets, read)
			}
		}
	})
}

func (c *chat) toldConversations(targets []client.Target, read map[string]time.Time) {
	var who []string
	for _, t := range targets {
		if isRoom(t.Name) || same(t.Name, c.me) {
			continue
		}
		c.people = append(c.people, t.Name)
		if at, ok := read[t.Name]; ok {
			if t.Last.After(at) {
				r := c.room(t.Name)
				r.marker = at
				c.resume(r, true)
				c.fill(r)
			}
		} else if !c.state.knows() {
			who = append(who, t.Name)
		} else if t.Last.After(c.state.mark(t.Name).at) {
			r := c.room(t.Name)
			c.resume(r, true)
			c.fill(r)
		}
	}
	if len(who) > 0 {
		c.say("Direct messages of the last days: " + strings.Join(who, ", ") + ". /msg NAME shows them.")
	}
}

// connected is where everything is put back as it was: rooms, what was missed, and what was typed meanwhile.
func (c *chat) connected(conn *client.Client) {
	c.conn, c.me, c.away = conn, conn.Nick(), false
	c.noteLimits()
	c.retry.Reset()
	c.say("Connected again.")
	for _, r := range c.rooms {
		switch {
		case isRoom(r.name) && r.wanted:
			c.join(r.name, "")
		case !isRoom(r.name) && r.last.id != "":
			c.fill(r)
		}
	}
	if !c.piped {
		c.conversations(c.lostAt.Add(-time.Minute), c.missedConversations)
	}
	c.send()
}

// missedConversations looks into conversations that began while we were away.
func (c *chat) missedConversations(targets []client.Target, _ map[string]time.Time) {
	for _, t := range targets {
		if isRoom(t.Name) || c.find(t.Name) != nil {
			continue
		}
		r := c.room(t.Name)
		r.last = mark{at: c.lostAt}
		c.fill(r)
	}
}

// fill asks for what was said in a room since its last line; of one that is new to us, for the newest lines.
func (c *chat) fill(r *room) {
	if r.entered == c.conn {
		return
	}
	r.entered, r.filling = c.conn, true
	conn, name, last, resumed := c.conn, r.name, r.last, r.resumed
	c.aside(func(ctx context.Context) func() {
		ctx, cancel := context.WithTimeout(ctx, askWait)
		defer cancel()
		missed, err := since(ctx, conn, name, last)
		if resumed && err == nil {
			missed.before, err = until(ctx, conn, name, last)
		}
		return func() {
			if c.conn == conn {
				c.filled(r, missed, err)
			}
		}
	})
}

// gap is what was said in a room while we were away. later is set apart where there was too much in between.
// before is what the user has seen earlier.
// cut: there is more before lines.
type gap struct {
	before, lines, later []irc.Message
	cut                  bool
}

// until reads the newest lines of a target and keeps those that are not after a mark.
func until(ctx context.Context, conn *client.Client, name string, last mark) ([]irc.Message, error) {
	lines, err := conn.History(ctx, name, client.Latest(), newestLines)
	for i, m := range lines {
		if last.id != "" && m.Tag(irc.TagMsgID) == last.id {
			return lines[:i+1], err
		}
	}
	return slices.DeleteFunc(lines, func(m irc.Message) bool {
		at, timeErr := irc.ParseTime(m.Tag(irc.TagTime))
		return timeErr == nil && at.After(last.at)
	}), err
}

// since reads the history of a target after a mark.
func since(ctx context.Context, conn *client.Client, name string, last mark) (g gap, err error) {
	page := gapPage
	if limit := conn.HistoryLimit(); limit > 0 {
		page = min(page, limit)
	}
	switch {
	case last.at.IsZero():
		g.lines, err = conn.History(ctx, name, client.Latest(), min(newestLines, page))
		return g, err
	case last.id == "":
		g.lines, err = conn.History(ctx, name, client.LatestSince(client.AtTime(last.at)), page)
		g.cut = len(g.lines) == page
		return g, err
	}
	for range gapPages {
		got, err := conn.History(ctx, name, client.After(client.AtID(last.id)), page)
		var fail *client.Fail
		if errors.As(err, &fail) && len(g.lines) == 0 { // perhaps the line is no longer there
			return since(ctx, conn, name, mark{at: last.at})
		}
		g.lines = append(g.lines, got...)
		if err != nil || len(got) < page && !client.Elided(got) {
			return g, err
		}
		last.id = got[len(got)-1].Tag(irc.TagMsgID)
	}
	g.later, err = conn.History(ctx, name, client.LatestSince(client.AtID(last.id)), newestLines)
	return g, err
}

// filled shows history, then what has happened meanwhile.
func (c *chat) filled(r *room, g gap, err error) {
	if isClosed(err) {
		return // what waits is dropped by lost, and read with the history by the next connection
	}
	c.drain() // into waiting
	known := r.last.at.IsZero()
	r.filling = false
	if r == c.current && r.untitled {
		c.title(r)
	}
	if err != nil && isRoom(r.name) && !errors.Is(err, client.ErrUnsupported) {
		c.refuse("The history of " + r.name + " cannot be read: " + why(err))
	}
	resumed := r.resumed && !c.raw()
	if resumed {
		c.catchUp(r, g)
		g = gap{}
	}
	c.replay(r, g.lines, known)
	if len(g.later) == newestLines {
		c.say(fmt.Sprintf("%d lines were missed in %s, and more that are not shown here; /history has them.", len(g.lines), r.name))
	}
	c.replay(r, g.later, known)
	if r.read.at.IsZero() { // what was there before is not new
		r.read = r.last
		if r.last.at.IsZero() {
			r.read = mark{at: r.since}
		}
	}
	c.settle(r.name)
	if r == c.current && (known || resumed) {
		c.here(r)
	}
	c.send()
}

func (c *chat) replay(r *room, lines []irc.Message, known bool) {
	for _, m := range lines {
		if e, ok := eventOf(m, c.me, c.o.now()); ok {
			e.known, e.room = known, r.name
			c.deliver(r, e)
		}
	}
}
