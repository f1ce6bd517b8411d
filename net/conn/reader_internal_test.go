package conn

import (
	"io"
	"net"
	"os"
	"testing"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// late is a socket on which something comes just after the reader has found
// nothing.
type late struct {
	net.Conn
	wake func()
	left []string
}

func (s *late) Read(buf []byte) (int, error) {
	switch {
	case s.wake != nil:
		s.wake()
		s.wake = nil
		return 0, os.ErrDeadlineExceeded
	case len(s.left) == 0:
		return 0, io.EOF
	}
	n := copy(buf, s.left[0])
	s.left = s.left[1:]
	return n, nil
}

func TestWhatComesAsTheReaderGoesToRestIsRead(t *testing.T) {
	sys := actortest.System(t)
	probe, to := actortest.NewProbe(sys)
	cfg := Defaults()
	credit := newCredit(&cfg)
	sock := &late{left: []string{"PING x\r\n"}}
	r := &reader{sock: sock, tell: sys.Root, to: to, tokens: credit.tokens, quit: credit.quit, lines: irc.NewLineReader(sock, irc.MaxLine)}
	sock.wake = r.wake
	if err := r.read(); err != io.EOF {
		t.Errorf("it ended with %v", err)
	}
	if err := sys.Root.PoisonFuture(to).Wait(); err != nil {
		t.Fatal(err)
	}
	if n := len(actortest.Of[lineRead](probe)); n != 1 {
		t.Errorf("%d lines were read", n)
	}
	if n := len(credit.tokens); n != inFlightBefore-1 {
		t.Errorf("%d tokens are left", n)
	}
}
