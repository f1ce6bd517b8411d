package conn

import "github.com/asynkron/protoactor-go/actor"

// What a connection tells its parent, which bounds those that nobody knows.
type (
	// LoggingIn says that the client has shown a password: while Waiting it
	// waits for us, and afterwards it was refused.
	LoggingIn struct {
		Conn    *actor.PID
		Waiting bool
	}
	// Speaking is said once: the first line has come.
	Speaking struct{ Conn *actor.PID }
	// Known is said once: the client has logged in, or is in as a guest.
	Known struct {
		Conn  *actor.PID
		Guest bool
	}
)

// GiveWay ends a connection that has not said Known, and no other.
type GiveWay struct{ Reason string }

func (c *conn) giveWay(m GiveWay) {
	if !c.known {
		c.close(m.Reason)
	}
}

// speaking tells the parent that somebody is there.
func (c *conn) speaking() {
	if !c.known && c.parent != nil {
		c.tell.Send(c.parent, Speaking{c.self})
	}
}

// loggingIn tells the parent whether a client that is not in waits for us.
func (c *conn) loggingIn(waiting bool) {
	if !c.known && c.parent != nil {
		c.tell.Send(c.parent, LoggingIn{c.self, waiting})
	}
}

// isKnown tells the parent who need not give way any more.
func (c *conn) isKnown(guest bool) {
	if c.known {
		return
	}
	c.known = true
	if c.parent != nil {
		c.tell.Send(c.parent, Known{c.self, guest})
	}
}
