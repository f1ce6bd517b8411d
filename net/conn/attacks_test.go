package conn_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/net/conn"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// The numbers are those of the list of attacks that the server must survive.

// pair is two guests in #green.
func (w *world) pair(caps string) (ann, bob *client) {
	w.t.Helper()
	ann, bob = w.person("ann", caps), w.person("bob", caps)
	ann.send("JOIN #green")
	bob.send("JOIN #green")
	ann.take()
	return ann, bob
}

func TestAttack03HandshakeNeverFinishedIsClosedWithinTenSeconds(t *testing.T) {
	within(t, guests, func(w *world) {
		near, far := net.Pipe()
		c := w.dialOn("slow", near, tls.Server(far, &tls.Config{}))
		time.Sleep(9 * time.Second)
		if c.closed() {
			t.Error("closed too early")
		}
		time.Sleep(2 * time.Second)
		if !c.closed() || len(c.take()) > 0 {
			t.Error("the connection is still there, or something was said")
		}
	})
}

func TestAttack10HalfOpenPeerIsCutByPing(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("")
		time.Sleep(80 * time.Second)
		bob.send("PRIVMSG #green :alive")
		time.Sleep(20 * time.Second)
		wants(t, ann.take(), "PING irc.test")
		lacks(t, bob.take(), "PING")
		time.Sleep(40 * time.Second)
		if ann.closed() {
			t.Error("cut before its time")
		}
		time.Sleep(20 * time.Second)
		if !ann.closed() || bob.closed() {
			t.Error("ann is still there, or bob is not")
		}
		wants(t, bob.take(), ":ann!ann@host.test QUIT :Ping timeout")
	})
}

func TestPongKeepsAnIdleClient(t *testing.T) {
	within(t, guests, func(w *world) {
		ann := w.person("ann", "")
		for range 5 {
			time.Sleep(91 * time.Second)
			wants(t, ann.take(), "PING irc.test")
			ann.send("PONG irc.test")
		}
		if ann.closed() {
			t.Error("cut though it answered")
		}
	})
}

func TestAttack12EndlessLineIsRefused(t *testing.T) {
	within(t, guests, func(w *world) {
		c := w.dial("eve")
		c.raw(strings.Repeat("x", 100_000))
		wants(t, c.take(), "ERROR :Closing link: A line without an end")
		if !c.closed() {
			t.Error("still connected")
		}
	})
}

func TestAttack13SlowLoginEndsAtTheAbsoluteDeadline(t *testing.T) {
	within(t, guests, func(w *world) {
		c := w.dial("slow")
		for _, b := range "NI" {
			c.raw(string(b))
			time.Sleep(10 * time.Second)
		}
		if c.closed() {
			t.Error("closed too early")
		}
		c.raw("C")
		time.Sleep(11 * time.Second)
		if !c.closed() {
			t.Error("still connected after 31 s")
		}
		wants(t, c.take(), "Registration timeout")
	})
}

func TestAttack14ControlBytesAreNeverRelayed(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("message-tags")
		for _, bad := range []string{"\x00", "\r", "\r\x00"} {
			ann.send("PRIVMSG #green :a" + bad + "b")
			ann.send("TOPIC #green :a" + bad + "b")
			ann.send("@+x=" + bad + " PRIVMSG #green :c")
		}
		if got := bob.take(); len(got) > 0 {
			t.Errorf("relayed: %q", got)
		}
		ann.raw("PRIVMSG #green :one\nPRIVMSG #green :two\n") // a bare LF ends a line
		wants(t, bob.take(), "PRIVMSG #green :two")
	})
}

func TestAttack15NoFieldMakesASecondLine(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("message-tags")
		ann.send(`@+x=a\r\nQUIT;+y\r\n=1 PRIVMSG #green :tags`)
		ann.send("TOPIC #green :a\\r\\nQUIT")
		ann.send("AWAY :x\\r\\nQUIT")
		eve := w.dial("eve")
		eve.send("NICK eve", "USER e\\r\\nve 0 * :r\\r\\nQUIT", "JOIN #green")
		ann.send("KICK #green eve :out\\r\\nQUIT")
		for _, line := range append(bob.take(), append(ann.take(), eve.take()...)...) {
			if !strings.HasPrefix(line, "@") && !strings.HasPrefix(line, ":") {
				t.Errorf("a line of its own: %q", line)
			}
			if strings.ContainsAny(line, "\r\n\x00") {
				t.Errorf("a line break within: %q", line)
			}
		}
	})
}

