package prove

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/fault"
	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/net/irc"
)

const password = "a pond of blue herons, proven" // of accounts that live as long as a run

const (
	signInWithin = 20 * time.Second
	answerWithin = 45 * time.Second // the server gives up a question after 30 s
)

// session is one connection of a member, and all that it is shown.
type session struct {
	member *member
	name   string
	client *client.Client
	since  time.Duration // when it had signed in

	mu      sync.Mutex
	raw     net.Conn
	views   map[*place]*view
	labels  map[string]bool // answered
	stories map[string]bool // batches of history that are open: not live
	leaving bool            // we have said QUIT, or are about to
	closed  map[*place]bool // rooms that the server has said to be closed for a while
}

// signIn makes a session of the member.
func (m *member) signIn(ctx context.Context, to fault.Ready, register bool) (*session, error) {
	m.connections++
	s := &session{
		member: m, name: fmt.Sprintf("%s/%d", m.name, m.connections),
		views: map[*place]*view{}, labels: map[string]bool{}, stories: map[string]bool{}, closed: map[*place]bool{},
	}
	ctx, cancel := context.WithTimeout(ctx, signInWithin)
	defer cancel()
	c, err := client.Dial(ctx, client.Options{
		Addr: to.Address, VerifyKey: pinned(to.Fingerprint), Nick: m.account, Password: password, Register: register,
		Watch: s.watch, DropEvents: true, KeepAlive: 2 * answerWithin,
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			raw, err := m.dial(ctx, network, addr)
			s.mu.Lock()
			defer s.mu.Unlock()
			s.raw = raw
			return raw, err
		},
	})
	if err != nil {
		s.close()
		return nil, err
	}
	s.client, s.since = c, m.ledger.now()
	return s, nil
}

func pinned(fingerprint string) func(string, string) error {
	return func(_, got string) error {
		if subtle.ConstantTimeCompare([]byte(got), []byte(fingerprint)) != 1 {
			return errors.New("the server has another key")
		}
		return nil
	}
}

// watch reads along with the client, on its reading goroutine.
func (s *session) watch(m irc.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.label(m)
	if m.Command == "BATCH" {
		s.batch(m)
		return
	}
	if s.stories[m.Tag(irc.TagBatch)] {
		return
	}
	own := m.Nick() == s.member.account
	switch m.Command {
	case string(irc.RplWelcome):
		for _, in := range s.member.talks {
			s.enter(in, false)
		}
	case "JOIN":
		if in := s.member.room(m.Param(0)); own && in != nil {
			s.member.steps(in, false)
			s.enter(in, true)
		}
	case "PART":
		if in := s.member.room(m.Param(0)); own && in != nil {
			s.exit(in)
		}
	case "KICK":
		if in := s.member.room(m.Param(0)); m.Param(1) == s.member.account && in != nil {
			s.closed[in] = true
			s.exit(in)
		}
	case "FAIL":
		if in := s.member.room(m.Param(2)); m.Param(0) == "JOIN" && m.Param(1) == "ROOM_CLOSED" && in != nil {
			s.closed[in] = true
		}
	case "PRIVMSG":
		s.said(m)
	}
}

// label: a command is answered once, be it with one line or a batch.
func (s *session) label(m irc.Message) {
	label := m.Tag(irc.TagLabel)
	if label == "" {
		return
	}
	l := s.member.ledger
	l.held(answered, 1)
	if s.labels[label] {
		l.broke(answered, "%s was answered twice to command %s: the second time with %.80q", s.name, label, m.String())
	}
	s.labels[label] = true
}

func (s *session) batch(m irc.Message) {
	ref, opens := strings.CutPrefix(m.Param(0), "+")
	switch {
	case opens && m.Param(1) == irc.BatchChatHistory:
		s.stories[ref] = true
	case !opens:
		delete(s.stories, strings.TrimPrefix(m.Param(0), "-"))
	}
}

func (s *session) enter(in *place, sure bool) {
	delete(s.closed, in)
	if s.views[in] == nil {
		s.views[in] = s.member.ledger.enter(s.name, in, sure)
	}
}

func (s *session) exit(in *place) {
	if v := s.views[in]; v != nil {
		s.member.ledger.leave(v)
		delete(s.views, in)
	}
}

func (s *session) said(m irc.Message) {
	line := sighting{
		session: s.name, from: m.Nick(), text: m.Last(), id: m.Tag(irc.TagMsgID), labelled: m.Tag(irc.TagLabel) != "",
	}
	in := s.member.room(m.Param(0))
	if in == nil {
		in = s.member.talk(pairName(m.Nick(), m.Param(0)))
	}
	if in == nil {
		s.member.ledger.broke(shown, "%s was shown what is not for them: %.80q", s.name, m.String())
		return
	}
	s.member.ledger.saw(s.views[in], in, line)
}

// fence asks for a PONG, and checks what must have been seen by then.
func (s *session) fence(ctx context.Context) error {
	s.mu.Lock()
	var open []*view
	for _, in := range s.member.places() {
		if v := s.views[in]; v != nil {
			open = append(open, v)
		}
	}
	s.mu.Unlock()
	l := s.member.ledger
	want := l.fences(open)
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	if _, err := s.client.Do(ctx, irc.New("PING", "fence")); err != nil {
		return s.silence(ctx, err, "PING")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l.passed(want)
	for _, v := range open {
		l.certain(v)
	}
	return nil
}

// silence notes when a command had no answer though the connection stands.
func (s *session) silence(ctx context.Context, err error, what string) error {
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil && s.client.Err() == nil {
		s.member.ledger.broke(answered, "%s had no answer to %s within %v", s.name, what, answerWithin)
	}
	return err
}

// in tells whether the session is in a place.
func (s *session) in(p *place) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.views[p] != nil
}

// isClosed tells whether the server has said that it closed the room for a
// while, and has not let us in since.
func (s *session) isClosed(in *place) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed[in]
}

// reset ends the connection as a crashed machine would: with RST.
func (s *session) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if tcp, ok := s.raw.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	s.raw.Close()
}

// quit takes leave, and waits for the server's word.
func (s *session) quit(ctx context.Context) {
	s.mu.Lock()
	s.leaving = true
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, signInWithin)
	defer cancel()
	s.client.Quit(ctx, "")
	s.close()
}

// close ends all views: what comes later is for another session.
func (s *session) close() {
	if s.client != nil {
		s.client.Close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, in := range s.member.places() {
		s.exit(in)
	}
}
