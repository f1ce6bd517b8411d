package conn_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// DESIGN.md section 5: commands take effect in order, and an answer is sent
// only when the command is complete.

// slowDisk makes every commit take up to 20 ms.
func (w *world) slowDisk(rng *rand.Rand) {
	w.store.set(func() {
		w.store.delay = func() time.Duration { return time.Duration(rng.IntN(20_000)) * time.Microsecond }
	})
}

func TestOrderAndFencesHoldWhateverTheDelayOfTheDisk(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			within(t, guests, func(w *world) { fences(w, rand.New(rand.NewPCG(seed, 0))) })
		})
	}
}

// fences has three people send posts and labelled commands all at once.
func fences(w *world, rng *rand.Rand) {
	t := w.t
	var all []*client
	for _, nick := range []string{"ann", "bob", "cat"} {
		c := w.person(nick, "echo-message message-tags server-time batch labeled-response draft/chathistory")
		c.send("JOIN #green")
		all = append(all, c)
	}
	w.slowDisk(rng)
	sent := map[string][]string{} // by nick: what was sent, in order
	for _, c := range all {
		c.take()
		var lines []string
		for i := range 24 {
			lines = append(lines, fmt.Sprintf("@label=%s-%d %s", c.name, i, command(rng, i)))
		}
		sent[c.name] = lines
		go c.sock.Write([]byte(strings.Join(lines, "\r\n") + "\r\n"))
	}
	time.Sleep(2 * time.Second)
	synctest.Wait()
	var orders [][]string
	for _, c := range all {
		got := c.take()
		inOrder(t, sent[c.name], got)
		orders = append(orders, bodies(got))
	}
	for i, order := range orders {
		if !slices.Equal(order, orders[0]) {
			t.Fatalf("%s saw %v\nann saw %v", all[i].name, order, orders[0])
		}
	}
	w.store.set(func() { w.store.delay = func() time.Duration { return 0 } })
	history := bodies(all[0].send("CHATHISTORY LATEST #green * 100"))
	if !slices.Equal(history, orders[0]) {
		t.Fatalf("history has %v\nwas shown %v", history, orders[0])
	}
}

// inOrder checks that each command was answered once, that posts that were
// stored were answered in order, and that no answer passed a command that is
// not a post.
func inOrder(t *testing.T, sent, got []string) {
	t.Helper()
	answers := labelsOf(got)
	if len(answers) != len(sent) {
		t.Fatalf("%d commands, %d answers", len(sent), len(answers))
	}
	at := func(i int) int {
		return slices.Index(answers, label.FindStringSubmatch(sent[i])[1])
	}
	refused := func(i int) bool { return strings.Contains(sent[i], "#nowhere") }
	for i := range sent {
		for j := i + 1; j < len(sent); j++ {
			if at(i) < 0 || at(i) > at(j) && (refused(i) == refused(j) || fence(sent[i]) || fence(sent[j])) {
				t.Fatalf("answered in the order %v:\n%s\n%s", answers, sent[i], sent[j])
			}
		}
	}
}

func fence(line string) bool { return !strings.Contains(line, "PRIVMSG") }

// command is mostly a post; others wait for it and make the next ones wait.
func command(rng *rand.Rand, i int) string {
	switch rng.IntN(6) {
	case 0:
		return "PING fence"
	case 1:
		return "TOPIC #green"
	case 2:
		return "PRIVMSG #nowhere :refused"
	}
	return fmt.Sprintf("PRIVMSG #green :text %d", i)
}

var (
	label = regexp.MustCompile(`^@label=([^; ]+)`)
	said  = regexp.MustCompile(`msgid=(\S+) :(\w+)!\S+ PRIVMSG #green :(.*)$`)
)

// labelsOf lists the labels in the order in which they were answered.
func labelsOf(lines []string) []string {
	var labels []string
	for _, l := range lines {
		if m := label.FindStringSubmatch(l); m != nil {
			labels = append(labels, m[1])
		}
	}
	return labels
}

// bodies lists what was said, by id, nick and text.
func bodies(lines []string) []string {
	var list []string
	for _, l := range lines {
		if m := said.FindStringSubmatch(l); m != nil {
			list = append(list, strings.Join(m[1:], " "))
		}
	}
	return list
}

func TestPongComesWhenEveryMemberHasWhatWasSaidBefore(t *testing.T) {
	for seed := range uint64(20) {
		within(t, guests, func(w *world) {
			ann, bob := w.pair("")
			w.slowDisk(rand.New(rand.NewPCG(seed, 1)))
			go ann.sock.Write([]byte(strings.Repeat("PRIVMSG #green :before\r\n", 20) + "PING fence\r\nPRIVMSG #green :after\r\n"))
			for !slices.ContainsFunc(ann.take(), func(l string) bool { return strings.Contains(l, "PONG") }) {
				time.Sleep(100 * time.Microsecond)
			}
			if got := strings.Join(bob.take(), "\n"); strings.Count(got, ":before") != 20 {
				t.Errorf("seed %d: ann has her PONG, but bob only\n%s", seed, got)
			}
		})
	}
}

