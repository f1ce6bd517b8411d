package conn_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/net/irc"
)

func TestAttack10HalfOpenPeerOverTLSIsCutByPing(t *testing.T) {
	within(t, guests, func(w *world) {
		bob := w.person("bob", "")
		ann := w.dialTLS("ann", trusting())
		wants(t, ann.send("NICK ann", "USER ann 0 * :Ann", "JOIN #green"), " 001 ann ")
		bob.send("JOIN #green")
		ann.take()
		ann.stall() // it has vanished: it neither reads nor says so
		time.Sleep(100 * time.Second)
		bob.send("PONG x")
		if got := w.endedWith("ann"); got != "" {
			t.Errorf("cut before its time: %s", got)
		}
		time.Sleep(60 * time.Second)
		wants(t, bob.take(), ":ann!ann@host.test QUIT :Ping timeout")
		ann.unstall()
		if !ann.closed() {
			t.Error("ann is still there")
		}
	})
}

func TestAttack12EndlessLineOverTLSIsRefused(t *testing.T) {
	within(t, guests, func(w *world) {
		c := w.dialTLS("eve", trusting())
		c.raw(strings.Repeat("x", 100_000))
		wants(t, c.take(), "ERROR :Closing link: A line without an end")
		if !c.closed() {
			t.Error("still connected")
		}
	})
}

// What nobody knows may not make the server keep much: it waits in the kernel.
func TestAttack12BeforeSignInLittleIsUnderWay(t *testing.T) {
	within(t, nil, func(w *world) {
		c := w.dial("eve")
		c.send("CAP REQ sasl", "NICK eve", "USER eve 0 * :Eve", "AUTHENTICATE PLAIN")
		w.hashTakes(time.Second)
		line := "AUTHENTICATE " + plain("", "eve", "wrong-password") + "\r\n"
		taken := make(chan int, 1)
		go func() { // ends with the socket
			n := 0
			for range 32 {
				if _, err := c.sock.Write([]byte(line)); err != nil {
					break
				}
				n++
				if n == 5 {
					taken <- n
				}
			}
		}()
		time.Sleep(500 * time.Millisecond)
		select {
		case <-taken:
			t.Error("the server read on, though the password is still being looked at")
		default:
		}
	})
}

func TestAttack13SlowLoginOverTLSEndsAtTheAbsoluteDeadline(t *testing.T) {
	within(t, guests, func(w *world) {
		c := w.dialTLS("slow", trusting())
		for range 5 {
			c.raw("N")
			time.Sleep(5 * time.Second)
		}
		if c.closed() {
			t.Error("closed too early")
		}
		time.Sleep(6 * time.Second)
		wants(t, c.take(), "Registration timeout")
		if !c.closed() {
			t.Error("still connected after 31 s")
		}
	})
}

// Whole commands do not put the deadline off either.
func TestAttack13ABusyStrangerEndsAtTheAbsoluteDeadline(t *testing.T) {
	within(t, guests, func(w *world) {
		c := w.dial("busy")
		for range 31 {
			c.send("CAP LS 302", "PING x", "NICK busy")
			time.Sleep(time.Second)
		}
		if !c.closed() {
			t.Error("still connected after 31 s")
		}
	})
}

