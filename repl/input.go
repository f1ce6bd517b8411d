package repl

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/greenroom-chat/greenroom/net/irc"
	"github.com/greenroom-chat/greenroom/repl/screen"
)

// entered takes a line, or the end of them.
func (c *chat) entered(t typed) {
	c.looks(true)
	switch {
	case errors.Is(t.err, screen.ErrInterrupted) && c.pasting != nil:
		c.pasting = nil
		c.say("Nothing of it was sent.")
	case errors.Is(t.err, screen.ErrInterrupted):
		c.say("Ctrl-D or /quit leaves.")
	case t.err != nil && c.piped:
		c.draining = true
		if !errors.Is(t.err, io.EOF) {
			c.code = exitRefused
			c.refuse(sentence(t.err.Error()))
		}
	case t.err != nil:
		c.quit("")
	default:
		c.line(t.line, t.room)
	}
	c.drained()
}

// quit ends the loop: when what was typed is stored, but not much later; without a file to keep it in, not the first
// time when lines would be lost.
func (c *chat) quit(reason string) {
	c.outbox.farewell = reason
	n := len(c.outbox.posts)
	switch {
	case n == 0 || c.quitting || c.outbox.kept() && c.conn == nil:
		c.over = true
	case c.outbox.kept():
		c.quitting = true
		c.after(quitWait, func() { c.over = true })
	case !c.warned:
		c.warned = true
		c.refuse(fmt.Sprintf("%s not stored yet. Leave once more to leave all the same.", count(n, "line is", "lines are")))
	default:
		c.over = true
	}
}

// line takes what the user has entered while the prompt showed a room.
func (c *chat) line(line string, shown *room) {
	text, isCommand := strings.CutPrefix(line, "/")
	switch {
	case strings.TrimSpace(line) == "" && c.pasting == nil:
		c.tryNow()
	case c.login.Password != "" && strings.TrimSpace(line) == string(c.login.Password):
		c.refuse("That is your password; it was not sent.")
	case c.pasting != nil:
		c.pasted(line)
	case c.piped || !isCommand:
		c.post(shown, line)
	case strings.HasPrefix(text, "/"):
		c.post(shown, text)
	default:
		c.command(text)
	}
}

func (c *chat) command(text string) {
	name, args, _ := strings.Cut(text, " ")
	cmd, ok := findCommand(name)
	switch {
	case !ok:
		c.refuse("There is no command /" + name + "." + suggest(name) + " A text that begins with a slash is sent with two.")
	case c.conn == nil && !cmd.offline:
		c.refuse("/" + cmd.name + " needs a connection, and there is none at the moment.")
	default:
		cmd.run(c, strings.TrimSpace(args))
	}
}

// post puts a text into the outbox, in as many messages as it takes.
func (c *chat) post(r *room, text string) { c.postReply(r, text, "") }

// postReply is post for an answer to the message of a msgid.
func (c *chat) postReply(r *room, text, msgid string) {
	switch {
	case r == nil:
		c.refuse("You are in no room. /join #name enters one, /msg NAME talks to somebody.")
		return
	case r.left:
		c.refuse("Not sent: you are no longer in " + cleanName(r.name) + ". /join " + cleanName(r.name) + " enters it again, /go talks elsewhere.")
		return
	case len(c.outbox.posts) >= mostTyped && !c.piped:
		c.refuse(fmt.Sprintf("%d lines wait to be sent already; this one was not taken.", len(c.outbox.posts)))
		return
	}
	for i, part := range c.messages(r.name, text) {
		c.outbox.add(r.name, part)
		if i == 0 {
			c.outbox.posts[len(c.outbox.posts)-1].reply = msgid
		}
	}
	c.typing.room = "" // the message ends it
	c.warned = false
	c.keep()
	c.send()
}

// textRoom is what a line to a target holds, whatever the server puts in front of it.
func textRoom(target string) int {
	return irc.MaxText(strings.Repeat("x", mostSource), "PRIVMSG", target)
}

const mostSource = 140 // nick!user@host
