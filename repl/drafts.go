package repl

import (
	"context"
	"strings"

	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// pasting collects the lines of /paste.
type pasting struct {
	room  *room
	lines []string
}

const endOfPaste = "."

// cmdPaste takes the lines that follow as one message.
func (c *chat) cmdPaste(string) {
	if c.current == nil {
		c.refuse("You are in no room.")
		return
	}
	c.pasting = &pasting{room: c.current}
	c.say("The lines that follow are one message. A line with only a dot ends it, Ctrl-C drops it.")
}

// pasted takes a line of /paste.
func (c *chat) pasted(line string) {
	p := c.pasting
	switch {
	case line != endOfPaste && len(p.lines) >= c.limit:
		c.refuse("That is all that can be taken now: end it with a dot, or drop it with Ctrl-C.")
	case line != endOfPaste:
		p.lines = append(p.lines, line)
	default:
		c.pasting = nil
		if text := strings.Trim(strings.Join(p.lines, "\n"), "\n"); strings.TrimSpace(text) != "" {
			c.post(p.room, text)
		}
	}
}

// cmdEdit opens the user's editor, with the text given or the one that was refused last.
func (c *chat) cmdEdit(args string) {
	if args == "" && len(c.refused) > 0 {
		args = c.refused[len(c.refused)-1].text
	}
	c.ui.Edit(args)
}

// noteLimits remembers how long a message of several lines may be, for what is typed without a connection.
func (c *chat) noteLimits() {
	c.mostBytes, c.mostLines = c.conn.MultilineLimits()
}

// messages cuts a text into what is sent as one message each: several lines together as far as the server takes them.
func (c *chat) messages(target, text string) []string {
	if !strings.Contains(text, "\n") || c.mostLines < 2 || c.piped {
		return irc.SplitText(text, textRoom(target))
	}
	var messages, lines []string
	size := 0
	flush := func() {
		if m := strings.Trim(strings.Join(lines, "\n"), "\n"); strings.TrimSpace(m) != "" {
			messages = append(messages, m)
		}
		lines, size = nil, 0
	}
	for line := range strings.SplitSeq(text, "\n") {
		for _, part := range fitting(line, min(c.mostBytes, textRoom(target))) {
			if len(lines) == c.mostLines || size+len(part)+1 > c.mostBytes {
				flush()
			}
			lines, size = append(lines, part), size+len(part)+1
		}
	}
	flush()
	return messages
}

// fitting is SplitText for one line, which may be empty.
func fitting(line string, room int) []string {
	if line == "" {
		return []string{""}
	}
	return irc.SplitText(line, room)
}

// deliverPost sends a post, in whatever form it takes.
func deliverPost(ctx context.Context, conn *client.Client, p post) (client.Receipt, error) {
	var tags irc.Tags
	if p.reply != "" {
		tags = irc.Tags{{Key: tagReply, Value: p.reply}}
	}
	if strings.Contains(p.text, "\n") {
		return conn.PostLines(ctx, p.target, p.text, textRoom(p.target), p.id, tags)
	}
	return conn.PostTagged(ctx, p.target, p.text, p.id, tags)
}
