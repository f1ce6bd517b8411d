package repl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// meant finds the line that the first word of args is about, and says so when there is none.
func (c *chat) meant(command, args string, ours bool) (e event, rest string, ok bool) {
	word, rest, _ := strings.Cut(args, " ")
	switch {
	case word == "":
		c.usage(command)
		return event{}, "", false
	case c.current == nil:
		c.refuse("You are in no room.")
		return event{}, "", false
	}
	if e, ok = c.lines.find(word, c.current.name, ours); !ok {
		c.refuse("There is no line " + word + ". /ids lists the latest with their names; a nick means the last line of that person, ^ the last one.")
	}
	return e, strings.TrimSpace(rest), ok
}

func (c *chat) cmdReply(args string) {
	e, text, ok := c.meant("reply", args, false)
	switch {
	case !ok:
	case text == "":
		c.usage("reply")
	default:
		c.postReply(c.room(e.room), text, e.id)
	}
}

func (c *chat) cmdReact(args string) {
	e, reaction, ok := c.meant("react", args, false)
	if !ok {
		return
	}
	reaction, back := strings.CutPrefix(reaction, "-")
	if reaction == "" {
		c.usage("react")
		return
	}
	tag := tagReact
	if back {
		tag = tagUnreact
	}
	m := irc.New("TAGMSG", e.room)
	m.Tags = irc.Tags{{Key: tagReply, Value: e.id}, {Key: tag, Value: reaction}, {Key: tagPersist}}
	c.ask(m, func(replies []irc.Message, err error) { c.obeyed("No reaction", replies, err) })
}

// cmdRedact deletes a line. One's own can be typed anew: the arrow keys bring it back.
func (c *chat) cmdRedact(args string) {
	e, reason, ok := c.meant("redact", args, true)
	switch {
	case !ok:
		return
	case !c.conn.Has(irc.CapRedaction):
		c.refuse("Nothing can be deleted on this server.")
		return
	}
	m := irc.New("REDACT", e.room, e.id)
	if reason != "" {
		m = irc.New("REDACT", e.room, e.id, reason)
	}
	c.ask(m, func(replies []irc.Message, err error) {
		c.obeyed("Not deleted", replies, err)
		if err == nil && !slices.ContainsFunc(replies, func(m irc.Message) bool { return m.Command == "REDACT" }) {
			c.say("The line is deleted.")
		}
	})
}

func (c *chat) cmdIDs(args string) {
	n := listedIDs
	if args != "" {
		var err error
		if n, err = strconv.Atoi(args); err != nil || n < 1 {
			c.usage("ids")
			return
		}
	}
	if c.listIDs(n) == nil {
		c.say("Nothing was said here lately.")
	}
}

// listIDs shows the newest lines of the current room with their names, and gives these, newest first.
func (c *chat) listIDs(n int) []string {
	if c.current == nil {
		return nil
	}
	said := c.lines.of(c.current.name)
	said = said[:min(n, len(said))]
	var names []string
	for _, e := range said {
		names = append(names, c.lines.note(e))
	}
	for i := len(said) - 1; i >= 0; i-- {
		said[i].about = c.lines.byMsgID(said[i].ref)
		c.print(c.show.named(names[i], said[i]))
	}
	return names
}
