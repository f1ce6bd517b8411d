package repl

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// stage is a server as far as a chat can tell, with strings for the test to pull.
type stage struct {
	t testing.TB

	mu       sync.Mutex
	accounts map[string]string
	logs     map[string][]irc.Message // by room, or by both nicks
	ids      map[string]irc.Message   // by client id
	conns    []*stageConn
	topics   map[string]string
	remember map[string][]string // rooms that an account is put into at login
	last     time.Time
	seq      int
	dials    int
	devices  map[string]string // account by fingerprint
	external *stageConn        // in the middle of AUTHENTICATE EXTERNAL

	clock   func() time.Time     // instead of the real one
	caps    string               // offered besides the usual ones
	markers map[string]time.Time // by account and room, or both nicks
	heard   []string             // TAGMSG of clients, as "nick target tags"

	away     map[string]string                  // by nick
	shut     string                             // a room that lets nobody in
	down     bool                               // nobody answers
	refuse   func(irc.Message) (code string)    // FAIL instead of storing
	asked    func(*stageConn)                   // for history, before the answer
	targeted func(*stageConn)                   // for TARGETS, after the answer
	elide    int                                // after so many lines a page AFTER something ends; 0: never
	stored   func(*stageConn, irc.Message) bool // after storing, before the echo; false: no echo
}

type stageConn struct {
	s       *stage
	nick    string
	account string
	conn    net.Conn
	rooms   []string
	ready   bool
	label   string
	draft   []string // lines of a multiline batch
	open    irc.Message
	device  *tls.Certificate // that the client has shown
}

func newStage(t testing.TB) *stage {
	return &stage{
		t: t, accounts: map[string]string{}, logs: map[string][]irc.Message{}, ids: map[string]irc.Message{},
		topics: map[string]string{}, remember: map[string][]string{}, markers: map[string]time.Time{}, devices: map[string]string{},
	}
}

// dial is for Options.dial.
func (s *stage) dial(ctx context.Context, o client.Options) (*client.Client, error) {
	o.Plaintext, o.Addr = true, "127.0.0.1:6667"
	o.Dial = func(context.Context, string, string) (net.Conn, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.dials++
		if s.down {
			return nil, &net.OpError{Op: "dial", Err: fmt.Errorf("connection refused")}
		}
		ours, theirs := net.Pipe()
		c := &stageConn{s: s, conn: ours, device: o.Certificate}
		s.conns = append(s.conns, c)
		go c.serve()
		return theirs, nil
	}
	return client.Dial(ctx, o)
}

func (s *stage) now() time.Time {
	now := time.Now().UTC().Truncate(time.Millisecond)
	if s.clock != nil {
		now = s.clock()
	}
	if !now.After(s.last) {
		now = s.last.Add(time.Millisecond)
	}
	s.last = now
	return now
}

// pull lets the test change something.
func (s *stage) pull(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// hangUp ends all connections.
func (s *stage) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		c.conn.Close()
	}
	s.conns = nil
}

// says lets somebody say something in a room, or to a nick.
func (s *stage) says(nick, target, text string) irc.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store(nick, "PRIVMSG", target, text, nil)
}

// replies lets somebody say something about a line.
func (s *stage) replies(nick, target, text, ref string) irc.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store(nick, "PRIVMSG", target, text, nil, irc.Tag{Key: tagReply, Value: ref})
}

// does lets somebody do something that is not speech; params follow the command.
func (s *stage) does(nick, command string, params ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := irc.New(command, params...)
	m.Source = nick + "!u@h"
	for _, c := range s.conns {
		c.write(m)
	}
}

func logName(nick, target string) string {
	if isRoom(target) {
		return irc.Fold(target)
	}
	both := []string{irc.Fold(nick), irc.Fold(target)}
	slices.Sort(both)
	return strings.Join(both, " ")
}

