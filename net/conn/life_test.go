package conn_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// reset is a socket whose end is a reset instead of a goodbye.
type reset struct{ net.Conn }

func (r reset) Read(b []byte) (int, error) {
	n, err := r.Conn.Read(b)
	if errors.Is(err, io.EOF) {
		err = &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	}
	return n, err
}

func (r reset) Write(b []byte) (int, error) {
	n, err := r.Conn.Write(b)
	if errors.Is(err, io.ErrClosedPipe) {
		err = &net.OpError{Op: "write", Err: syscall.ECONNRESET}
	}
	return n, err
}

// victim dials as ann over a socket that can be reset. shakes: the handshake of
// TLS is made.
func (w *world) victim(secure, shakes bool) *client {
	near, far := net.Pipe()
	if !secure {
		return w.dialOn("ann", near, reset{far})
	}
	server := tls.Server(reset{far}, certified(w.t))
	if !shakes {
		return w.dialOn("ann", near, server)
	}
	c := w.dialOn("ann", tls.Client(near, trusting()), server)
	c.raw("\r\n") // shakes hands at the latest
	return c
}

// login brings ann up to the answer to her password.
func login(c *client) {
	c.send("CAP REQ :sasl echo-message batch labeled-response", "NICK ann", "USER ann 0 * :Ann",
		"AUTHENTICATE PLAIN", "AUTHENTICATE "+plain("", "ann", password("ann")))
}

func signIn(c *client) {
	login(c)
	wants(c.w.t, c.send("CAP END"), " 001 ann ")
}

// stages are the times in the life of a connection, from the first to the last.
var stages = []struct {
	name   string
	secure bool // over TLS only
	unmet  bool // the handshake is not made
	reach  func(w *world, ann *client)
}{
	{"before the handshake", true, true, func(*world, *client) {}},
	{"in the handshake", true, true, func(_ *world, ann *client) { ann.raw("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03half a hello") }},
	{"connected", false, false, func(*world, *client) {}},
	{"in the middle of a line", false, false, func(_ *world, ann *client) { ann.raw("CAP LS") }},
	{"during CAP", false, false, func(_ *world, ann *client) { ann.send("CAP LS 302", "NICK ann", "USER ann 0 * :Ann") }},
	{"between the chunks of SASL", false, false, func(_ *world, ann *client) {
		ann.send("CAP REQ sasl", "NICK ann", "USER ann 0 * :Ann", "AUTHENTICATE PLAIN", "AUTHENTICATE "+strings.Repeat("A", 400))
	}},
	{"during SASL, the password being looked at", false, false, func(w *world, ann *client) {
		w.hashTakes(time.Second)
		login(ann)
		w.hashTakes(0)
	}},
	{"during REGISTER", false, false, func(w *world, ann *client) {
		w.hashTakes(time.Second)
		ann.send("CAP LS 302", "NICK nan", "USER nan 0 * :Nan", "REGISTER nan * "+password("nan"), "CAP END")
		w.hashTakes(0)
	}},
	{"logged in, before CAP END", false, false, func(_ *world, ann *client) { login(ann) }},
	{"signed in", false, false, func(_ *world, ann *client) { signIn(ann) }},
	{"while a JOIN is stored", false, false, func(w *world, ann *client) {
		signIn(ann)
		w.diskTakes(time.Second)
		ann.send("JOIN #red", "JOIN #green")
	}},
	{"in a room", false, false, func(_ *world, ann *client) {
		signIn(ann)
		wants(ann.w.t, ann.send("JOIN #green"), " 366 ")
	}},
	{"with posts under way", false, false, func(w *world, ann *client) {
		signIn(ann)
		ann.send("JOIN #green")
		w.diskTakes(time.Second)
		ann.raw(strings.Repeat("@label=x PRIVMSG #green,bob :on its way\r\n", 50) + "PING end\r\n")
	}},
	{"with a write that hangs", false, false, func(w *world, ann *client) {
		signIn(ann)
		ann.stall()
		ann.send("LUSERS", "JOIN #green", "MOTD", "LUSERS")
	}},
	{"during PART", false, false, func(w *world, ann *client) {
		signIn(ann)
		ann.send("JOIN #green,#red")
		w.diskTakes(time.Second)
		ann.send("PART #green,#red :off", "NICK ann2")
	}},
	{"during QUIT, behind posts", false, false, func(w *world, ann *client) {
		signIn(ann)
		ann.send("JOIN #green")
		w.diskTakes(time.Second)
		ann.raw(strings.Repeat("PRIVMSG #green :last words\r\n", 10) + "QUIT :off\r\n")
	}},
	{"during the goodbye", false, false, func(w *world, ann *client) {
		signIn(ann)
		ann.send("JOIN #green")
		ann.stall()
		ann.send("LUSERS", "LUSERS", "QUIT :off")
	}},
}

