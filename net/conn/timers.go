package conn

import (
	"errors"
	"io"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// timer names what a connection waits for.
type timer uint8

const (
	registrationTimer timer = iota
	pingTimer
	answerTimer
	creditTimer
	batchTimer
	timerKinds
)

// alarm is a timer that may be set again; Gen tells a late one apart.
type alarm struct {
	gen uint64
	t   *time.Timer
}

func (a *alarm) stop() {
	a.gen++
	if a.t != nil {
		a.t.Stop()
		a.t = nil
	}
}

// set starts the timer anew.
func (c *conn) set(what timer, after time.Duration) {
	a := &c.timers[what]
	a.stop()
	tell, self, gen := c.tell, c.self, a.gen
	a.t = time.AfterFunc(after, func() { tell.Send(self, tick{what, gen}) })
}

func (c *conn) tick(ctx actor.Context, m tick) {
	if c.timers[m.What].gen != m.Gen || c.ended {
		return
	}
	c.timers[m.What].t = nil
	switch m.What {
	case registrationTimer:
		c.close(textRegistrationTimeout)
	case pingTimer:
		c.ping()
	case answerTimer:
		c.expire(ctx)
	case creditTimer:
		c.run(ctx)
	case batchTimer:
		c.batchOver()
	}
}

// ping asks a silent client whether it is there, and cuts one that did not say.
func (c *conn) ping() {
	silent := c.cfg.Now().Sub(c.read)
	switch {
	case len(c.queue) > 0 || c.current != nil || c.posts > 0:
		c.set(pingTimer, c.cfg.Timeouts.Idle) // it waits for us
	case c.pinged:
		c.close(textPingTimeout)
	case silent < c.cfg.Timeouts.Idle:
		c.set(pingTimer, c.cfg.Timeouts.Idle-silent)
	default:
		c.pinged = true
		c.tellLine(irc.New("PING", c.cfg.Server))
		c.set(pingTimer, c.cfg.Timeouts.Pong)
	}
}

// heard notes a sign of life. The timer is left alone: when it runs out it
// looks at the time.
func (c *conn) heard() {
	if c.lines++; c.lines == 1 {
		c.speaking()
	}
	c.read = c.cfg.Now()
	if c.pinged {
		c.pinged = false
		c.set(pingTimer, c.cfg.Timeouts.Idle)
	}
}

func (c *conn) readEnded(m readEnded) {
	switch {
	case !c.out.ready:
		c.noHandshake(m.cause)
	case errors.Is(m.cause, errForeign):
		c.cut(textForeign)
	case errors.Is(m.cause, irc.ErrLineTooLong):
		c.close(textEndlessLine)
	case errors.Is(m.cause, io.EOF), errors.Is(m.cause, io.ErrUnexpectedEOF):
		c.close(textHungUp)
	default:
		c.close(textReadFailed)
	}
}
