package conn

import (
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// What a connection tells itself about its output.
type (
	// flush takes along all that was queued before it.
	flush struct{}
	// writeDone gives the flight of a finished write back.
	writeDone struct{}
	// said: the last words have been written, or could not be.
	said struct{}
)

const (
	// writeDeadline is how long a write may hang, rearm how much longer: to set
	// a deadline costs more than to let one stand.
	writeDeadline = 10 * time.Second
	rearm         = time.Second
	// keptBuffer is the largest buffer that is used again.
	keptBuffer = 32 << 10
)

// buffers are those that no connection has at present: one with nothing to
// write has none.
type buffers struct{ pool sync.Pool }

func (b *buffers) take() *[]byte {
	if buf, ok := b.pool.Get().(*[]byte); ok {
		return buf
	}
	return new([]byte)
}

// giveBack may be given nil.
func (b *buffers) giveBack(buf *[]byte) {
	if buf != nil && cap(*buf) <= keptBuffer {
		*buf = (*buf)[:0]
		b.pool.Put(buf)
	}
}

// output collects what a client is to be sent. What the kernel takes at once is
// written at once, where the connection can do that. Else one write is in flight
// at a time, in a goroutine of its own; all that is appended meanwhile leaves in
// the next one.
type output struct {
	cfg     *Config
	direct  prompt  // nil: it cannot write without waiting
	box     *[]byte // what buf goes back to
	buf     []byte
	asked   int     // bytes of buf that answer the client: those do not count against the limit
	flying  int     // the size of the buffer in flight
	counted int     // bytes that Config.Output counts for this client
	flight  *flight // nil: none was needed yet
	ready   bool    // false: TLS has not shaken hands, nothing may be written
	busy    bool    // a flush is in the mailbox or a write is in flight

	writes, bytes uint64
}

// prompt is a socket that writes what the kernel takes without waiting.
type prompt interface {
	TryWrite(buf []byte) (int, error)
}

// flight is a write. It belongs to the goroutine that makes it, from its start
// until writeDone, and to the connection at all other times: one for all of its
// writes, so that a delivery allocates nothing here.
type flight struct {
	sock net.Conn
	tell *actor.RootContext
	self *actor.PID

	box     *[]byte
	buf     []byte
	written int
	err     error
	armed   time.Time     // when the deadline was set
	landed  chan struct{} // holds a token while there is no write
	work    func()        // write, made once
}

func newOutput(sock net.Conn, cfg *Config) output {
	o := output{cfg: cfg}
	o.direct, _ = sock.(prompt)
	return o
}

// flight is made when it is needed: many a connection never has anything to
// write that the kernel does not take at once.
func (c *conn) flight() *flight {
	if c.out.flight == nil {
		landed := make(chan struct{}, 1)
		landed <- struct{}{}
		f := &flight{sock: c.sock, tell: c.tell, self: c.self, landed: landed}
		f.work = f.write
		c.out.flight = f
	}
	return c.out.flight
}

// append adds to what waits.
func (o *output) append(add func(dst []byte) []byte) {
	if o.box == nil {
		o.box = o.cfg.buffers.take()
		o.buf = *o.box
	}
	o.buf = add(o.buf)
}

// full tells whether more is waiting than the client may leave unread. What it
// asked for may be more, and is bounded by crowded.
func (o *output) full() bool { return len(o.buf)-o.asked > o.cfg.SendQueue }

// crowded tells whether so much is waiting that no further command is to be
// obeyed until the client has read.
func (o *output) crowded() bool { return len(o.buf) > o.cfg.SendQueue }

// wants tells whether a flush is to be sent, and notes that it has been.
func (o *output) wants() bool {
	if o.busy || len(o.buf) == 0 {
		return false
	}
	o.busy = true
	return true
}

// attempt writes what goes without waiting, and tells whether that was all.
func (o *output) attempt() (done bool, err error) {
	if o.direct == nil {
		return false, nil
	}
	n, err := o.direct.TryWrite(o.buf)
	o.bytes += uint64(n)
	if err != nil {
		return false, err
	}
	if n < len(o.buf) {
		o.buf = o.buf[:copy(o.buf, o.buf[n:])]
		return false, nil
	}
	o.writes++
	*o.box = o.buf
	o.cfg.buffers.giveBack(o.box)
	o.box, o.buf, o.asked = nil, nil, 0
	o.count()
	o.busy = false
	return true, nil
}

// start hands the buffer to a goroutine that ends with the write.
func (o *output) start(f *flight) {
	<-f.landed // at once: it was put back before writeDone was sent
	f.box, f.buf, o.flying = o.box, o.buf, cap(o.buf)
	o.box, o.buf, o.asked = nil, nil, 0
	o.writes++
	o.cfg.Go(f.work)
}

func (f *flight) write() {
	defer func() {
		if reason := recover(); reason != nil {
			f.err = fmt.Errorf("writer panicked: %s", supervise.Cause(reason))
		}
		f.landed <- struct{}{}
		f.tell.Send(f.self, writeDone{})
	}()
	if now := time.Now(); now.Sub(f.armed) > rearm {
		f.armed = now
		f.sock.SetWriteDeadline(now.Add(writeDeadline + rearm)) // an error comes back from Write too
	}
	f.written, f.err = f.sock.Write(f.buf)
}

// finished gives the buffer back and tells whether another write is due.
func (o *output) finished() (again bool) {
	f := o.flight
	o.bytes += uint64(f.written)
	*f.box = f.buf
	o.cfg.buffers.giveBack(f.box)
	f.box, f.buf, o.flying = nil, nil, 0
	o.count()
	o.busy = len(o.buf) > 0
	return o.busy
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
func (o *output) lastWords(f *flight, within time.Duration) {
	rest := o.buf
	o.box, o.buf = nil, nil
	if !o.ready {
		cut(f.sock)
		f.tell.Send(f.self, said{})
		return
	}
	go func() {
		defer f.tell.Send(f.self, said{})
		timer := time.AfterFunc(within, func() { cut(f.sock) })
		defer timer.Stop()
		<-f.landed         // the write in flight comes first; the cut ends it too
		f.sock.Write(rest) // nobody is left to tell of an error
		f.sock.Close()
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
	c.out.append(add)
	if asked {
		c.out.asked += len(c.out.buf) - before
		c.credit.answered(len(c.out.buf) - before)
	}
	c.put()
}

// put sees to it that what was appended to the buffer is written, unless it is
// too much: then the client reads too slowly and is cut.
func (c *conn) put() {
	switch {
	case c.out.full():
		c.cut(textTooSlow)
	case c.out.greedy():
		c.cut(textCrowded)
	case c.out.wants():
		c.tell.Send(c.self, flush{})
	}
}

// flush writes what is queued, unless the last words have taken it along. When
// all of it has left, the commands go on that waited for it.
func (c *conn) flush(ctx actor.Context) {
	if !c.ended && c.send() && len(c.queue) > 0 {
		c.run(ctx)
	}
}

// send writes what is queued and tells whether all of it has left.
func (c *conn) send() bool {
	done, err := c.out.attempt()
	switch {
	case err != nil:
		c.cut(writeFault(err))
	case !done:
		c.out.start(c.flight())
	}
	return done
}

// writeDone starts the next write when more is waiting, and goes on with the
// commands that waited for it.
func (c *conn) writeDone(ctx actor.Context) {
	again := c.out.finished()
	if c.out.flight.err != nil {
		c.cut(writeFault(c.out.flight.err))
		return
	}
	if again && !c.ended {
		c.send()
	}
	if len(c.queue) > 0 {
		c.run(ctx)
	}
}