func (w *world) diskTakes(pause time.Duration) {
	w.store.set(func() { w.store.delay = func() time.Duration { return pause } })
}

// ends are the ways in which a connection may end all of a sudden.
var ends = []struct {
	name string
	end  func(ann *client)
}{
	{"reset", func(ann *client) { ann.sock.Close() }},
	{"panic", func(ann *client) { ann.w.sys.Root.Send(ann.pid, crash{}) }},
	{"stopped", func(ann *client) { ann.w.sys.Root.Stop(ann.pid) }},
}

func TestAttack64KilledAtAnyStageAConnectionLeavesNothing(t *testing.T) {
	for _, stage := range stages {
		for _, how := range ends {
			for _, secure := range []bool{false, true} {
				if stage.secure && !secure || secure && !stage.secure && how.name != "reset" {
					continue // how it ends makes no difference to TLS
				}
				t.Run(fmt.Sprintf("%s/%s/tls=%v", stage.name, how.name, secure), func(t *testing.T) {
					within(t, guests, func(w *world) {
						w.member("ann", "").send("QUIT")
						bob := w.person("bob", "")
						bob.send("JOIN #green", "JOIN #red")
						time.Sleep(time.Minute) // those who rest have come to rest
						before, people := supervise.Live(w.sys), w.online(bob)
						ann := w.victim(secure, !stage.unmet)
						stage.reach(w, ann)
						how.end(ann)
						ann.unstall()
						w.nothingIsLeft(ann, bob, before, people)
					})
				})
			}
		}
	}
}

// nothingIsLeft asserts that ann's connection has gone as though it had never
// been, and that bob, beside it, has noticed nothing but her words.
func (w *world) nothingIsLeft(ann, bob *client, before int, people string) {
	w.t.Helper()
	time.Sleep(5 * time.Second) // what was at the disk is done, and what was said goodbye to has gone
	synctest.Wait()
	if _, there := w.sys.ProcessRegistry.GetLocal(ann.pid.Id); there {
		w.t.Error("the connection is still there")
	}
	if !ann.closed() {
		w.t.Error("its socket is still open")
	}
	w.diskTakes(0)
	wants(w.t, bob.send("PING still-here"), "PONG irc.test still-here")
	lacks(w.t, bob.send("NAMES #green"), "ann")
	wants(w.t, bob.send("WHOIS ann"), " 401 ")
	time.Sleep(2 * time.Minute)
	bob.send("PONG x")
	if now := w.online(bob); now != people {
		w.t.Errorf("LUSERS: %s, and before %s", now, people)
	}
	if now := supervise.Live(w.sys); now > before {
		w.t.Errorf("%d actors are left, and there were %d before", now, before)
	}
	again := w.again("again", "ann", "") // the nick is free, and the account well
	wants(w.t, again.send("JOIN #green", "NAMES #green"), "ann")
	wants(w.t, bob.take(), ":ann!ann@host.test JOIN #green")
}

func (w *world) online(c *client) string {
	for _, line := range c.send("LUSERS") {
		if strings.Contains(line, " 251 ") {
			return line
		}
	}
	return ""
}