func TestPostsOfOneConnectionAreUnderWayTogether(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("")
		w.store.set(func() { w.store.delay = func() time.Duration { return 10 * time.Millisecond } })
		go ann.sock.Write([]byte(strings.Repeat("PRIVMSG #green :x\r\n", 30)))
		time.Sleep(25 * time.Millisecond) // two commits, not thirty
		if n := len(bob.take()); n != 30 {
			t.Errorf("bob has %d of 30 lines", n)
		}
	})
}

func TestNoMoreThan32CommandsAreTakenAtOnce(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, _ := w.pair("")
		w.store.set(func() { w.store.delay = func() time.Duration { return time.Second } })
		done := make(chan int, 1)
		go func() {
			n := 0
			for range 100 {
				if _, err := ann.sock.Write([]byte("PRIVMSG #green :" + strings.Repeat("x", 400) + "\r\n")); err != nil {
					break
				}
				n++
				select {
				case done <- n:
				default:
					<-done
					done <- n
				}
			}
		}()
		synctest.Wait()
		// a few more lines sit in the reader's buffer
		if n := <-done; n < 32 || n > 32+16<<10/400 {
			t.Errorf("%d lines were taken while none was stored", n)
		}
	})
}

func TestLastingSilenceBecomesUnknownAndTheNextCommandGoesOn(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("echo-message labeled-response batch")
		w.store.set(func() { w.store.silent = true })
		if got := ann.send("@label=a PRIVMSG #green :lost", "@label=b PRIVMSG #green :too", "@label=c PING x"); len(got) > 0 {
			t.Fatalf("answered early: %q", got)
		}
		time.Sleep(29 * time.Second)
		if got := ann.take(); len(got) > 0 {
			t.Fatalf("answered early: %q", got)
		}
		time.Sleep(2 * time.Second)
		got := ann.take()
		if labels := labelsOf(got); !slices.Equal(labels, []string{"a", "b", "c"}) {
			t.Errorf("answered %v", labels)
		}
		wants(t, got, "@label=a :irc.test FAIL PRIVMSG UNKNOWN #green ")
		wants(t, got, "@label=c :irc.test PONG")
		if got := bob.take(); len(got) > 0 {
			t.Errorf("bob was shown %q", got)
		}
	})
}

func TestAnEchoThatComesLateIsShownWithoutItsLabel(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("echo-message labeled-response batch")
		w.store.set(func() { w.store.delay = func() time.Duration { return 40 * time.Second } })
		ann.send("@label=late PRIVMSG #green :hello")
		time.Sleep(31 * time.Second)
		wants(t, ann.take(), "@label=late :irc.test FAIL PRIVMSG UNKNOWN #green ")
		time.Sleep(10 * time.Second)
		if got := ann.take(); len(got) != 1 || got[0] != ":ann!ann@host.test PRIVMSG #green :hello" {
			t.Errorf("ann was shown %q", got)
		}
		wants(t, bob.take(), "PRIVMSG #green :hello")
	})
}

func TestSeveralTargetsAreAnsweredInOneBatch(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("echo-message labeled-response batch message-tags")
		got := ann.send("@label=m PRIVMSG #green,nobody,bob :hello")
		if len(got) != 5 || !strings.HasPrefix(got[0], "@label=m :irc.test BATCH +") || !strings.Contains(got[4], "BATCH -") {
			t.Errorf("ann was answered %q", got)
		}
		wants(t, got, " 401 ann nobody ")
		wants(t, got, " PRIVMSG #green :hello")
		wants(t, got, " PRIVMSG bob :hello")
		if labels := labelsOf(got); len(labels) != 1 {
			t.Errorf("the label was used %d times", len(labels))
		}
		lacks(t, bob.take(), "label")
	})
}

func TestHistoryIsLimitedToWhatTheServerSays(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, _ := w.pair("")
		for i := range 120 {
			ann.send(fmt.Sprintf("PRIVMSG #green :text %d", i))
		}
		for _, limit := range []string{"1000", "0", "101"} {
			if n := len(ann.send("CHATHISTORY LATEST #green * " + limit)); n != w.cfg.Limits.History {
				t.Errorf("limit %s brought %d messages", limit, n)
			}
		}
	})
}

func TestWhatFollowsSignInFindsTheAccountInItsRooms(t *testing.T) {
	within(t, nil, func(w *world) {
		bob := w.member("bob", "")
		bob.send("JOIN #green")
		ann := w.member("ann", "")
		ann.send("JOIN #green")
		ann.send("QUIT")
		time.Sleep(goodbye)
		bob.take()
		w.store.set(func() { w.store.delay = func() time.Duration { return 10 * time.Millisecond } })
		again := w.dial("again")
		again.raw(strings.Join([]string{
			"CAP REQ :sasl labeled-response batch message-tags", "NICK ann", "USER ann 0 * :Ann", "AUTHENTICATE PLAIN",
			"AUTHENTICATE " + plain("", "ann", password("ann")), "@label=in CAP END", "PRIVMSG #green :here again", "",
		}, "\r\n"))
		time.Sleep(time.Second)
		wants(t, bob.take(), ":ann!ann@host.test PRIVMSG #green :here again")
		got := again.take()
		wants(t, got, "@label=in :irc.test BATCH +")
		wants(t, got, " 001 ann ")
	})
}
