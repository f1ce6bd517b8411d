package repl

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/greenroom-chat/greenroom/net/client"
)

const (
	longOutage   = 5 * time.Second // after which the prompt says when the next try is
	pipePatience = 2 * time.Minute // without a connection, when there is nobody to wait
)

// lost is called when the connection has ended.
func (c *chat) lost() {
	err := c.conn.Err()
	c.conn, c.lostAt = nil, c.o.now()
	c.outbox.sending, c.settling = false, false
	for _, r := range c.rooms {
		r.filling, r.joining, r.awaiting, r.waiting = false, false, false, nil // it is all in the history
		r.typists = nil
	}
	text := "The connection is lost"
	var closed *client.Closed
	if errors.As(err, &closed) && closed.Text != "" {
		text += ": " + strings.TrimRight(closed.Text, ".")
	}
	c.print(c.show.info(text + ". Connecting again.")) // also to who sends and is gone: it may take minutes
	c.dialSoon()
}

// dialSoon tries to connect after a pause, which grows from try to try and differs between clients.
func (c *chat) dialSoon() {
	wait, login, hurry := c.retry.Next(), c.login, make(chan struct{})
	c.hurry, c.nextTry = hurry, c.o.now().Add(wait)
	c.countDown(hurry)
	c.aside(func(ctx context.Context) func() {
		select {
		case <-time.After(wait):
		case <-hurry:
		case <-ctx.Done():
		}
		ctx, cancel := context.WithTimeout(ctx, dialWait)
		defer cancel()
		conn, err := c.o.dial(ctx, login)
		return func() { c.dialled(conn, err) }
	})
}

// countDown keeps the seconds in the prompt right until the try.
func (c *chat) countDown(hurry chan struct{}) {
	c.after(time.Second, func() {
		if c.hurry == hurry && c.o.now().Before(c.nextTry) {
			c.countDown(hurry)
		}
	})
}

// tryNow connects without waiting any longer.
func (c *chat) tryNow() {
	if c.conn == nil && c.hurry != nil && !c.hurried {
		c.hurried, c.nextTry = true, time.Time{}
		close(c.hurry)
	}
}

// offline says how things are while there is no connection.
func (c *chat) offline() string {
	now := c.o.now()
	switch left := c.nextTry.Sub(now); {
	case now.Sub(c.lostAt) < longOutage:
		return "offline"
	case left > 0:
		return fmt.Sprintf("offline, next try in %d s", int((left+time.Second-1)/time.Second))
	}
	return "offline, trying"
}

func (c *chat) dialled(conn *client.Client, err error) {
	hurried := c.hurried
	c.hurry, c.hurried = nil, false
	var changed *changedKey
	var pin *wrongPin
	switch {
	case err == nil:
		c.connected(conn)
	case errors.As(err, &changed), errors.As(err, &pin), errors.Is(err, client.ErrDenied) && !passing(err), errors.Is(err, client.ErrAccountRequired):
		if c.login.Password == "" && c.login.Certificate != nil && errors.Is(err, client.ErrDenied) {
			c.refuse("The account does not know this device any more.")
		} else {
			c.print(reason(err, c.o.Addr))
		}
		c.over, c.code = true, exitRefused
	case c.piped && c.o.now().Sub(c.lostAt) > pipePatience:
		c.print(reason(err, c.o.Addr))
		c.over, c.code = true, exitRefused
	default:
		if hurried {
			c.print(reason(err, c.o.Addr))
		}
		c.dialSoon()
	}
}
