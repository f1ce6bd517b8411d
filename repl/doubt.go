package repl

import (
	"context"
	"errors"
	"time"

	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// A server knows the id of a line for ten minutes. Of one that may have been sent longer ago, and was not answered, the
// room's own history tells whether it is stored.

const (
	idMemory   = 5 * time.Minute // half of it
	doubtPages = 20              // a line that was under way is near the one before it
)

// doubtful tells whether the id of a post is no longer enough. A clock that went back says nothing.
func (c *chat) doubtful(p *post) bool {
	age := c.o.now().Sub(p.tried)
	return (p.maybe || p.tries > 0) && !p.sure && (age > idMemory || age < 0)
}

// lookFor looks whether the first post is stored.
func (c *chat) lookFor(p *post) {
	c.outbox.sending = true
	conn, id, text, target, after := c.conn, p.id, p.text, p.target, p.after
	me, account, known := c.me, conn.Account(), c.outbox.disk.stored
	ours := func(m irc.Message) bool {
		by := m.Tag(irc.TagAccount)
		return m.Command == "PRIVMSG" && m.Param(1) == text && (same(m.Nick(), me) || by != "" && same(by, account))
	}
	c.aside(func(ctx context.Context) func() {
		ctx, cancel := context.WithTimeout(ctx, askWait)
		defer cancel()
		lines, err := afterMark(ctx, conn, target, after, ours)
		return func() {
			if c.conn != conn {
				return
			}
			for _, m := range lines {
				if !known[m.Tag(irc.TagMsgID)] {
					c.lookedFor(id, &m, nil)
					return
				}
			}
			c.lookedFor(id, nil, err)
		}
	})
}

// afterMark gives the lines of a target after a mark that are wanted.
func afterMark(ctx context.Context, conn *client.Client, target string, after mark, wanted func(irc.Message) bool) (found []irc.Message, err error) {
	page := gapPage
	if limit := conn.HistoryLimit(); limit > 0 {
		page = min(page, limit)
	}
	for range doubtPages {
		selector := client.Latest()
		switch {
		case after.id != "":
			selector = client.After(client.AtID(after.id))
		case !after.at.IsZero():
			selector = client.After(client.AtTime(after.at))
		}
		lines, err := conn.History(ctx, target, selector, page)
		for _, m := range lines {
			if wanted(m) {
				found = append(found, m)
			}
		}
		if err != nil || len(lines) < page || after.id == "" {
			return found, err
		}
		after.id = lines[len(lines)-1].Tag(irc.TagMsgID)
	}
	return found, nil
}

// lookedFor goes on with the first post: stored is how the history has it. Where there is no history to look at it is
// sent again, for a line that is there twice is better than one that is lost.
func (c *chat) lookedFor(id string, stored *irc.Message, err error) {
	if errors.Is(err, client.ErrClosed) {
		return // the next connection looks once more
	}
	c.outbox.sending = false
	if len(c.outbox.posts) == 0 || c.outbox.posts[0].id != id {
		c.send()
		return
	}
	if stored != nil {
		c.posted(client.Receipt{MsgID: stored.Tag(irc.TagMsgID), Echo: *stored}, nil)
		return
	}
	c.outbox.posts[0].sure = true
	c.send()
}
