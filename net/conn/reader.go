package conn

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// What the reader goroutine tells its actor.
type (
	// handshaken: from here on the socket may be written to.
	handshaken struct{}
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

type reader struct {
	sock      net.Conn
	tell      *actor.RootContext
	to        *actor.PID
	tokens    <-chan struct{}
	quit      <-chan struct{}
	handshake time.Duration
	pool      Pool     // of all lines under way
	underway  chan int // the sizes of ours
}

// run sends a message per line, and at last readEnded.
func (r *reader) run() {
	defer drained(r.pool, r.underway)
	defer func() {
		if reason := recover(); reason != nil {
			r.tell.Send(r.to, readEnded{fmt.Errorf("reader panicked: %s", supervise.Cause(reason))})
		}
	}()
	if err := r.shakeHands(); err != nil {
		r.tell.Send(r.to, readEnded{err})
		return
	}
	r.tell.Send(r.to, handshaken{})
	r.tell.Send(r.to, readEnded{r.readLines()})
}

func (r *reader) shakeHands() error {
	secure, ok := r.sock.(*tls.Conn)
	if !ok {
		return nil
	}
	within, cancel := context.WithTimeout(context.Background(), r.handshake)
	defer cancel()
	if turn, ok := secure.NetConn().(interface{ HandshakeDone() }); ok {
		defer turn.HandshakeDone()
	}
	return secure.HandshakeContext(within)
}

// readLines reads no line for which it has no token: then the client's own
// writes stall. Idle connections wait here, so that its frame is kept small: what is
// done with a line is done in hand.
func (r *reader) readLines() error {
	lines := irc.NewLineReader(r.sock, irc.MaxLine)
	first := true
	for {
		select {
		case <-r.tokens:
		case <-r.quit:
			return ask.ErrStopping
		}
		for told := false; !told; first = false {
			raw, err := lines.ReadLine()
			if err != nil {
				return err
			}
			if told, err = r.hand(raw, first); err != nil {
				return err
			}
		}
	}
}

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
