package repl

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// modern lets the stage offer everything.
func modern(s *stage) {
	s.caps = strings.Replace(strings.Join(fullCaps, " "), irc.CapMultiline, irc.CapMultiline+"=max-bytes=200,max-lines=5", 1)
}

func (c *stageConn) multiline(m irc.Message) {
	if strings.HasPrefix(m.Param(0), "+") {
		c.open, c.draft = m, nil
		return
	}
	c.label = c.open.Tag("label")
	c.post(irc.Message{Tags: c.open.Tags, Command: "PRIVMSG", Params: []string{c.open.Param(2), strings.Join(c.draft, "\n")}})
}

func (c *stageConn) tagmsg(m irc.Message) {
	tags := slices.DeleteFunc(slices.Clone(m.Tags), func(t irc.Tag) bool { return t.Key == "label" })
	var words []string
	for _, t := range tags {
		words = append(words, t.Key+"="+t.Value)
	}
	if m.Param(0) == "#moderated" {
		c.reply(num("404", c.nick, m.Param(0), "You may not speak there"))
		return
	}
	c.s.heard = append(c.s.heard, fmt.Sprint(c.nick, " ", m.Param(0), " ", strings.Join(words, " ")))
	c.tell(irc.Message{Tags: tags, Command: "TAGMSG", Params: m.Params})
}

func (c *stageConn) redact(m irc.Message) {
	log := c.s.logs[logName(c.nick, m.Param(0))]
	i := slices.IndexFunc(log, func(l irc.Message) bool { return l.Tag("msgid") == m.Param(1) })
	switch {
	case i < 0:
		c.reply(fail("REDACT", "UNKNOWN_MSGID", m.Param(0), m.Param(1), "There is no such message"))
	case log[i].Nick() != c.nick:
		c.reply(fail("REDACT", "REDACT_FORBIDDEN", m.Param(0), m.Param(1), "Only its author may"))
	default:
		c.s.logs[logName(c.nick, m.Param(0))] = slices.Delete(log, i, i+1)
		c.tell(irc.Message{Command: "REDACT", Params: m.Params})
	}
}

// tell gives everybody what a client has done, and the client its echo.
func (c *stageConn) tell(m irc.Message) {
	m.Source = c.nick + "!u@h"
	for _, o := range c.s.conns {
		if o != c {
			o.write(m)
		}
	}
	c.reply(m)
}

// marks is the key of a marker.
func (c *stageConn) markKey(target string) string { return c.account + " " + logName(c.nick, target) }

func (c *stageConn) markOf(target string) irc.Message {
	at, ok := c.s.markers[c.markKey(target)]
	if !ok {
		return num("MARKREAD", target, "*")
	}
	return num("MARKREAD", target, "timestamp="+irc.FormatTime(at))
}

func (c *stageConn) markread(m irc.Message) {
	if m.Param(0) == "#moderated" && len(m.Params) > 1 {
		c.reply(fail("MARKREAD", "INVALID_PARAMS", m.Param(0), "There is nothing there"))
		return
	}
	if at, err := irc.ParseTime(strings.TrimPrefix(m.Param(1), "timestamp=")); err == nil {
		c.s.markers[c.markKey(m.Param(0))] = at
	}
	c.reply(c.markOf(m.Param(0)))
}

// reads lets another device of an account read to a moment.
func (s *stage) reads(account, target string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		if c.account == account {
			s.markers[c.markKey(target)] = at
			c.write(c.markOf(target))
		}
	}
}

func (c *stageConn) search(m irc.Message) {
	var found []irc.Message
	terms := map[string]string{}
	for pair := range strings.SplitSeq(m.Param(0), ";") {
		key, value, _ := strings.Cut(pair, "=")
		terms[key] = irc.Unescape(value)
	}
	for name, log := range c.s.logs {
		for _, l := range log {
			if strings.Contains(strings.ToLower(l.Param(1)), strings.ToLower(terms["text"])) && (terms["in"] == "" || terms["in"] == name) && (terms["from"] == "" || terms["from"] == l.Nick()) {
				found = append(found, l)
			}
		}
	}
	slices.SortFunc(found, func(a, b irc.Message) int { return strings.Compare(a.Tag("time"), b.Tag("time")) })
	c.batch(irc.BatchSearch, found)
}

// tags lets somebody send a TAGMSG.
func (s *stage) tags(nick, target string, tags ...irc.Tag) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		c.write(irc.Message{Tags: tags, Source: nick + "!u@h", Command: "TAGMSG", Params: []string{target}})
	}
}
