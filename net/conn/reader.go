package conn

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/net/irc"
	"github.com/greenroom-chat/greenroom/net/poll"
)

// What the reader goroutine tells its actor.
type (
	// handshaken: from here on the socket may be written to.
	handshaken struct {
		secure      bool   // by TLS
		certificate string // fingerprint of what the client has shown
	}
	// lineRead is one line. It may hold a password and prints as its type.
	lineRead struct {
		msg   irc.Message
		fault error // of irc.Parse; then msg is neither obeyed nor relayed
	}
	// readEnded: no more will come.
	readEnded struct{ cause error }
)

func (lineRead) String() string   { return "lineRead" }
func (lineRead) GoString() string { return "lineRead" }

// errForeign: the first line belongs to another protocol.
var errForeign = errors.New("another protocol on a chat port")

// reader reads what the client says. It is a goroutine while there is
// something to read, and at rest in between, where that can be watched.
type reader struct {
	sock      net.Conn
	lines     *irc.LineReader
	state     atomic.Int32      // one of those below
	proceed   func(work func()) // in a goroutine
	begun     bool
	tell      *actor.RootContext
	to        *actor.PID
	tokens    chan struct{}
	quit      <-chan struct{}
	handshake time.Duration
	pool      Pool        // of all lines under way
	underway  chan weight // the sizes of ours
}

// States of a reader.
const (
	reading int32 = iota
	alerted       // reading, and more has come meanwhile
	resting       // no goroutine
)

// run sends a message per line, and at last readEnded, unless it comes to rest.
func (r *reader) run() {
	if err := r.guarded(); err != nil {
		r.tell.Send(r.to, readEnded{err})
		drained(r.pool, r.underway)
	}
}

func (r *reader) guarded() (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("reader panicked: %s", supervise.Cause(reason))
		}
	}()
	return r.read()
}

// read returns nil at rest.
func (r *reader) read() error {
	if r.lines == nil {
		done, err := r.shakeHands()
		if err != nil {
			return err
		}
		r.tell.Send(r.to, done)
		r.lines = irc.NewLineReader(r.sock, irc.MaxLine)
		if watched := watchable(r.sock); watched != nil {
			// Unwatched it goes on as a goroutine that waits.
			_ = watched.Watch(r.wake)
		}
	}
	for {
		if err := r.readLines(); !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		if r.state.CompareAndSwap(reading, resting) {
			return nil
		}
		r.state.Store(reading)
	}
}

// wake lets the reader go on; it is called by the poller.
func (r *reader) wake() {
	for {
		switch {
		case r.state.CompareAndSwap(resting, reading):
			r.proceed(r.run) // ends when all is read, sock closes or quit is closed
			return
		case r.state.CompareAndSwap(reading, alerted), r.state.Load() == alerted:
			return
		}
	}
}

// watchable finds the part of a connection that can be watched.
func watchable(sock net.Conn) *poll.Conn {
	for {
		if c, ok := sock.(*poll.Conn); ok {
			return c
		}
		outer, ok := sock.(interface{ NetConn() net.Conn })
		if !ok {
			return nil
		}
		sock = outer.NetConn()
	}
}

// polite is a connection with something to settle before lines come: TLS, or
// WebSocket.
type polite interface {
	HandshakeContext(context.Context) error
	NetConn() net.Conn
	ConnectionState() tls.ConnectionState
}

func (r *reader) shakeHands() (done handshaken, err error) {
	secure, ok := r.sock.(polite)
	if !ok {
		return done, nil
	}
	within, cancel := context.WithTimeout(context.Background(), r.handshake)
	defer cancel()
	if turn, ok := secure.NetConn().(interface{ HandshakeDone() }); ok {
		defer turn.HandshakeDone()
	}
	if err := secure.HandshakeContext(within); err != nil {
		return done, err
	}
	state := secure.ConnectionState() // of plain WebSocket: none
	done.secure = state.HandshakeComplete
	if shown := state.PeerCertificates; len(shown) > 0 {
		sum := sha256.Sum256(shown[0].Raw)
		done.certificate = hex.EncodeToString(sum[:])
	}
	return done, nil
}

// readLines reads no line for which it has no token: then the client's own
// writes stall. Idle connections wait here, so that its frame is kept small: what is
// done with a line is done in hand.
func (r *reader) readLines() error {
	for {
		select {
		case <-r.tokens:
		case <-r.quit:
			return ask.ErrStopping
		}
		for told := false; !told; r.begun = true {
			raw, err := r.lines.ReadLine()
			if err != nil {
				r.giveBack()
				return err
			}
			if told, err = r.hand(raw, !r.begun); err != nil {
				return err
			}
		}
	}
}

// giveBack returns a token that was taken for nothing.
func (r *reader) giveBack() { r.tokens <- struct{}{} }

// hand tells the actor of a line, unless it is empty.
func (r *reader) hand(raw []byte, first bool) (told bool, err error) {
	text := string(raw)
	if first {
		if _, foreign := irc.ForeignProtocol(text); foreign {
			return false, errForeign
		}
	}
	msg, err := irc.Parse(text, irc.FromClient)
	if errors.Is(err, irc.ErrEmpty) {
		return false, nil
	}
	if stopping := r.admit(weigh(raw)); stopping != nil {
		return false, stopping
	}
	r.tell.Send(r.to, lineRead{msg, err})
	return true, nil
}
