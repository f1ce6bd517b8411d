package repl

import (
	"fmt"
	"strings"

	"github.com/greenroom-chat/greenroom/net/irc"
)

const (
	mostFound    = 50
	mostMentions = 100
)

// cmdSearch asks the server (soju.im/search) in all rooms and conversations, unless one is named.
func (c *chat) cmdSearch(args string) {
	var words []string
	terms := map[string]string{}
	for _, word := range strings.Fields(args) {
		key, value, _ := strings.Cut(word, ":")
		switch {
		case value == "":
			words = append(words, word)
		case key == "in" && value == "." && c.current != nil:
			terms["in"] = c.current.name
		case key == "in" || key == "from":
			terms[key] = value
		default:
			words = append(words, word)
		}
	}
	terms["text"] = strings.Join(words, " ")
	if args == "" {
		c.usage("search")
		return
	}
	c.search(terms, func(found []event) {
		c.list(args, found)
	})
}

// search runs then with what the server has found, oldest first.
func (c *chat) search(terms map[string]string, then func([]event)) {
	if !c.conn.Has(irc.CapSearch) {
		c.refuse("This server cannot search. /history shows earlier lines.")
		return
	}
	pairs := []string{fmt.Sprint("limit=", mostFound)}
	for _, key := range []string{"in", "from", "text"} {
		if terms[key] != "" {
			pairs = append(pairs, key+"="+irc.Escape(terms[key]))
		}
	}
	c.ask(irc.New("SEARCH", strings.Join(pairs, ";")), func(replies []irc.Message, err error) {
		if err != nil {
			c.answered("Not searched", err)
			return
		}
		var found []event
		for _, m := range replies {
			if e, ok := eventOf(m, c.me, c.o.now()); ok && e.speech() {
				e.known = true
				found = append(found, e)
			} else if m.Command == "NOTE" {
				c.handle(m)
			}
		}
		then(found)
	})
}

// list shows lines from anywhere.
func (c *chat) list(what string, found []event) {
	if len(found) == 0 {
		c.say("Nothing was found: " + what + ".")
		return
	}
	c.print(c.show.rule(what + ": " + count(len(found), "line", "lines")))
	for _, e := range found {
		c.showEvent(e, false)
	}
	c.print(c.show.rule("until here"))
}

// cmdMentions lists who has mentioned the user lately: as the server remembers it, or else since this start.
func (c *chat) cmdMentions(string) {
	if c.conn == nil || !c.conn.Has(irc.CapSearch) {
		c.list("mentions of "+c.me, c.mentioned)
		return
	}
	c.search(map[string]string{"text": c.me}, func(found []event) {
		var us []event
		for _, e := range found {
			if !e.self && isRoom(e.room) && c.calls(e.text) {
				us = append(us, e)
			}
		}
		c.list("mentions of "+c.me, us)
	})
}

// noteMention remembers one, for servers that cannot search.
func (c *chat) noteMention(e event) {
	if isRoom(e.room) {
		c.mentioned = append(c.mentioned, e)
		c.mentioned = c.mentioned[max(0, len(c.mentioned)-mostMentions):]
	}
}

// cmdUnread shows what is new everywhere, and so it is read.
func (c *chat) cmdUnread(string) {
	any := false
	for _, r := range c.rooms {
		n, text := r.unreadCount(), r.unreadText()
		if n == 0 {
			continue
		}
		any = true
		c.print(c.show.rule(r.name + ": " + text + " new"))
		events, missed := r.takeUnread()
		if missed > 0 {
			c.say(fmt.Sprintf("%d more lines are new; /go %s and /history have them.", missed, r.name))
		}
		for _, e := range events {
			c.showEvent(e, r == c.current || isRoom(r.name))
		}
	}
	if !any {
		c.say(c.nothingNew())
	}
}