func TestAttack16InvalidUTF8IsNeitherRelayedNorStored(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("message-tags")
		for _, bad := range []string{"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\xe2\x82"} {
			wants(t, ann.send("PRIVMSG #green :"+bad), "FAIL PRIVMSG INVALID_UTF8 ")
			wants(t, ann.send("TOPIC #green :"+bad), "FAIL TOPIC INVALID_UTF8 ")
			wants(t, ann.send("@+x="+bad+" PRIVMSG #green :x"), "FAIL PRIVMSG INVALID_UTF8 ")
		}
		if got := bob.take(); len(got) > 0 {
			t.Errorf("relayed: %q", got)
		}
		early := w.dial("early")
		wants(t, early.send("USER e 0 * :\xff"), "FAIL USER INVALID_UTF8 ")
		if got := w.store.said(1); got != 0 {
			t.Errorf("%d messages were stored", got)
		}
	})
}

func TestAttack17ByteOrderMarkIsNamed(t *testing.T) {
	within(t, guests, func(w *world) {
		c := w.dial("bom")
		wants(t, c.send("\ufeffNICK bom"), "FAIL * INVALID_LINE :Message rejected: it begins with a byte order mark")
	})
}

func TestAttack18NothingIsCutInTransit(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("message-tags")
		source := ":ann!ann@host.test"
		fits := irc.MaxText(source[1:], "PRIVMSG", "#green")
		ann.send("PRIVMSG #green :" + strings.Repeat("x", fits))
		got := bob.take()
		if len(got) != 1 || len(withoutTags(got[0]))+2 != irc.MaxBody {
			t.Errorf("the longest text did not arrive whole: %q", got)
		}
		for _, tooLong := range []string{
			"PRIVMSG #green :" + strings.Repeat("x", fits+1), // only with the source
			"PRIVMSG #green :" + strings.Repeat("x", 600),
			"TOPIC #green :" + strings.Repeat("x", 391),
			"AWAY :" + strings.Repeat("x", 201),
			"KICK #green bob :" + strings.Repeat("x", 391),
			"@+x=" + strings.Repeat("y", irc.MaxClientTagData) + " PRIVMSG #green :x",
			"@+x=" + strings.Repeat("y", 9000) + " PRIVMSG #green :x",
		} {
			wants(t, ann.send(tooLong), " 417 ann ")
		}
		if got := bob.take(); len(got) > 0 {
			t.Errorf("relayed: %q", got)
		}
		tag := strings.Repeat("y", irc.MaxClientTagData-len("+x="))
		ann.send("@+x=" + tag + " PRIVMSG #green :x")
		wants(t, bob.take(), ";+x="+tag+" :ann")
	})
}

func TestAttack19ManyAndDoubleTags(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("message-tags")
		var many []string
		for i := range 1000 {
			many = append(many, fmt.Sprintf("+%d", i))
		}
		wants(t, ann.send("@"+strings.Join(many, ";")[:4000]+" PRIVMSG #green :x"), " 417 ")
		ann.send(`@+a=1;+a=2;+b=\q\ PRIVMSG #green :last wins`)
		got := bob.take()
		wants(t, got, ";+a=2;+b=q :ann!")
		lacks(t, got, "+a=1")
	})
}

func TestAttack20ForgedServerTagsAreStripped(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("message-tags server-time account-tag batch labeled-response")
		ann.send("@time=1999-01-01T00:00:00.000Z;msgid=forged;account=root;batch=x;label=l;bot;+ok PRIVMSG #green :x")
		got := bob.take()
		wants(t, got, ";+ok :ann!")
		for _, forged := range []string{"1999", "forged", "root", "batch", "label", "bot"} {
			lacks(t, got, forged)
		}
	})
}

