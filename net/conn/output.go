package conn

import (
	"fmt"
	"net"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// What a connection tells itself about its output.
type (
	// flush takes along all that was queued before it.
	flush struct{}
	// writeDone gives the buffer of a finished write back.
	writeDone struct {
		buf     []byte
		written int
		err     error
	}
	// said: the last words have been written, or could not be.
	said struct{}
)

const (
	writeDeadline = 10 * time.Second
	// keptIdle and keptBusy are the largest buffers that are kept, between
	// bursts and within one.
	keptIdle = 2 << 10
	keptBusy = 32 << 10
)

// output collects what a client is to be sent. One write is in flight at a
// time, in a goroutine of its own; all that is appended meanwhile leaves in the
// next one.
type output struct {
	sock  net.Conn
	limit int
	ready bool // false: TLS has not shaken hands, nothing may be written
	buf   []byte
	asked int // bytes of buf that answer the client: those do not count against the limit
	spare []byte
	busy  bool          // a flush is in the mailbox or a write is in flight
	done  chan struct{} // closed when the last write has ended; nil: there was none

	writes, bytes uint64
}

func newOutput(sock net.Conn, limit int) output {
	return output{sock: sock, limit: limit}
}

// full tells whether more is waiting than the client may leave unread. What it
// asked for may be more, and is bounded by crowded.
func (o *output) full() bool { return len(o.buf)-o.asked > o.limit }

// crowded tells whether so much is waiting that no further command is to be
// obeyed until the client has read.
func (o *output) crowded() bool { return len(o.buf) > o.limit }

// wants tells whether a flush is to be sent, and notes that it has been.
func (o *output) wants() bool {
	if o.busy || len(o.buf) == 0 {
		return false
	}
	o.busy = true
	return true
}

// start hands the buffer to a goroutine that ends with the write.
func (o *output) start(tell *actor.RootContext, self *actor.PID) {
	buf := o.buf
	o.buf, o.spare, o.asked = o.spare[:0], nil, 0
	o.done = make(chan struct{})
	o.writes++
	go write(o.sock, buf, o.done, tell, self)
}

func write(sock net.Conn, buf []byte, done chan<- struct{}, tell *actor.RootContext, self *actor.PID) {
	result := writeDone{buf: buf}
	defer func() {
		if reason := recover(); reason != nil {
			result.err = fmt.Errorf("writer panicked: %s", supervise.Cause(reason))
		}
		close(done)
		tell.Send(self, result)
	}()
	sock.SetWriteDeadline(time.Now().Add(writeDeadline)) // an error comes back from Write too
	result.written, result.err = sock.Write(buf)
}

// finished takes the buffer back and tells whether another write is due.
func (o *output) finished(m writeDone) (again bool) {
	o.bytes += uint64(m.written)
	if cap(m.buf) <= keptBusy {
		o.spare = m.buf[:0]
	}
	if len(o.buf) > 0 {
		return true
	}
	o.busy = false
	if cap(o.buf) > keptIdle {
		o.buf = nil
	}
	if cap(o.spare) > keptIdle {
		o.spare = nil
	}
	return false
}

// cut closes the socket under TLS, so that nothing waits for the client.
func cut(sock net.Conn) {
	if wrapped, ok := sock.(interface{ NetConn() net.Conn }); ok {
		wrapped.NetConn().Close()
	}
	sock.Close()
}

// lastWords writes what is left and closes, in a goroutine that ends within
// about the time given, and then says so.
func (o *output) lastWords(within time.Duration, tell *actor.RootContext, self *actor.PID) {
	if !o.ready {
		cut(o.sock)
		tell.Send(self, said{})
		return
	}
	sock, rest, done := o.sock, o.buf, o.done
	o.buf, o.spare = nil, nil
	go func() {
		defer tell.Send(self, said{})
		timer := time.AfterFunc(within, func() { cut(sock) })
		defer timer.Stop()
		if done != nil {
			<-done // the write in flight comes first; the cut ends it too
		}
		sock.Write(rest) // nobody is left to tell of an error
		sock.Close()
	}()
}

// tellLine shows the client a line that it has not asked for.
func (c *conn) tellLine(m irc.Message) {
	c.write(false, func(dst []byte) []byte { return irc.Append(dst, c.finishLine(m)) })
}

// answerLine shows the client a line that it has asked for.
func (c *conn) answerLine(m irc.Message) {
	c.write(true, func(dst []byte) []byte { return irc.Append(dst, c.finishLine(m)) })
}

// finishLine adds what every line of the server's own has.
func (c *conn) finishLine(m irc.Message) irc.Message {
	if m.Source == "" {
		m.Source = c.cfg.Server
	}
	if c.caps.has(capServerTime) {
		m = tagged(m, irc.Tag{Key: irc.TagTime, Value: irc.FormatTime(c.cfg.Now())})
	}
	return m
}

// tagged is the message with one more tag.
func tagged(m irc.Message, t irc.Tag) irc.Message {
	m.Tags = append(m.Tags[:len(m.Tags):len(m.Tags)], t)
	return m
}

// write appends to what is to be sent; asked: the client has asked for it.
func (c *conn) write(asked bool, add func(dst []byte) []byte) {
	if c.ended {
		return
	}
	before := len(c.out.buf)
	c.out.buf = add(c.out.buf)
	if asked {
		c.out.asked += len(c.out.buf) - before
	}
	c.put()
}

// put sees to it that what was appended to the buffer is written, unless it is
// too much: then the client reads too slowly and is cut.
func (c *conn) put() {
	switch {
	case c.out.full():
		c.cut(textTooSlow)
	case c.out.wants():
		c.tell.Send(c.self, flush{})
	}
}

// writeDone starts the next write when more is waiting, and goes on with the
// commands that waited for it.
func (c *conn) writeDone(ctx actor.Context, m writeDone) {
	again := c.out.finished(m)
	if m.err != nil {
		c.cut(textWriteFailed)
		return
	}
	if again && !c.ended {
		c.out.start(c.tell, c.self)
	}
	if len(c.queue) > 0 {
		c.run(ctx)
	}
}