// store is with mu held. The sender's own connection is left out.
func (s *stage) store(nick, command, target, text string, from *stageConn, tags ...irc.Tag) irc.Message {
	s.seq++
	m := irc.New(command, target, text)
	m.Source = nick + "!u@h"
	m.Tags = irc.Tags{{Key: "time", Value: irc.FormatTime(s.now())}, {Key: "msgid", Value: fmt.Sprintf("m%04d", s.seq)}}
	m.Tags = append(m.Tags, tags...)
	s.logs[logName(nick, target)] = append(s.logs[logName(nick, target)], m)
	for _, c := range s.conns {
		inRoom := slices.ContainsFunc(c.rooms, func(r string) bool { return same(r, target) })
		if c != from && (inRoom || same(c.nick, target)) {
			c.write(m)
		}
	}
	return m
}

func (c *stageConn) write(m irc.Message) {
	if m.Command != "PRIVMSG" || !strings.Contains(m.Param(1), "\n") {
		c.conn.Write(irc.Append(nil, m))
		return
	}
	c.conn.Write(irc.Append(nil, irc.Message{Tags: m.Tags, Source: m.Source, Command: "BATCH", Params: []string{"+M", irc.BatchMultiline, m.Param(0)}}))
	for line := range strings.SplitSeq(m.Param(1), "\n") {
		c.conn.Write(irc.Append(nil, irc.Message{Tags: irc.Tags{{Key: "batch", Value: "M"}}, Source: m.Source, Command: m.Command, Params: []string{m.Param(0), line}}))
	}
	c.conn.Write(irc.Append(nil, irc.Message{Source: m.Source, Command: "BATCH", Params: []string{"-M"}}))
}

// reply answers with lines, in a batch if there are several.
func (c *stageConn) reply(lines ...irc.Message) {
	tag := irc.Tag{Key: "label", Value: c.label}
	switch {
	case c.label == "":
		for _, m := range lines {
			c.write(m)
		}
	case len(lines) == 0:
		c.write(irc.Message{Tags: irc.Tags{tag}, Source: "srv", Command: "ACK"})
	case len(lines) == 1:
		lines[0].Tags = append(irc.Tags{tag}, lines[0].Tags...)
		c.write(lines[0])
	default:
		c.write(irc.Message{Tags: irc.Tags{tag}, Source: "srv", Command: "BATCH", Params: []string{"+x", "labeled-response"}})
		for _, m := range lines {
			m.Tags = append(irc.Tags{{Key: "batch", Value: "x"}}, m.Tags...)
			c.write(m)
		}
		c.write(irc.Message{Source: "srv", Command: "BATCH", Params: []string{"-x"}})
	}
}

func num(code irc.Numeric, params ...string) irc.Message {
	m := irc.New(string(code), params...)
	m.Source = "srv"
	return m
}

func fail(params ...string) irc.Message {
	m := irc.New("FAIL", params...)
	m.Source = "srv"
	return m
}

// serve ends when the connection does.
func (c *stageConn) serve() {
	in := bufio.NewScanner(c.conn)
	for in.Scan() {
		m, err := irc.Parse(in.Text(), irc.FromClient)
		if err != nil {
			c.s.t.Errorf("the server was sent %q: %v", in.Text(), err)
		}
		c.s.mu.Lock()
		c.label = m.Tag("label")
		c.obey(m)
		c.s.mu.Unlock()
	}
}

