package conn_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/net/conn"
)

// slow allows 10 commands a second, and 40 at once.
func slow(cfg *conn.Config) {
	guests(cfg)
	cfg.Rate, cfg.Burst = 10, 40
}

// inRooms brings a client into so many rooms, and gives it all its credit back.
func (w *world) inRooms(c *client, rooms int) {
	for i := range rooms {
		c.send(fmt.Sprintf("JOIN #room%d", i))
		time.Sleep(5 * time.Second)
	}
	time.Sleep(time.Minute)
	c.send("PONG x")
	c.take()
}

// takes is how long the server takes for what a client sends all at once.
func (c *client) takes(text string) time.Duration {
	start := time.Now()
	c.raw(text + "PING the-end\r\n")
	for !slices.ContainsFunc(c.take(), func(l string) bool { return strings.Contains(l, "PONG irc.test the-end") }) {
		if c.closed() || time.Since(start) > 20*time.Minute {
			c.w.t.Fatal("no end")
		}
		time.Sleep(100 * time.Millisecond)
	}
	return time.Since(start)
}

func TestAttack65WhatIsMoreWorkCostsMore(t *testing.T) {
	for _, c := range []struct {
		line  string // sent 100 times
		rooms int    // that the client is in
		cost  int    // of one line, in commands; its answer comes on top
	}{
		{"PING x", 1, 1},
		{"NONSENSE", 1, 1},
		{"TAGMSG #room0", 1, 1},
		{"AWAY :gone", 1, 1},
		{"AWAY :gone\r\nAWAY", 8, 16},
		{"NICK ann2\r\nNICK ann", 1, 2},
		{"NICK ann2\r\nNICK ann", 8, 16},
		{"JOIN #x\r\nPART #x", 1, 2},
		{"JOIN #x,#y,#z\r\nPART #x,#y,#z", 1, 6},
		{"JOIN #x,#y,#z\r\nJOIN 0", 1, 6},
		{"TOPIC #room0 :x", 1, 1},
		{"MODE #room0 +v ann", 1, 1},
		{"KICK #room0 a,b,c", 1, 3},
		{"INVITE bob #room0", 1, 1},
		{"NOTICE #room0 :x", 1, 1},
		{"NOTICE #room0,#room0,#room0,#room0 :x", 1, 4},
		{"PRIVMSG #room0,#room0,#room0,#room0 :x", 1, 4},
		{"PRIVMSG #1,#2,#3,#4,#5,#6,#7,#8,#9 :too many", 1, 1},
		{"WHOIS ann", 1, 2},
		{"WHO *", 1, 5},
		{"LUSERS", 1, 5},
		{"LIST", 1, 10},
		{"NAMES #room0,#room0", 1, 6},
		{"ISON a b c d e f g h", 1, 2},
		{"CHATHISTORY LATEST #room0 * 1", 1, 3},
	} {
		t.Run(fmt.Sprint(c.line, " in ", c.rooms), func(t *testing.T) {
			within(t, slow, func(w *world) {
				ann := w.person("ann", "")
				w.inRooms(ann, c.rooms)
				took := ann.takes(strings.Repeat(c.line+"\r\n", 100))
				least := time.Duration(100*c.cost-40) * time.Second / 10
				if took < least || took > least+least/4+2*time.Second {
					t.Errorf("took %v, want about %v", took, least)
				}
			})
		})
	}
}

func TestAttack66WhatIsAskedForCostsByTheByte(t *testing.T) {
	calm := func(cfg *conn.Config) {
		guests(cfg)
		cfg.SendQueue, cfg.Timeouts.Idle = 8<<20, time.Hour
	}
	within(t, calm, func(w *world) {
		w.bigRoom(150, 60)
		w.cfg.Rate, w.cfg.Burst = 10, 40
		for line, least := range map[string]int{ // bytes of an answer, so that it is one
			"LIST":                          2_000,
			"WHO *":                         7_500, // which walks everybody
			"NAMES #big":                    700,
			"WHO #big":                      7_500,
			"CHATHISTORY LATEST #big * 100": 30_000,
		} {
			w.asksForEver(line, least)
		}
	})
}

// bigRoom makes a room of many people in which much was said, and other rooms.
func (w *world) bigRoom(people, rooms int) {
	for i := range people {
		w.dial(fmt.Sprint("p", i)).send(fmt.Sprintf("NICK p%d\r\nUSER u 0 * :u\r\nJOIN #big", i))
	}
	maker := w.person("maker", "")
	for i := range rooms {
		maker.send(fmt.Sprintf("JOIN #a-room-of-a-long-name-%d", i))
	}
	maker.send("JOIN #big")
	for range 100 {
		maker.send("PRIVMSG #big :" + strings.Repeat("x", 350))
		time.Sleep(50 * time.Millisecond) // a large room rests
	}
}

