package conn

import (
	"errors"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// maxClientID is the longest +greenroom/id, as journal.Append takes it.
const maxClientID = 64

// postCommand is PRIVMSG and NOTICE. All its posts are under way at once.
func (c *conn) postCommand(ctx actor.Context, x *exchange, m irc.Message) {
	list, text := m.Param(0), m.Param(1)
	switch {
	case list == "":
		c.numeric(x, irc.ErrNoRecipient, "No recipient given ("+x.command+")")
		return
	case text == "":
		c.numeric(x, irc.ErrNoTextToSend, "No text to send")
		return
	}
	post := room.Post{User: c.user, Author: author(c.profile), Kind: journal.Message, Text: text, Machine: asksMachine(text)}
	if x.command == "NOTICE" {
		post.Kind = journal.Notice
	}
	post.Tags, post.ClientID = c.clientTags(m.Tags)
	if len(post.ClientID) > maxClientID {
		c.fail(x, "INVALID_CLIENT_ID", textLongClientID)
		return
	}
	c.postAll(ctx, x, list, post)
}

// postAll says something to each target of a list.
func (c *conn) postAll(ctx actor.Context, x *exchange, list string, post room.Post) {
	targets := c.targets(x, list)
	if len(targets) > 1 {
		c.stream(x)
	}
	for _, target := range targets {
		if len(post.Text) > irc.MaxText(source(c.profile), x.command, target) {
			c.numeric(x, irc.ErrInputTooLong, textTooLong)
			continue
		}
		if post.Kind == journal.TagOnly && !c.keeps(post.Tags) {
			post.ID = c.cfg.NewID()
		}
		c.post(ctx, x, target, post)
	}
}

// clientTags keeps what may be relayed: never a tag of the server's own.
func (c *conn) clientTags(tags irc.Tags) (kept []journal.Tag, clientID string) {
	if !c.caps.has(capMessageTags) {
		return nil, ""
	}
	for _, t := range tags.ClientOnly() {
		if t.Key == irc.TagClientID {
			clientID = t.Value
			continue
		}
		kept = append(kept, journal.Tag(t))
	}
	return kept, clientID
}

func (c *conn) post(ctx actor.Context, x *exchange, target string, post room.Post) {
	post.Target = target
	name, role := target, room.NoRole
	if rest := strings.TrimLeft(target, prefixes); isRoomName(rest) && rest != target {
		name, role = rest, roleOf(target[:len(target)-len(rest)])
	}
	post.MinRole = role
	if !isRoomName(name) {
		c.postTo(ctx, x, post)
		return
	}
	if p, in := c.find(name); in {
		post.Target = target[:len(target)-len(name)] + p.name
	}
	post.Ticket = c.askOr(x, nil, nil, func(_ actor.Context, err error) {
		if _, in := c.find(name); !in && errors.Is(err, room.ErrNotPresent) {
			err = registry.ErrNoRoom // ATTACKS 53: of a secret room a stranger is told this
		}
		c.refuse(x, err, clip(target))
	})
	c.toRoom(ctx, name, post)
}

// roleOf is the least of the roles that STATUSMSG prefixes name
// (modern.ircdocs.horse: statusmsg-parameter).
func roleOf(shown string) room.Role {
	least := 0
	for i := range shown {
		least = max(least, strings.IndexByte(prefixes, shown[i]))
	}
	return roles[least]
}

// asksMachine tells whether a text is a question of one program to another: a
// CTCP, but for what a person does (ACTION).
func asksMachine(text string) bool {
	command, ok := strings.CutPrefix(text, "\x01")
	return ok && !strings.HasPrefix(command, "ACTION")
}

// postTo says something to a person. Whether they are away is asked before, of
// the one who forwards the post, so that it is known before the echo comes.
func (c *conn) postTo(ctx actor.Context, x *exchange, post room.Post) {
	nick := post.Target
	if post.Kind == journal.Message {
		ticket := c.askOr(x, nil,
			func(_ actor.Context, answer any) {
				if m, ok := answer.(registry.UserFound); ok && m.Profile.Away != "" {
					c.numeric(x, irc.RplAway, m.Profile.Nick, m.Profile.Away)
				}
			},
			func(actor.Context, error) {}) // the post itself tells
		ctx.Send(c.cfg.Registry, registry.FindUser{Ticket: ticket, Nick: nick})
	}
	post.Ticket = c.ask(x, []string{clip(nick)}, nil)
	ctx.Send(c.cfg.Registry, registry.ToConversation{
		Ticket: post.Ticket, User: c.user, With: nick, Command: post,
	})
}

// echo is one of our own lines, or what a command of ours has brought about, in
// its place among those of others. Of a message to oneself there are two copies,
// of which one is labelled.
func (c *conn) echo(m room.Echo) {
	if c.ended {
		return
	}
	record := m.Event.Record
	if record.Redacted {
		return // it was sent again, and deleted in between
	}
	if c.wantsEcho(record.Kind) {
		c.showOwn(m)
	}
	if record.Kind.Posted() && m.Event.Room == "" && c.isMe(record.Target) {
		c.showEvent(&exchange{}, m.Event)
	}
}

// wantsEcho tells whether the client is shown what it has sent itself.
func (c *conn) wantsEcho(k journal.Kind) bool {
	switch {
	case k == journal.Redact:
		return c.caps.has(capEcho | capRedaction | capMessageTags)
	case k.Posted():
		return c.caps.has(capEcho)
	}
	return true
}

// showOwn labels the line if it is the only answer, and else puts it into the
// batch of the answer.
func (c *conn) showOwn(m room.Echo) {
	i := c.asking(m.Ref)
	if i < 0 {
		c.showEvent(&exchange{}, m.Event)
		return
	}
	x := c.asked[i].x
	if len(x.lines) > 0 {
		c.stream(x)
	}
	c.showAnswer(x, m.Event)
}

func (c *conn) isMe(name string) bool {
	key := names.Fold(name)
	return key == names.Fold(c.nick) || c.profile.Account != "" && key == names.Fold(c.profile.Account)
}
