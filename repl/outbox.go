package repl

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/greenroom-chat/greenroom/net/client"
)

const (
	mostPasted = 1000 // lines of a paste, with those that wait already
	mostTyped  = 5000 // lines that wait; more than a paste of long lines that are split comes to
	mostNotes  = 8
	mostPiped  = 64 // before the next line is read
	mostPosts  = 5  // attempts at a line whose fate the server does not know
	retryPause = time.Second
)

// post is a line on its way. Its id is the same at every attempt, and so the server stores it once.
type post struct {
	target, text, id string
	reply            string // msgid of what it answers
	tries            int
	keeping
}

// outbox holds the lines that are not known to be stored, in the order in which they were entered. One is under way
// at a time, so that they are stored in that order.
type outbox struct {
	posts    []post
	sending  bool // the first one is under way
	used     bool // there was a line, ever
	refused  bool // some line was, ever
	farewell string
	disk     outboxDisk
}

func (o *outbox) add(target, text string) {
	o.used = true
	o.posts = append(o.posts, post{target: target, text: text, id: rand.Text()})
}

// pop takes the first one out: it is stored as msgid, or refused.
func (o *outbox) pop(msgid string) {
	o.disk.settled(o.posts[0], msgid)
	o.posts = o.posts[1:]
}

// texts are what a user sees of it: the newest.
func (o *outbox) texts(current *room) []string {
	var texts []string
	for _, p := range o.posts[max(0, len(o.posts)-mostNotes):] {
		if o.disk.file != nil && !p.kept {
			break // in a moment
		}
		text := "… " + clean(p.text)
		if current == nil || !same(p.target, current.name) {
			text = "… " + cleanName(p.target) + ": " + clean(p.text)
		}
		texts = append(texts, text)
	}
	return texts
}

// send starts the first post, if nothing is in its way.
func (c *chat) send() {
	if c.conn == nil || c.outbox.sending || len(c.outbox.posts) == 0 {
		return
	}
	p := &c.outbox.posts[0]
	if r := c.find(p.target); r != nil && (r.joining || r.filling) {
		return // its answer comes here again
	}
	if !c.mayBeSent(p) {
		return
	}
	c.outbox.sending = true
	p.tries++
	conn, now := c.conn, *p
	c.aside(func(ctx context.Context) func() {
		ctx, cancel := context.WithTimeout(ctx, askWait)
		defer cancel()
		receipt, err := deliverPost(ctx, conn, now)
		return func() {
			if c.conn == conn {
				c.posted(receipt, err)
			}
		}
	})
}

// posted takes the answer to the first post.
func (c *chat) posted(receipt client.Receipt, err error) {
	p := c.outbox.posts[0]
	c.drain() // what came before the echo is shown before it
	c.outbox.sending = false
	switch {
	case err == nil:
		c.outbox.pop(receipt.MsgID)
		c.refresh() // first it waits no longer, then it is shown: so the prompt does not jump
		c.stored(p, receipt)
	case errors.Is(err, client.ErrClosed):
		return // the loop finds out, connects and sends it again
	case p.tries < mostPosts && (errors.Is(err, client.ErrUnknown) || errors.Is(err, context.DeadlineExceeded)):
		c.outbox.sending = true // until then
		conn := c.conn
		c.after(retryPause, func() {
			if c.conn == conn {
				c.outbox.sending = false
				c.send()
			}
		})
		return
	default:
		c.outbox.pop("")
		c.refresh()
		c.outbox.refused = true
		c.refusedPost(p, err)
		if r := c.find(p.target); r != nil && r != c.current && !isRoom(r.name) && len(r.seen) == 0 && !c.piped {
			c.forget(r) // it was made for this line
		}
	}
	c.settle(p.target)
	c.keep()
	c.send()
	c.drained()
}

// stored shows a line of ours where the server has put it among those of others: times in a room only grow.
func (c *chat) stored(p post, receipt client.Receipt) {
	e, ok := eventOf(receipt.Echo, c.me, c.o.now())
	if !ok {
		return
	}
	r := c.room(e.room)
	for _, before := range r.takeWaiting(e.at) {
		c.deliver(r, before)
	}
	switch {
	case r == c.current || c.raw():
		c.deliver(r, e)
	case r.fresh(e):
		c.showEvent(e, false) // said from here, so seen here
		r.saw(e)
	}
	if receipt.Away != r.away {
		if r.away = receipt.Away; r.away != "" {
			c.say(r.name + " is away: " + r.away)
		}
	}
}

// settle delivers what has waited for its place in a room, when nothing more can come before it.
func (c *chat) settle(name string) {
	r := c.find(name)
	if r == nil || r.filling || r.joining || c.outbox.sendingTo(r) {
		return
	}
	for _, e := range r.takeWaiting(time.Time{}) {
		c.deliver(r, e)
	}
}

func (o *outbox) sendingTo(r *room) bool {
	return o.sending && len(o.posts) > 0 && same(o.posts[0].target, r.name)
}

// drained ends a piped chat when the last line is stored or refused.
func (c *chat) drained() {
	if !c.draining && !c.quitting || len(c.outbox.posts) > 0 {
		return
	}
	c.over = true
	if c.outbox.refused && c.piped {
		c.code = exitRefused
	}
}
