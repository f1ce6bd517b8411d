package repl

import (
	"strings"
	"time"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// kind says what happened; the words are those of --json.
type kind string

const (
	said     kind = "message"
	noticed  kind = "notice"
	acted    kind = "action"
	joined   kind = "join"
	left     kind = "part"
	gone     kind = "quit"
	kicked   kind = "kick"
	renamed  kind = "nick"
	topicSet kind = "topic"
	moded    kind = "mode"
	invited  kind = "invite"
	reacted  kind = "reaction"
	undone   kind = "unreaction" // a reaction is taken back
	deleted  kind = "redaction"
	crowded  kind = "crowd" // several have come and gone
)

// event is something that somebody did, with all text as it came from the server: whoever shows it cleans it.
type event struct {
	kind  kind
	at    time.Time
	id    string // msgid
	room  string // where; for a direct message the other's nick
	nick  string // who
	whom  string // who was kicked or invited, or the new nick
	text  string
	ref   string // msgid of what it answers, reacts to or deletes
	about *event // that one, if it is remembered
	self  bool   // nick is ourselves
	known bool   // it was there before we entered the room

	came, went, passed []string // of a crowd, by nick
}

// speech tells whether an event counts as unread and has its place in history.
func (e event) speech() bool { return e.kind == said || e.kind == noticed || e.kind == acted }

// eventOf reads a message of the server; false when it is none that is shown as an event.
func eventOf(m irc.Message, me string, now time.Time) (event, bool) {
	e := event{id: m.Tag(irc.TagMsgID), nick: m.Nick(), room: m.Param(0), text: m.Param(1), at: now}
	if at, err := irc.ParseTime(m.Tag(irc.TagTime)); err == nil {
		e.at = at
	}
	e.self = same(e.nick, me)
	switch m.Command {
	case "PRIVMSG", "NOTICE":
		e.speechOf(m, me)
	case "JOIN":
		e.kind, e.text = joined, ""
	case "PART":
		e.kind = left
	case "QUIT":
		e.kind, e.room, e.text = gone, "", m.Param(0)
	case "KICK":
		e.kind, e.whom, e.text = kicked, m.Param(1), m.Param(2)
	case "NICK":
		e.kind, e.room, e.whom = renamed, "", m.Param(0)
	case "TOPIC":
		e.kind = topicSet
	case "MODE":
		if !isRoom(e.room) {
			return event{}, false
		}
		e.kind, e.text = moded, strings.Join(m.Params[1:], " ")
	case "INVITE":
		e.kind, e.whom, e.room = invited, m.Param(0), m.Param(1)
	case "TAGMSG":
		return e.reactionOf(m, me)
	case "REDACT":
		e.kind, e.ref, e.text = deleted, m.Param(1), m.Param(2)
		e.ofPerson(me)
	default:
		return event{}, false
	}
	return e, true
}

func (e *event) speechOf(m irc.Message, me string) {
	e.kind = said
	if m.Command == "NOTICE" {
		e.kind = noticed
	}
	e.ref = replyTo(m)
	e.ofPerson(me)
	if ctcp, ok := strings.CutPrefix(e.text, "\x01"); ok {
		word, rest, _ := strings.Cut(strings.TrimSuffix(ctcp, "\x01"), " ")
		if word == "ACTION" {
			e.kind, e.text = acted, rest
		} else {
			e.kind, e.text = noticed, "asks with CTCP: "+word+" "+rest
		}
	}
}

// ofPerson names the conversation by the other one.
func (e *event) ofPerson(me string) {
	e.room = strings.TrimLeft(e.room, "~&@%+") // to operators only: STATUSMSG
	if !isRoom(e.room) && same(e.room, me) {
		e.room = e.nick
	}
}

// Client-only tags (ircv3 reply, react, typing, and persist of our server: the reaction is stored).
const (
	tagReply   = "+draft/reply"
	tagReact   = "+draft/react"
	tagUnreact = "+draft/unreact"
	tagPersist = "+draft/persist"
	tagTyping  = "+typing"
)

func replyTo(m irc.Message) string {
	if id := m.Tag("+reply"); id != "" {
		return id
	}
	return m.Tag(tagReply)
}

func (e event) reactionOf(m irc.Message, me string) (event, bool) {
	e.kind, e.text = reacted, m.Tag(tagReact)
	if e.text == "" {
		e.kind, e.text = undone, m.Tag(tagUnreact)
	}
	e.ref = replyTo(m)
	e.ofPerson(me)
	return e, e.text != "" && e.ref != ""
}

func isRoom(name string) bool { return strings.HasPrefix(name, "#") || strings.HasPrefix(name, "&") }

func same(a, b string) bool { return irc.Fold(a) == irc.Fold(b) }