func TestAttack22CapRequestsAreBounded(t *testing.T) {
	within(t, guests, func(w *world) {
		c := w.dial("eve")
		wants(t, c.send("CAP REQ :"+strings.Repeat("x ", 400)), " 417 ")
		for range 100 {
			wants(t, c.send("CAP REQ :server-time batch -batch"), "ACK")
		}
		c.send("CAP END", "CAP END", "CAP END")
		wants(t, c.send("CAP LIST"), "LIST server-time")
		c.raw("CAP REQ :" + strings.Repeat("server-time ", 2000))
		wants(t, c.take(), "A line without an end")
	})
}

func TestAttack26ForeignProtocolsAreCutAtTheFirstLine(t *testing.T) {
	for _, first := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\nNICK eve\r\n", "POST /x HTTP/1.1\r\n", "SSH-2.0-OpenSSH_9.9\r\n",
		"EHLO evil.test\r\n", "HELO evil.test\r\n", "PRI * HTTP/2.0\r\n",
	} {
		within(t, guests, func(w *world) {
			c := w.dial("eve")
			c.raw(first)
			if got := c.take(); len(got) > 0 || !c.closed() {
				t.Errorf("%q was answered with %q, closed %v", first, got, c.closed())
			}
		})
	}
}

func TestAttack62AStalledReaderIsCutAndNobodyElseNotices(t *testing.T) {
	within(t, func(cfg *conn.Config) { guests(cfg); cfg.SendQueue = 64 << 10 }, func(w *world) {
		ann, bob := w.pair("echo-message")
		stalled := w.person("slow", "")
		stalled.send("JOIN #green")
		ann.take()
		bob.take()
		stalled.stall()
		text := strings.Repeat("x", 400)
		var shown []string
		for i := range 200 {
			wants(t, ann.send("PRIVMSG #green :"+text), text)
			got := bob.take()
			wants(t, got, text)
			shown = append(shown, got...)
			if got := w.endedWith("slow"); i == 99 && got != "" {
				t.Fatalf("cut after 40 KB already: %s", got)
			}
		}
		time.Sleep(goodbye)
		if got := w.endedWith("slow"); got != "Send queue exceeded" {
			t.Fatalf("the stalled reader was not cut: %q", got)
		}
		wants(t, shown, ":slow!slow@host.test QUIT :Send queue exceeded")
		stalled.unstall()
		if !stalled.closed() {
			t.Error("its socket is still open")
		}
	})
}

func TestAWriteThatHangsForTenSecondsCuts(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("")
		bob.stall()
		ann.send("PRIVMSG #green :one", "PRIVMSG #green :two")
		ann.send("PRIVMSG #green :three")
		time.Sleep(11 * time.Second)
		wants(t, ann.take(), ":bob!bob@host.test QUIT :Nothing was read for too long")
		bob.unstall()
	})
}

func TestAttack65FloodIsSlowedDown(t *testing.T) {
	within(t, func(cfg *conn.Config) { guests(cfg); cfg.Rate, cfg.Burst = 10, 40 }, func(w *world) {
		ann := w.person("ann", "")
		start := time.Now()
		var lines strings.Builder
		for i := range 200 {
			fmt.Fprintf(&lines, "PING %d\r\n", i)
		}
		ann.raw(lines.String())
		first := len(ann.take())
		for n := first; n < 200; n += len(ann.take()) {
			time.Sleep(time.Second)
		}
		took := time.Since(start)
		if first > 80 || took < 10*time.Second || took > 20*time.Second {
			t.Errorf("%d at once, all within %v", first, took)
		}
	})
}

// withoutTags is the line that 512 bytes are counted of.
func withoutTags(line string) string {
	if strings.HasPrefix(line, "@") {
		_, line, _ = strings.Cut(line, " ")
	}
	return line
}

// endedWith is the reason with which a connection ended.
func (w *world) endedWith(nick string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.ended {
		if m.Nick == nick {
			return m.Reason
		}
	}
	return ""
}
