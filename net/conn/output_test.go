package conn_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/greenroom-chat/greenroom/net/conn"
)

func TestOneWritePerFlush(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("")
		bob.stall()
		ann.send("PRIVMSG #green :taken before he stalls")
		before := w.writes(bob)
		for i := range 100 {
			ann.send(fmt.Sprintf("PRIVMSG #green :line %d", i))
		}
		if n := w.writes(bob) - before; n > 1 {
			t.Errorf("%d writes while one was in flight", n)
		}
		bob.unstall()
		got := bob.take()
		if n := w.writes(bob) - before; n != 2 || len(got) != 101 {
			t.Errorf("%d lines left in %d writes; want one write in flight and one for the rest", len(got), n)
		}
	})
}

func TestDrainSaysGoodbyeAfterWhatWasQueued(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("")
		bob.stall()
		for range 3 {
			ann.send("PRIVMSG #green :last words")
		}
		w.sys.Root.Send(bob.pid, conn.Drain{Reason: "the server stops"})
		synctest.Wait()
		bob.unstall()
		got := bob.take()
		if len(got) != 4 || got[3] != "ERROR :Closing link: the server stops" || !bob.closed() {
			t.Errorf("bob was shown %q", got)
		}
		wants(t, ann.take(), ":bob!bob@host.test QUIT :the server stops")
	})
}

func TestAGoodbyeThatNobodyReadsEndsSoon(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("")
		bob.stall()
		for range 3 {
			ann.send("PRIVMSG #green :x")
		}
		w.sys.Root.Send(bob.pid, conn.Drain{Reason: "the server stops"})
		time.Sleep(3 * time.Second)
		if w.endedWith("bob") != "the server stops" {
			t.Error("the actor is still there")
		}
	})
}

func TestALongAnswerDoesNotCutWhoAskedForIt(t *testing.T) {
	within(t, func(cfg *conn.Config) { guests(cfg); cfg.SendQueue = 4 << 10 }, func(w *world) {
		ann, bob := w.pair("batch")
		for range 100 {
			bob.send("PRIVMSG #green :" + strings.Repeat("x", 400))
			ann.take()
		}
		if n := len(ann.send("CHATHISTORY LATEST #green * 100")); n != 102 || ann.closed() {
			t.Errorf("%d lines, closed %v", n, ann.closed())
		}
	})
}

func TestWhoAsksAndDoesNotReadIsNotObeyedAnyFurther(t *testing.T) {
	within(t, guests, func(w *world) {
		bob := w.person("bob", "") // who is not to be cut at a burst
		bob.send("JOIN #green")
		w.cfg.SendQueue = 4 << 10
		ann := w.person("ann", "")
		ann.send("JOIN #green")
		bob.take()
		ann.stall()
		ann.send("MOTD", "MOTD", "MOTD")
		before := w.pieces(ann)
		ann.raw(strings.Repeat("WHOIS bob\r\nPRIVMSG #green :x\r\n", 200))
		shown := len(bob.take())
		if shown == 0 || shown > 30 {
			t.Errorf("%d posts of a client that reads nothing", shown)
		}
		if got := w.pieces(ann) - before; got > 1 {
			t.Errorf("ann has read %d pieces", got)
		}
		ann.unstall()
		if shown += len(bob.take()); shown != 200 {
			t.Errorf("bob was shown %d of 200 when ann read again", shown)
		}
	})
}

func TestAnAnswerBeforeQuitIsWrittenWithTheGoodbye(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, _ := w.pair("")
		w.store.set(func() { w.store.delay = func() time.Duration { return 10 * time.Millisecond } })
		ann.raw("PRIVMSG #green :both wait for this\r\nPING a\r\nQUIT\r\n")
		time.Sleep(15 * time.Millisecond)
		got := ann.take()
		if len(got) != 1 || !strings.Contains(got[0], "PONG") || ann.closed() {
			t.Errorf("ann was told %q before her QUIT was stored", got)
		}
		time.Sleep(20 * time.Millisecond)
		if got = ann.take(); len(got) != 2 || !strings.Contains(got[1], "ERROR") || !ann.closed() {
			t.Errorf("ann was told %q", got)
		}
		time.Sleep(time.Second)
		if w.endedWith("ann") != "Quit" {
			t.Error("the actor is still there")
		}
	})
}

func TestAttack62RoomsThatAnotherDeviceEntersCountAgainstAStalledOne(t *testing.T) {
	within(t, func(cfg *conn.Config) { cfg.SendQueue = 4 << 10 }, func(w *world) {
		w.member("ann", "")
		stalled := w.again("phone", "ann", "")
		desk := w.again("desk", "ann", "")
		time.Sleep(w.cfg.Timeouts.Answer) // sign-in is over
		stalled.stall()
		for i := 0; i < 60 && w.endedWith("ann") == ""; i++ {
			desk.send(fmt.Sprintf("JOIN #a-room-of-a-long-name-%d", i))
			time.Sleep(goodbye)
		}
		if got := w.endedWith("ann"); got != "Send queue exceeded" || desk.closed() {
			t.Errorf("the stalled device ended with %q; desk closed %v", got, desk.closed())
		}
	})
}

func TestTheRoomsOfSignInDoNotCutWhoIsRememberedInMany(t *testing.T) {
	within(t, func(cfg *conn.Config) { cfg.SendQueue = 4 << 10 }, func(w *world) {
		ann := w.member("ann", "")
		for i := range 60 {
			ann.send(fmt.Sprintf("JOIN #a-room-of-a-long-name-%d", i))
		}
		for _, name := range []string{"beside another device", "alone"} {
			c := w.dial(name)
			c.send("CAP REQ :sasl", "NICK ann", "USER ann 0 * :Ann",
				"AUTHENTICATE PLAIN", "AUTHENTICATE "+plain("", "ann", password("ann")))
			c.stall()
			seen := c.send("CAP END", "PING seen") // what was read before the stall
			c.unstall()
			seen = append(seen, c.take()...)
			for i := range 60 { // in whichever order the rooms answer
				wants(t, seen, fmt.Sprintf(" JOIN #a-room-of-a-long-name-%d", i))
			}
			if c.closed() {
				t.Errorf("cut at sign-in")
			}
			ann.send("QUIT") // the next one finds the rooms by what is stored
			c.send("QUIT")
		}
	})
}