// asksForEver has one client ask the same all the time, and another talk.
func (w *world) asksForEver(line string, least int) {
	const seconds = 30
	ann, bob := w.person("ann", "batch"), w.person("bob", "echo-message")
	ann.send("JOIN #big")
	bob.send("JOIN #big")
	time.Sleep(time.Minute)
	ann.take()
	if n := size(ann.send(line)); n < least {
		w.t.Fatalf("%s: the answer has %d bytes only", line, n)
	}
	time.Sleep(30 * time.Second)
	bob.take()
	go ann.sock.Write([]byte(strings.Repeat(line+"\r\n", 3000))) // ends with the socket
	told, text := 0, strings.Repeat("y", 350)
	for range seconds {
		time.Sleep(time.Second)
		before := time.Now()
		wants(w.t, bob.send("PRIVMSG #big :"+text), text)
		if took := time.Since(before); took > 0 {
			w.t.Errorf("%s: a message of another took %v", line, took)
		}
		told += size(ann.take())
	}
	// What was at hand at once, an answer above it, and then so much a second.
	commands := w.cfg.Burst + int(w.cfg.Rate)*seconds
	if most := commands*w.cfg.AnswerBytes + 3*least + seconds*400; told > most || told < least {
		w.t.Errorf("%s: told %d bytes in %d s, want no more than %d", line, told, seconds, most)
	}
	ann.sock.Close()
	bob.sock.Close()
	time.Sleep(5 * time.Second)
}

func size(lines []string) int {
	n := 0
	for _, l := range lines {
		n += len(l) + 2
	}
	return n
}

// What a client is told when it signs in it has not asked for.
func TestWhoIsInManyRoomsDoesNotPayForSigningIn(t *testing.T) {
	within(t, func(cfg *conn.Config) { cfg.Rate, cfg.Burst, cfg.AnswerBytes = 10, 100, 100 }, func(w *world) {
		ann := w.member("ann", "")
		for i := range 50 {
			ann.send(fmt.Sprintf("JOIN #room%d", i))
			time.Sleep(30 * time.Second)
			ann.send("PONG x")
		}
		ann.send("QUIT")
		again := w.again("again", "ann", "")
		if took := again.takes(""); took > 0 {
			t.Errorf("the first command waited %v", took)
		}
	})
}

func TestAttack67EverythingThatIsKeptHasALimitThatIsTold(t *testing.T) {
	within(t, guests, func(w *world) {
		ann := w.dial("ann")
		told := strings.Join(ann.send("NICK ann", "USER ann 0 * :Ann"), "\n")
		limits := w.cfg.Limits
		for _, token := range []string{
			fmt.Sprintf(" CHANLIMIT=#:%d ", limits.Rooms),
			fmt.Sprintf(" MAXLIST=beI:%d ", limits.ListEntries),
			fmt.Sprintf(" MODES=%d ", limits.Modes),
			fmt.Sprintf("PRIVMSG:%d", limits.Targets),
			fmt.Sprintf(" MONITOR=%d ", limits.Monitor),
			fmt.Sprintf(" CHATHISTORY=%d ", limits.History),
		} {
			if !strings.Contains(told, token) {
				t.Errorf("005 does not tell %q:\n%s", token, told)
			}
		}
		for i := range limits.Monitor {
			wants(t, ann.send(fmt.Sprintf("MONITOR + x%d", i)), fmt.Sprintf(" 731 ann x%d", i))
		}
		wants(t, ann.send("MONITOR + one,more"), fmt.Sprintf(" 734 ann %d one,more ", limits.Monitor))
		for i := range limits.Rooms {
			wants(t, ann.send(fmt.Sprintf("JOIN #room%d", i)), " 366 ")
		}
		wants(t, ann.send("JOIN #one-more"), " 405 ann #one-more ")
		for _, list := range "beI" {
			for i := range limits.ListEntries {
				wants(t, ann.send(fmt.Sprintf("MODE #room0 +%c x%d!*@*", list, i)), fmt.Sprintf("MODE #room0 +%c x%d!*@*", list, i))
			}
			wants(t, ann.send(fmt.Sprintf("MODE #room0 +%c one!more@*", list)), " 478 ann #room0 ")
			got := ann.send(fmt.Sprintf("MODE #room0 +%c", list))
			if len(got) != limits.ListEntries+1 {
				t.Errorf("the list of +%c has %d lines", list, len(got))
			}
		}
	})
}

// As long as a client has used up its credit, the server does not read what it
// sends, its goodbye included; the next answer finds out.
func TestAttack64WhoGoesWhileItHasToWaitIsFoundOut(t *testing.T) {
	within(t, slow, func(w *world) {
		ann, bob := w.person("ann", ""), w.person("bob", "")
		ann.send("JOIN #green")
		bob.send("JOIN #green")
		go ann.sock.Write([]byte(strings.Repeat("LIST\r\n", 500))) // ends with the socket
		time.Sleep(10 * time.Second)
		ann.sock.Close()
		time.Sleep(10 * time.Second)
		wants(t, bob.take(), ":ann!ann@host.test QUIT :")
	})
}

func TestAttack65TypingNoticesAreSlowedDown(t *testing.T) {
	within(t, func(cfg *conn.Config) { guests(cfg); cfg.Rate, cfg.Burst = 10, 20 }, func(w *world) {
		ann, bob := w.pair("message-tags")
		time.Sleep(10 * time.Second)
		ann.raw(strings.Repeat("@+typing=active TAGMSG #green\r\n", 100))
		if n := len(bob.take()); n != 20 {
			t.Errorf("%d of 100 arrived at once", n)
		}
		time.Sleep(time.Second)
		if n := len(bob.take()); n < 9 || n > 11 {
			t.Errorf("%d arrived in a second", n)
		}
	})
}
