package repl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/greenroom-chat/greenroom/net/irc"
)

func (c *stageConn) history(m irc.Message) {
	if m.Param(0) == "TARGETS" {
		c.targets()
		return
	}
	log := c.s.logs[logName(c.nick, m.Param(1))]
	if c.s.asked != nil {
		c.s.asked(c)
	}
	limit, _ := strconv.Atoi(m.Last())
	at := func(point string) int { // how many lines are not after it
		id, isID := strings.CutPrefix(point, "msgid=")
		stamp, _ := strings.CutPrefix(point, "timestamp=")
		n := 0
		for i, line := range log {
			if isID && line.Tag("msgid") == id || !isID && line.Tag("time") <= stamp {
				n = i + 1
			}
		}
		return n
	}
	switch {
	case m.Param(0) == "AFTER":
		log = log[at(m.Param(2)):]
		log = c.elided(log[:min(limit, len(log))])
	case m.Param(0) == "BEFORE":
		log = log[:max(0, at(m.Param(2))-1)]
		log = log[max(0, len(log)-limit):]
	default:
		if m.Param(2) != "*" {
			log = log[at(m.Param(2)):]
		}
		log = log[max(0, len(log)-limit):]
	}
	c.batch("chathistory", log)
}

// elided ends a page early if it is told to, with a line of the server's own in the
// place of one that is deleted.
func (c *stageConn) elided(page []irc.Message) []irc.Message {
	n := c.s.elide
	if n == 0 || n >= len(page) {
		return page
	}
	tags := irc.Tags{{Key: "msgid", Value: page[n].Tag("msgid")}, {Key: "time", Value: page[n].Tag("time")}}
	return append(slices.Clone(page[:n]), irc.Message{Tags: tags, Source: "srv", Command: "NOTICE", Params: []string{"#ops", "nothing for a while"}})
}

func (c *stageConn) targets() {
	var lines []irc.Message
	for name, log := range c.s.logs {
		a, b, direct := strings.Cut(name, " ")
		if a == irc.Fold(c.nick) {
			a = b
		}
		if direct && len(log) > 0 {
			lines = append(lines, num("CHATHISTORY", "TARGETS", a, log[len(log)-1].Tag("time")))
		}
	}
	c.batch("draft/chathistory-targets", lines)
	if c.s.targeted != nil {
		c.s.targeted(c)
	}
}

func (c *stageConn) batch(kind string, lines []irc.Message) {
	c.write(irc.Message{Tags: irc.Tags{{Key: "label", Value: c.label}}, Source: "srv", Command: "BATCH", Params: []string{"+h", kind, "x"}})
	for _, m := range lines {
		m.Tags = append(irc.Tags{{Key: "batch", Value: "h"}}, m.Tags...)
		c.write(m)
	}
	c.write(irc.Message{Source: "srv", Command: "BATCH", Params: []string{"-h"}})
}
