package repl

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// raw tells whether a program reads what we print: every event at once, and our own words on standard error.
func (c *chat) raw() bool { return c.piped || c.o.JSON }

// showEvent prints an event; current: there is no need to name its room.
func (c *chat) showEvent(e event, current bool) {
	c.told()
	c.showNow(e, current)
}

// showNow is showEvent before those who have come and gone are told of.
func (c *chat) showNow(e event, current bool) {
	c.lines.note(e)
	if e.ref != "" {
		e.about = c.lines.byMsgID(e.ref)
	}
	switch {
	case c.o.quick:
	case c.o.JSON:
		c.ui.Print(jsonLine(e))
	case c.piped:
		if line := pipeLine(e); line != "" {
			c.ui.Print(line)
		}
	default:
		c.ui.Print(c.show.event(e, current))
	}
}

// print shows text that has been rendered already.
func (c *chat) print(text string) {
	if c.raw() {
		fmt.Fprintln(c.o.Err, text)
		return
	}
	c.told()
	c.ui.Print(text)
}

// say tells the user something, in a sentence that may quote the server.
func (c *chat) say(text string) {
	if !c.o.quick {
		c.print(c.show.info(text))
	}
}

// refuse tells the user what was not done.
func (c *chat) refuse(text string) { c.print(c.show.refusal(text)) }

// why is the reason in an error, as a sentence.
func why(err error) string {
	var fail *client.Fail
	switch {
	case errors.As(err, &fail):
		return sentence(fail.Text)
	case errors.Is(err, client.ErrClosed):
		return "The connection was lost."
	case errors.Is(err, irc.ErrBadParam):
		return "There is a name in it that cannot be sent."
	case errors.Is(err, context.DeadlineExceeded):
		return "The server has not answered in time."
	case errors.Is(err, irc.ErrTooLong):
		return "It is too long."
	}
	return sentence(err.Error())
}

// roomHint is for who has left the # of a room away.
func roomHint(target string, err error) string {
	var fail *client.Fail
	if isRoom(target) || !errors.As(err, &fail) || fail.Code != string(irc.ErrNoSuchNick) {
		return ""
	}
	return " A room is written with a #: '#" + cleanName(target) + "'."
}

// find gives a room that we know.
func (c *chat) find(name string) *room {
	i := slices.IndexFunc(c.rooms, func(r *room) bool { return same(r.name, name) })
	if i < 0 {
		return nil
	}
	return c.rooms[i]
}

// room gives a room, a new one if we do not know it.
func (c *chat) room(name string) *room {
	r := c.find(name)
	if r == nil {
		r = newRoom(name)
		c.rooms = append(c.rooms, r)
	}
	return r
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}
