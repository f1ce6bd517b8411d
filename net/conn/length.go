package conn

import (
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// A line has 512 bytes at most, tags not counted (RFC 2812 2.3). What somebody
// says is refused when others could not be shown the whole of it (417), rather
// than cut.

// fits tells whether others can be shown a line of this client's; if not, it
// says so.
func (c *conn) fits(x *exchange, command, target, text string) bool {
	if len(text) <= irc.MaxText(source(c.profile), command, target) {
		return true
	}
	c.numeric(x, irc.ErrInputTooLong, textTooLong)
	return false
}

// parting is what is shown of the reason of somebody who leaves: that is not
// refused, so it is cut.
func (c *conn) parting(reason, command, target string) string {
	return cut8(reason, min(c.cfg.Limits.Kick, irc.MaxText(source(c.profile), command, target)))
}

// modesFit is fits for MODE. A mask without ! and @ will be given them.
func (c *conn) modesFit(x *exchange, name string, changes []room.ModeChange) bool {
	const most = len("+x !*@*")
	size := 0
	for _, ch := range changes {
		size += most + len(ch.Param)
	}
	if size <= irc.MaxText(source(c.profile), "MODE", name) {
		return true
	}
	c.numeric(x, irc.ErrInputTooLong, textTooLong)
	return false
}

// What is recorded fitted its line when it was said. In a room that has a longer
// name by now it may not: then a message goes in several lines, as one that was
// sent so (ircv3 multiline), and the text of any other event is cut.

// tooLong tells by how much the line is.
func tooLong(m irc.Message) int {
	size := len(": \r\n") + len(m.Source) + len(m.Command)
	for _, p := range m.Params {
		size += len(" ") + len(p)
	}
	return size + len(":") - irc.MaxBody
}

// shortened is the line without the end of its last parameter.
func shortened(m irc.Message) irc.Message {
	if over := tooLong(m); over > 0 && len(m.Params) > 0 {
		last := len(m.Params) - 1
		m.Params[last] = cut8(m.Params[last], max(len(m.Params[last])-over, 0))
	}
	return m
}

// refitted is the record of a message with so many cuts that each line has room
// bytes at most.
func refitted(r journal.Record, room int) journal.Record {
	lines := linesOf(r)
	r.Cuts = nil
	at := 0
	for i, line := range lines {
		switch {
		case line.concat:
			r.Cuts = append(r.Cuts, uint16(at))
		case i > 0:
			at += len("\n")
		}
		rest := line.text
		for len(rest) > room {
			n := len(cut8(rest, room))
			rest, at = rest[n:], at+n
			r.Cuts = append(r.Cuts, uint16(at))
		}
		at += len(rest)
	}
	return r
}