func TestAttack21LinesWithTooMuchOrNothingInThem(t *testing.T) {
	for line, want := range map[string]string{ // empty: ignored
		"":                                 "",
		" ":                                "",
		"     ":                            "",
		"\t":                               " 421 ",
		":":                                "",
		":ann":                             "",
		":ann ":                            "",
		"@a=b":                             "",
		"@a=b ":                            "",
		"@":                                "",
		"@ ":                               "",
		"@a :b":                            "",
		"PRIVMSG":                          " 411 ",
		"PRIVMSG :":                        " 411 ",
		"PRIVMSG  ,":                       " 412 ",
		"PRIVMSG , x":                      "",
		"JOIN":                             " 461 ",
		"JOIN ,":                           "",
		"MODE":                             " 461 ",
		"\x01":                             " 421 ",
		"0":                                " 421 ",
		"999":                              " 421 ",
		strings.Repeat("x", 400):           " 421 ",
		"PING" + strings.Repeat(" x", 14):  "PONG irc.test x",
		"PING" + strings.Repeat(" x", 15):  "PONG irc.test x",
		"PING" + strings.Repeat(" x", 16):  "FAIL PING INVALID_PARAMS ",
		"PING" + strings.Repeat(" x", 200): "FAIL PING INVALID_PARAMS ",
		"PRIVMSG" + strings.Repeat(" #green", 16): "FAIL PRIVMSG INVALID_PARAMS ",
	} {
		within(t, guests, func(w *world) {
			ann, bob := w.pair("message-tags")
			got := ann.send(line)
			switch {
			case want == "" && len(got) > 0:
				t.Errorf("%q was answered with %q", line, got)
			case want != "":
				wants(t, got, want)
			}
			lacks(t, bob.take(), "ann")
			if got := ann.send("PING after"); len(got) != 1 || !strings.Contains(got[0], "PONG irc.test after") {
				t.Errorf("after %q a PING was answered with %q", line, got)
			}
		})
	}
}

