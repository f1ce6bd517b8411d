package conn

import (
	"cmp"
	"strings"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// The bits of a room.Class: each is a capability that changes how an event is
// written.
const (
	classTime            room.Class = 1 << iota // server-time
	classTags                                   // message-tags: msgid, client-only tags
	classAccount                                // account-tag
	classExtendedJoin                           // extended-join
	classAccountNotify                          // account-notify
	classAwayNotify                             // away-notify
	classInviteNotify                           // invite-notify
	classSetname                                // setname
	classRename                                 // draft/channel-rename
	classRedaction                              // draft/message-redaction, with the tags that it needs
	classMultiline                              // draft/multiline, with the batch that it needs
	classMetadata                               // draft/metadata-2
	classMetadataNumeric                        // draft/metadata-3
)

// Encode is the room.Encoder of IRC: it appends the event as a line, two
// when somebody comes in who is away, or as many as a message has.
func Encode(dst []byte, class room.Class, e room.Event) []byte {
	dst = encode(dst, class, e, nil)
	if e.Record.Kind == journal.Join && e.Profile.Away != "" { // ircv3 away-notify
		e.Record.Kind, e.Record.Seq = journal.Away, 0
		dst = encode(dst, class, e, nil)
	}
	return dst
}

// encode is Encode with tags for one receiver: a label or a batch.
func encode(dst []byte, class room.Class, e room.Event, extra irc.Tags) []byte {
	m := eventLine(class, e)
	switch {
	case m.Command == "":
		return dst
	case tooLong(m) <= 0:
	case e.Record.Kind.Said():
		e.Record = refitted(e.Record, irc.MaxText(m.Source, m.Command, m.Params[0]))
	default:
		m = shortened(m)
	}
	switch {
	case isMultiline(e.Record) && class&classMultiline != 0:
		return encodeBatch(dst, class, e, m, extra)
	case isMultiline(e.Record):
		return encodeLines(dst, class, e, m, extra)
	}
	dst = irc.AppendTags(dst, extra, serverTags(class, e), clientTags(class, e.Record))
	return irc.AppendBody(dst, m)
}

func serverTags(class room.Class, e room.Event) irc.Tags {
	r := e.Record
	tags := make(irc.Tags, 0, 4)
	if class&classTime != 0 {
		at := r.Time
		if at.IsZero() { // an event that is not recorded
			at = time.Now()
		}
		tags = append(tags, irc.Tag{Key: irc.TagTime, Value: irc.FormatTime(at)})
	}
	if id := msgid(e); class&classTags != 0 && id != "" {
		tags = append(tags, irc.Tag{Key: irc.TagMsgID, Value: id})
	}
	if class&classAccount != 0 && r.Author.Account != "" {
		tags = append(tags, irc.Tag{Key: irc.TagAccount, Value: r.Author.Account})
	}
	if class&classTags != 0 && r.Author.Bot {
		tags = append(tags, irc.Tag{Key: irc.TagBot})
	}
	return tags
}

// msgid names what is recorded, and what was posted without being recorded.
func msgid(e room.Event) string {
	if e.ID == "" && e.Record.Seq != 0 {
		return e.Record.ID().String()
	}
	return e.ID
}

func clientTags(class room.Class, r journal.Record) irc.Tags {
	if class&classTags == 0 || len(r.Tags) == 0 {
		return nil
	}
	tags := make(irc.Tags, len(r.Tags))
	for i, t := range r.Tags {
		tags[i] = irc.Tag(t)
	}
	return tags
}

// eventLine is the event without tags; no command: there is nothing to show.
func eventLine(class room.Class, e room.Event) irc.Message {
	r := e.Record
	m := irc.Message{Source: authorSource(r.Author)}
	if r.Redacted {
		return irc.Message{}
	}
	switch r.Kind {
	case journal.Message:
		m.Command, m.Params = "PRIVMSG", []string{addressee(e), r.Text}
	case journal.Notice:
		m.Command, m.Params = "NOTICE", []string{addressee(e), r.Text}
	case journal.TagOnly: // ircv3 message-tags: to nobody without the capability
		if class&classTags != 0 {
			m.Command, m.Params = "TAGMSG", []string{addressee(e)}
		}
	case journal.Redact: // ircv3 message-redaction: to nobody without the capability
		if class&classRedaction != 0 {
			id := journal.ID{Room: r.Room, Seq: r.Redacts}.String()
			m.Command, m.Params = "REDACT", withReason(r.Text, addressee(e), id)
		}
	case journal.Join:
		m.Command, m.Params = "JOIN", []string{e.Room}
		if class&classExtendedJoin != 0 {
			m.Params = append(m.Params, orStar(r.Author.Account), e.Profile.Realname)
		}
	case journal.Part:
		m.Command, m.Params = "PART", withReason(r.Text, e.Room)
	case journal.Quit:
		m.Command, m.Params = "QUIT", []string{r.Text}
	case journal.Kick:
		m.Command, m.Params = "KICK", []string{e.Room, r.Subject, r.Text}
	case journal.Topic:
		m.Command, m.Params = "TOPIC", []string{e.Room, r.Text}
	case journal.Mode:
		m.Command, m.Params = "MODE", append([]string{e.Room}, strings.Fields(r.Text)...)
	case journal.Rename:
		m.Command, m.Params = "NICK", []string{r.Subject}
	case journal.Moved:
		if class&classRename != 0 {
			m.Command, m.Params = "RENAME", []string{r.Subject, r.Target, r.Text}
		}
	default:
		m.Command, m.Params = newsLine(class, e)
		if r.Kind == journal.Noted && m.Command != "METADATA" {
			m.Source = "" // a numeric is the server's word
		}
	}
	return m
}

// newsLine is an event about a person, which is for those only who asked for
// such.
func newsLine(class room.Class, e room.Event) (command string, params []string) {
	switch e.Record.Kind {
	case journal.Account:
		if class&classAccountNotify != 0 {
			return "ACCOUNT", []string{orStar(e.Profile.Account)}
		}
	case journal.Away:
		if class&classAwayNotify != 0 {
			return "AWAY", withReason(e.Profile.Away)
		}
	case journal.Realname:
		if class&classSetname != 0 {
			return "SETNAME", []string{e.Profile.Realname}
		}
	case journal.Noted:
		if e.Note != nil {
			return noteLine(class, cmp.Or(e.Record.Subject, e.Profile.Nick), *e.Note)
		}
	case journal.Invite:
		if class&classInviteNotify != 0 {
			return "INVITE", []string{e.Record.Subject, e.Room}
		}
	}
	return "", nil
}

// addressee is to whom something was said. A room is called as it is called
// now, whatever its name was then.
func addressee(e room.Event) string {
	target := e.Record.Target
	if at := strings.IndexByte(target, '#'); at >= 0 && e.Room != "" {
		return target[:at] + e.Room
	}
	return target
}

func withReason(reason string, params ...string) []string {
	if reason == "" {
		return params
	}
	return append(params, reason)
}

func authorSource(a journal.Author) string {
	if a.Username == "" { // the server
		return a.Nick
	}
	return a.Nick + "!" + a.Username + "@" + a.Host
}

func source(p people.Profile) string {
	return p.Nick + "!" + p.Username + "@" + p.Host
}

func orStar(s string) string {
	if s == "" {
		return "*"
	}
	return s
}

// author is how records name who the profile describes.
func author(p people.Profile) journal.Author {
	return journal.Author{ID: p.ID, Nick: p.Nick, Username: p.Username, Host: p.Host, Account: p.Account, Bot: p.Modes.Has(people.Bot)}
}
