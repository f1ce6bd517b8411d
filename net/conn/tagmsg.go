package conn

import (
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// tagmsg is TAGMSG (ircv3 message-tags): a message of tags alone, such as that
// somebody is typing. It is shown and forgotten, unless one of its tags asks for
// more. As it overtakes what is on its way to the disk, it waits like any other
// command for the posts before it.
func (c *conn) tagmsg(ctx actor.Context, x *exchange, m irc.Message) {
	switch {
	case !c.caps.has(capMessageTags): // the capability enables the command
		c.unknownCommand(x)
		return
	case m.Param(0) == "":
		c.numeric(x, irc.ErrNoRecipient, "No recipient given ("+x.command+")")
		return
	}
	post := room.Post{User: c.user, Author: author(c.profile), Kind: journal.TagOnly}
	post.Tags, post.ClientID = c.clientTags(m.Tags)
	if len(post.ClientID) > maxClientID {
		c.fail(x, "INVALID_CLIENT_ID", textLongClientID)
		return
	}
	c.postAll(ctx, x, m.Param(0), post)
}

// keeps tells whether one of the tags makes a TAGMSG be stored.
func (c *conn) keeps(tags []journal.Tag) bool {
	return c.cfg.History && slices.ContainsFunc(tags, func(t journal.Tag) bool {
		return slices.Contains(c.cfg.KeepTags, t.Key)
	})
}
