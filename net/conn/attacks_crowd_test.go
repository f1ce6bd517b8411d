package conn_test

import (
	"crypto"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/net/conn"
	"github.com/greenroom-chat/greenroom/net/listen"
)

// siege is time passing while strangers come, 20 a second, each from a network
// of its own, and all places are taken.
type siege struct {
	w *world
	n int
}

func (s *siege) pass(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); s.n++ {
		time.Sleep(50 * time.Millisecond)
		s.w.squat(fmt.Sprintf("10.%d.%d.%d:1", s.n>>16, s.n>>8&255, s.n&255), s.n)
	}
}

// logIn comes from an address as a member who takes a second for each step.
func (s *siege) logIn(nick, from string) *client {
	c := s.w.come(nick, from, nil)
	for _, step := range []string{
		"CAP REQ sasl\r\nNICK " + nick + "\r\nUSER u 0 * :" + nick + "\r\n",
		"AUTHENTICATE PLAIN\r\n",
		"AUTHENTICATE " + plain("", nick, password(nick)) + "\r\n",
		"CAP END\r\n",
	} {
		s.pass(time.Second)
		c.raw(step)
	}
	s.pass(time.Second)
	return c
}

func TestAttack63KnownUsersGetInWhileStrangersHoldAllPlaces(t *testing.T) {
	limits := func(cfg *listen.Config) { cfg.Strangers, cfg.PerAddress = 100, 32 }
	withinHouse(t, nil, nil, limits, func(w *world) {
		for i := range 4 { // accounts that exist
			c := w.come("maker", fmt.Sprintf("203.0.113.%d:1", i), nil)
			nick := fmt.Sprint("user", i)
			wants(t, c.send("CAP LS", "NICK "+nick, "USER u 0 * :u", "REGISTER * * "+password(nick)), "REGISTER SUCCESS")
			c.sock.Close()
		}
		w.hashTakes(5 * time.Second) // the machine is busy: by then 100 others have come
		s := &siege{w: w}
		s.pass(10 * time.Second)
		for i := range 4 {
			nick := fmt.Sprint("user", i)
			c := s.logIn(nick, fmt.Sprintf("198.51.100.%d:1", i)) // from where nobody knows them
			s.pass(5 * time.Second)
			wants(t, c.take(), " 001 "+nick+" ")
			wants(t, c.send("JOIN #green", "PRIVMSG #green :hello", "PING x"), "PONG")
		}
		if held := supervise.Live(w.sys); held > 100+40 {
			t.Errorf("%d actors", held)
		}
	})
}

// squat takes a place and says as little as it can.
func (w *world) squat(from string, n int) {
	c := w.come("squatter", from, nil)
	switch n % 3 {
	case 1:
		c.raw("CAP LS 302\r\n")
	case 2:
		c.raw("NICK n\r\nUSER u 0 * :u\r\nAUTHENTI")
	}
}

// slowSigner signs as slowly as a busy machine, and counts how many do it at
// the same time.
type slowSigner struct {
	crypto.Signer
	mu        sync.Mutex
	now, most int
	all       int
}

func (s *slowSigner) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	s.mu.Lock()
	s.now++
	s.all++
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	time.Sleep(10 * time.Millisecond) // of virtual time: the work
	s.mu.Lock()
	s.now--
	s.mu.Unlock()
	return s.Signer.Sign(rand, digest, opts)
}

func TestAttack69HandshakesComputeFewAtATime(t *testing.T) {
	secure := certified(t)
	signer := &slowSigner{Signer: secure.Certificates[0].PrivateKey.(crypto.Signer)}
	secure.Certificates[0].PrivateKey = signer
	limits := func(cfg *listen.Config) { cfg.Handshakes = 2 }
	withinHouse(t, guests, secure, limits, func(w *world) {
		ann := w.come("ann", "203.0.113.1:1", trusting())
		time.Sleep(time.Second)
		wants(t, ann.send("NICK ann", "USER ann 0 * :Ann"), " 001 ann ")
		for i := range 30 { // who say nothing, or half of it, hold nobody up
			c := w.come("mute", fmt.Sprintf("10.1.0.%d:1", i), nil)
			if i%2 == 0 {
				c.raw("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03half a hello")
			}
		}
		start := time.Now()
		var crowd []*client
		for i := range 100 {
			crowd = append(crowd, w.come(fmt.Sprint("c", i), fmt.Sprintf("10.0.0.%d:1", i), trusting()))
		}
		wants(t, ann.send("PING in-between"), "PONG irc.test in-between") // at once, while they wait
		if took := time.Since(start); took > 0 {
			t.Errorf("who is in waited for %v", took)
		}
		time.Sleep(510 * time.Millisecond)
		for _, c := range crowd {
			wants(t, c.send("NICK "+c.name, "USER u 0 * :u"), " 001 "+c.name+" ")
		}
		if signer.most != 2 || signer.all != 101 {
			t.Errorf("%d handshakes computed at the same time, want 2, of %d", signer.most, signer.all)
		}
	})
}

// Who waits too long for its turn is closed, and does not come to it any more.
func TestAttack69WhoWaitsTooLongForAHandshakeLeavesTheQueue(t *testing.T) {
	secure := certified(t)
	signer := &slowSigner{Signer: secure.Certificates[0].PrivateKey.(crypto.Signer)}
	secure.Certificates[0].PrivateKey = signer
	change := func(cfg *conn.Config) { guests(cfg); cfg.Timeouts.Handshake = 50 * time.Millisecond }
	withinHouse(t, change, secure, func(cfg *listen.Config) { cfg.Handshakes = 1 }, func(w *world) {
		var crowd []*client
		for i := range 50 {
			crowd = append(crowd, w.come("c", fmt.Sprintf("10.0.0.%d:1", i), trusting()))
		}
		time.Sleep(time.Second)
		in := 0
		for _, c := range crowd {
			if !c.closed() {
				in++
			}
		}
		if in < 4 || in > 6 || signer.all > 6 {
			t.Errorf("%d are in, and %d handshakes were computed", in, signer.all)
		}
		late := w.come("late", "10.0.1.1:1", trusting())
		time.Sleep(20 * time.Millisecond)
		wants(t, late.send("CAP LS"), "CAP * LS")
	})
}

func TestAttack63OnlyStrangersGiveWay(t *testing.T) {
	within(t, nil, func(w *world) {
		w.member("ann", "").send("QUIT")
		stranger, in, loggedIn := w.dial("eve"), w.again("in", "ann", ""), w.dial("cat")
		loggedIn.send("CAP REQ sasl", "NICK ann", "USER ann 0 * :Ann", "AUTHENTICATE PLAIN",
			"AUTHENTICATE "+plain("", "ann", password("ann")))
		for _, c := range []*client{stranger, in, loggedIn} {
			w.sys.Root.Send(c.pid, conn.GiveWay{Reason: "Make room"})
		}
		wants(t, stranger.take(), "ERROR :Closing link: Make room")
		if !stranger.closed() || in.closed() || loggedIn.closed() {
			t.Errorf("closed: a stranger %v, who is in %v, who has logged in %v", stranger.closed(), in.closed(), loggedIn.closed())
		}
		wants(t, loggedIn.send("CAP END"), " 001 ann ")
	})
}