func (c *stageConn) obey(m irc.Message) {
	s := c.s
	switch m.Command {
	case "CAP":
		c.capability(m)
	case "NICK":
		if c.ready && m.Param(0) == "bob" {
			c.reply(num("433", c.nick, "bob", "Nickname is already in use"))
			return
		}
		if c.ready {
			was := c.nick
			c.nick = m.Param(0)
			c.reply(irc.Message{Source: was + "!u@h", Command: "NICK", Params: m.Params})
			return
		}
		c.nick = m.Param(0)
	case "AUTHENTICATE":
		c.authenticate(m)
	case "REGISTER":
		c.register(m)
	case "USER", "PONG":
	case "PING":
		c.reply(num("PONG", "srv", m.Last()))
	case "JOIN":
		c.join(m.Param(0))
	case "PART":
		c.rooms = slices.DeleteFunc(c.rooms, func(r string) bool { return same(r, m.Param(0)) })
		c.reply(irc.Message{Source: c.nick + "!u@h", Command: "PART", Params: m.Params})
	case "PRIVMSG":
		if m.Tag(irc.TagBatch) != "" {
			c.draft = append(c.draft, m.Param(1))
			return
		}
		c.post(m)
	case "BATCH":
		c.multiline(m)
	case "TAGMSG":
		c.tagmsg(m)
	case "REDACT":
		c.redact(m)
	case "MARKREAD":
		c.markread(m)
	case "SEARCH":
		c.search(m)
	case "TOPIC":
		s.topics[m.Param(0)] = m.Param(1)
		c.reply(irc.Message{Source: c.nick + "!u@h", Command: "TOPIC", Params: m.Params})
	case "KICK", "MODE":
		switch m.Param(1) {
		case "+z":
			c.reply(num("472", c.nick, "z", "is no mode of this server"))
			return
		case "+q":
			c.reply(num("696", c.nick, m.Param(0), "q", "*", "This mode needs a parameter"))
			return
		}
		if m.Command == "MODE" && len(m.Params) == 1 {
			c.reply(num("324", c.nick, m.Param(0), "+nt"))
			return
		}
		c.reply(irc.Message{Source: c.nick + "!u@h", Command: m.Command, Params: m.Params})
	case "INVITE":
		if m.Param(0) == "nobody" {
			c.reply(num("401", c.nick, "nobody", "No such nick"))
			return
		}
		c.reply(num("341", c.nick, m.Param(0), m.Param(1)))
	case "NAMES":
		c.reply(num("353", c.nick, "=", m.Param(0), "@"+c.nick+" bob alice"), num("366", c.nick, m.Param(0), "End"))
	case "WHO":
		c.reply(num("352", c.nick, "#ops", "u", "h", "srv", "bob", "G", "0 Bob Example"), num("315", c.nick, "x", "End"))
	case "AWAY":
		if len(m.Params) == 0 {
			c.reply(num("305", c.nick, "back"))
			return
		}
		c.reply(num("306", c.nick, "away"))
	case "CHATHISTORY":
		c.history(m)
	case "CERT":
		c.cert(m)
	case "PASSWD":
		c.passwd(m)
	case "QUIT":
		c.conn.Close()
	default:
		c.reply(num("421", c.nick, m.Command, "Unknown command"))
	}
}

func (c *stageConn) join(room string) {
	switch {
	case slices.Contains(c.rooms, room):
		c.reply()
		return
	case strings.HasPrefix(room, "#secret"), room == c.s.shut:
		c.reply(num("473", c.nick, room, "Cannot join channel (+i)"))
		return
	}
	c.rooms = append(c.rooms, room)
	lines := []irc.Message{{Source: c.nick + "!u@h", Command: "JOIN", Params: []string{room}}}
	if t := c.s.topics[room]; t != "" {
		lines = append(lines, num("332", c.nick, room, t))
	}
	if strings.Contains(c.s.caps, irc.CapReadMarker) {
		lines = append(lines, c.markOf(room))
	}
	c.reply(append(lines, num("353", c.nick, "=", room, "@"+c.nick+" bob alice"), num("366", c.nick, room, "End"))...)
}

func (c *stageConn) post(m irc.Message) {
	s := c.s
	if s.refuse != nil {
		switch code := s.refuse(m); code {
		case "":
		case string(irc.ErrNoSuchNick):
			c.reply(num(irc.ErrNoSuchNick, c.nick, m.Param(0), "No such nick"))
			return
		default:
			c.reply(fail("PRIVMSG", code, m.Param(0), "this text is not wanted"))
			return
		}
	}
	id := m.Tag(irc.TagClientID)
	stored, again := s.ids[id]
	if !again {
		var tags []irc.Tag
		if ref := m.Tag(tagReply); ref != "" {
			tags = append(tags, irc.Tag{Key: tagReply, Value: ref})
		}
		stored = s.store(c.nick, "PRIVMSG", m.Param(0), m.Param(1), c, tags...)
		s.ids[id] = stored
	}
	if s.stored != nil && !s.stored(c, stored) {
		return
	}
	if away := s.away[m.Param(0)]; away != "" {
		c.reply(num("301", c.nick, m.Param(0), away), stored)
		return
	}
	c.reply(stored)
}
