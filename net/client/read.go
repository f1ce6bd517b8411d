package client

import (
	"io"
	"strings"
	"time"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// keepAliveToken is how our own PINGs are known again.
const keepAliveToken = "greenroom-keepalive"

// ask sends a PING unless the queue is full, in which case there is more to
// answer already than a PING.
func (c *Client) ask() {
	select {
	case c.out <- irc.Append(nil, irc.New("PING", keepAliveToken)):
	default:
	}
}

// next reads one message. It answers PING, and passes over what it cannot read.
func (c *Client) next() (irc.Message, error) {
	for {
		line, err := c.lines.ReadLine()
		if err != nil {
			c.end(err)
			return irc.Message{}, c.Err()
		}
		m, err := irc.Parse(string(line), irc.FromServer)
		if err != nil {
			continue
		}
		c.heard = true
		if m.Command == "PING" {
			if err := c.enqueue(irc.Append(nil, irc.New("PONG", m.Params...))); err != nil {
				return irc.Message{}, err
			}
			continue
		}
		if c.opts.Watch != nil {
			c.opts.Watch(m)
		}
		switch m.Command {
		case "PONG":
			if m.Last() == keepAliveToken {
				continue
			}
		case "ERROR":
			c.mu.Lock()
			c.lastWord = m.Last()
			c.mu.Unlock()
			c.end(io.EOF) // ERROR is always the last line
			return irc.Message{}, c.Err()
		}
		return m, nil
	}
}

// read is the reading goroutine: it ends when the connection does.
func (c *Client) read(greeting []irc.Message) {
	defer close(c.events)
	defer c.opts.Recover()
	for _, m := range greeting {
		c.deliver(m)
	}
	batches := map[string]*request{}
	var drafts drafts
	for {
		m, err := c.next()
		if err != nil {
			return
		}
		m, whole := drafts.take(m)
		if !whole {
			continue
		}
		c.note(m)
		if !c.answers(m, batches) {
			c.deliver(m)
		}
	}
}

// deliver waits for the consumer, which is what makes the server wait.
func (c *Client) deliver(m irc.Message) {
	if c.opts.DropEvents {
		return
	}
	select {
	case c.events <- m:
	case <-c.done:
	}
}

// answers tells whether the message belongs to a request, and hands it over.
// batches are those under way, by their reference.
func (c *Client) answers(m irc.Message, batches map[string]*request) bool {
	owner := batches[m.Tag(irc.TagBatch)]
	outer := owner != nil
	if !outer {
		if label := m.Tag(irc.TagLabel); label != "" {
			owner = c.request(label)
		}
	}
	sign, ref := batchOf(m)
	if sign == '-' && !outer {
		owner = batches[ref]
		delete(batches, ref)
		if owner != nil {
			c.complete(owner)
		}
		return owner != nil
	}
	if owner == nil {
		return false
	}
	switch {
	case sign == '+':
		batches[ref] = owner
	case sign == '-':
		delete(batches, ref)
	}
	if outer || sign == 0 {
		c.gather(owner, m)
	}
	if !outer && sign == 0 {
		c.complete(owner)
	}
	return true
}

// batchOf tells whether a BATCH begins ('+') or ends ('-'), and its reference.
func batchOf(m irc.Message) (sign byte, ref string) {
	if p := m.Param(0); m.Command == "BATCH" && len(p) > 1 && (p[0] == '+' || p[0] == '-') {
		return p[0], p[1:]
	}
	return 0, ""
}

// note keeps what the accessors tell.
func (c *Client) note(m irc.Message) {
	switch m.Command {
	case string(irc.RplWelcome):
		c.mu.Lock()
		c.nick = m.Param(0)
		c.mu.Unlock()
	case string(irc.RplISupport):
		c.supports(irc.ParseISupport(m.Params))
	case string(irc.RplLoggedIn):
		c.loggedIn(m.Param(2))
	case string(irc.RplLoggedOut):
		c.loggedIn("")
	case "NICK":
		c.mu.Lock()
		if m.Nick() == c.nick {
			c.nick = m.Param(0)
		}
		c.mu.Unlock()
	case "CAP":
		switch m.Param(1) {
		case "DEL":
			c.granted("-"+strings.Join(strings.Fields(m.Last()), " -"), nil)
		case "ACK":
			c.granted(m.Last(), nil)
		}
	}
}

func (c *Client) loggedIn(account string) {
	c.mu.Lock()
	c.account = account
	c.mu.Unlock()
}

func (c *Client) supports(tokens []irc.Token) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range tokens {
		if t.Gone {
			delete(c.tokens, t.Name)
		} else {
			c.tokens[t.Name] = t.Value
		}
	}
}

// enqueue hands lines to the writing goroutine.
func (c *Client) enqueue(lines []byte) error {
	if err := c.Err(); err != nil {
		return err
	}
	select {
	case c.out <- lines:
		return nil
	case <-c.done:
		return c.Err()
	}
}

// write is the writing goroutine: what has queued up leaves in one write.
func (c *Client) write() {
	defer c.opts.Recover()
	var buf []byte
	for {
		select {
		case line := <-c.out:
			buf = append(buf[:0], line...)
		case <-c.done:
			return
		}
		for more := true; more && len(buf) < mostWrite; {
			select {
			case line := <-c.out:
				buf = append(buf, line...)
			default:
				more = false
			}
		}
		err := c.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
		if err == nil {
			_, err = c.conn.Write(buf)
		}
		if err != nil {
			c.end(err)
			return
		}
	}
}