func TestAttack23LabelsTooLongOrReused(t *testing.T) {
	within(t, guests, func(w *world) {
		ann := w.person("ann", "labeled-response batch")
		fits := strings.Repeat("l", irc.MaxLabel)
		wants(t, ann.send("@label="+fits+" PING x"), "@label="+fits+" :irc.test PONG irc.test x")
		for _, command := range []string{"PING x", "JOIN #green", "QUIT", "NONSENSE"} {
			got := ann.send("@label=" + fits + "l " + command)
			if len(got) != 1 || !strings.Contains(got[0], "INVALID_LABEL") || strings.Contains(got[0], "@label") {
				t.Errorf("%s: %q", command, got)
			}
		}
		wants(t, ann.send("LIST"), " 323 ")
		// Each of those that are under way together has its own answer.
		w.diskTakes(time.Second)
		ann.raw("@label=same JOIN #green\r\n@label=same PING a\r\n@label=same PING b\r\n")
		time.Sleep(2 * time.Second)
		got := ann.take()
		for _, once := range []string{"@label=same :irc.test BATCH +", "PONG irc.test a", "PONG irc.test b"} {
			n := 0
			for _, line := range got {
				if strings.Contains(line, once) {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%q is there %d times:\n%s", once, n, strings.Join(got, "\n"))
			}
		}
		if n := strings.Count(strings.Join(got, "\n"), "label=same"); n != 3 {
			t.Errorf("%d lines are labelled, want one for each command", n)
		}
	})
}

func TestAttack29NumbersThatOverflow(t *testing.T) {
	const huge = "99999999999999999999999999"
	for line, want := range map[string]string{
		"MODE #green +l " + huge:                                                 " 696 ann ",
		"MODE #green +l -1":                                                      " 696 ann ",
		"MODE #green +l 0":                                                       " 696 ann ",
		"MODE #green +l 9223372036854775808":                                     " 696 ann ",
		"MODE #green +l 1e3":                                                     " 696 ann ",
		"MODE #green +" + strings.Repeat("l", 200) + " 1":                        "",
		"CHATHISTORY LATEST #green * " + huge:                                    "FAIL CHATHISTORY INVALID_PARAMS LATEST ",
		"CHATHISTORY LATEST #green * -1":                                         "FAIL CHATHISTORY INVALID_PARAMS LATEST ",
		"CHATHISTORY LATEST #green * 9223372036854775807":                        "BATCH",
		"CHATHISTORY BEFORE #green timestamp=" + huge + " 1":                     "FAIL CHATHISTORY INVALID_PARAMS BEFORE ",
		"CHATHISTORY BEFORE #green timestamp=" + huge + "-01-01T00:00:00.000Z 1": "FAIL CHATHISTORY INVALID_PARAMS BEFORE ",
		"CHATHISTORY BEFORE #green timestamp=0000-00-00T00:00:00.000Z 1":         "FAIL CHATHISTORY INVALID_PARAMS BEFORE ",
		"CHATHISTORY AFTER #green timestamp=9999-12-31T23:59:59.999Z 1":          "BATCH",
		"CHATHISTORY AFTER #green timestamp=0001-01-01T00:00:00.000Z 1":          "BATCH",
		"CHATHISTORY BETWEEN #green timestamp=9999-12-31T23:59:59.999Z timestamp=0001-01-01T00:00:00.000Z 5": "BATCH",
		"CHATHISTORY AROUND #green msgid=" + huge + " 1":                                                     "FAIL CHATHISTORY INVALID_PARAMS AROUND ",
		"CHATHISTORY AROUND #green msgid=" + strings.Repeat("z", 26) + " 1":                                  "FAIL CHATHISTORY INVALID_PARAMS AROUND ",
		"LIST >" + huge:                 " 323 ",
		"LIST <-" + huge:                " 323 ",
		"LIST C>" + huge + ",T<" + huge: " 323 ",
		"CAP LS " + huge:                " LS ",
		"CAP LS -" + huge:               " LS ",
		"WHO " + huge:                   " 315 ",
		"JOIN " + huge:                  " 403 ",
		"USERHOST " + huge:              " 302 ",
	} {
		within(t, guests, func(w *world) {
			ann, bob := w.pair("batch")
			ann.send("PRIVMSG #green :one")
			bob.take()
			got := ann.send(line)
			if want != "" {
				wants(t, got, want)
			}
			if got := ann.send("PING after"); len(got) != 1 || ann.closed() {
				t.Errorf("after %q a PING was answered with %q", line, got)
			}
			for _, shown := range bob.take() {
				if strings.Contains(shown, " MODE ") && strings.Contains(shown, huge) {
					t.Errorf("%q was shown as %q", line, shown)
				}
			}
			if got := fmt.Sprint(bob.send("PING x")); !strings.Contains(got, "PONG") {
				t.Errorf("after %q bob was told %s", line, got)
			}
		})
	}
}

// TestAttack27WhatClientsAreToMakeVisibleIsPassedOn: escapes, colours and CTCP are text
// to the server, of which it changes no byte; not to store, not in a tag, not to others.
func TestAttack27WhatClientsAreToMakeVisibleIsPassedOn(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("message-tags")
		for _, text := range []string{
			"\x1b[2J\x1b]0;title\a\x1b[31mred", "\x02bold\x03" + "4,5colour\x0f\x1d\x1f\x16", "\u0085\u009b2J", "\x01\x7f\b\t\v\f",
			"\x01ACTION \x01VERSION\x01\x01", "\x01\x01", "\x01DCC SEND x 1 1\x01", "\u202egpj.exe",
		} {
			if !strings.HasPrefix(text, "\x01DCC") {
				ann.send("TOPIC #green :" + text)
				if got := bob.take(); len(got) != 1 || !strings.HasSuffix(strings.Replace(got[0], " :", " ", 2), "TOPIC #green "+text) {
					t.Errorf("the topic %q came as %q", text, got)
				}
			}
			tag := strings.Map(func(r rune) rune {
				if r == ' ' || r == ';' {
					return -1
				}
				return r
			}, text)
			ann.send("@+x=" + tag + " PRIVMSG #green :" + text)
			if got := bob.take(); len(got) != 1 || !strings.Contains(got[0], "+x="+tag) || !strings.HasSuffix(got[0], " PRIVMSG #green :"+text) {
				t.Errorf("%q came as %q", text, got)
			}
			if got := bob.send("CHATHISTORY LATEST #green * 1"); len(got) != 1 || !strings.HasSuffix(got[0], " PRIVMSG #green :"+text) {
				t.Errorf("%q is kept as %q", text, got)
			}
		}
	})
}
