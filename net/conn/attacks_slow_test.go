package conn_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/net/conn"
)

func TestAttack70WhileTheJournalHangsNothingElseDoes(t *testing.T) {
	within(t, guests, func(w *world) {
		bob := w.person("bob", "")
		bob.send("JOIN #green")
		var posters []*client
		for i := range 20 {
			c := w.person(fmt.Sprint("poster", i), "echo-message")
			c.send("JOIN #green")
			posters = append(posters, c)
		}
		cat := w.person("cat", "")
		bob.take()
		w.diskTakes(20 * time.Second)
		for _, c := range posters {
			c.raw(strings.Repeat("PRIVMSG #green :x\r\n", 500))
		}
		// Memory: each has what its credit allows under way, and no more.
		if n := w.store.waiting(); n > 20*32 {
			t.Errorf("%d posts are under way, want no more than 32 for each", n)
		}
		start := time.Now()
		wants(t, bob.send("PING still-here"), "PONG irc.test still-here")
		wants(t, bob.send("WHOIS cat", "NAMES #green"), " 311 bob cat ")
		wants(t, cat.send("QUIT :off"), "ERROR :Closing link: Quit: off")
		if !cat.closed() {
			t.Error("who quits does not come away")
		}
		posters[0].sock.Close() // reset: nobody reads there any more
		w.sys.Root.Send(posters[1].pid, conn.Drain{Reason: "the server stops"})
		wants(t, posters[1].take(), "ERROR :Closing link: the server stops")
		if took := time.Since(start); took > 0 {
			t.Errorf("it took %v", took)
		}
		time.Sleep(2 * time.Second)
		if got := w.endedWith("cat") + w.endedWith("poster1"); got != "Quit: offthe server stops" {
			t.Errorf("ended with %q", got)
		}
		// When the disk is back, all is stored and shown, or refused.
		w.diskTakes(0)
		for range 40 {
			time.Sleep(20 * time.Second)
		}
		for i, c := range posters[2:] {
			got := strings.Join(c.take(), "\n")
			if n := strings.Count(got, ":poster"+fmt.Sprint(i+2)+"!") + strings.Count(got, "FAIL PRIVMSG"); n != 500 {
				t.Errorf("%s: %d answers of 500", c.name, n)
			}
		}
	})
}

// What is silent for good is answered, by those who wait for it.
func TestAttack70WhileTheJournalIsGoneEveryPostIsRefused(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("echo-message")
		w.store.set(func() { w.store.silent = true })
		ann.raw(strings.Repeat("PRIVMSG #green :x\r\n", 100))
		for range 4 {
			wants(t, bob.send("PING still-here"), "PONG irc.test still-here")
			time.Sleep(31 * time.Second)
			bob.send("PONG x")
		}
		got := strings.Join(ann.take(), "\n")
		if n := strings.Count(got, "FAIL PRIVMSG UNKNOWN #green"); n != 100 {
			t.Errorf("%d posts of 100 were refused:\n%.1000s", n, got)
		}
	})
}

func TestAttack62WhoWasCutFindsTheRestInHistory(t *testing.T) {
	within(t, func(cfg *conn.Config) { guests(cfg); cfg.SendQueue = 16 << 10 }, func(w *world) {
		const caps = "message-tags server-time batch draft/chathistory"
		ann := w.person("ann", "")
		ann.send("JOIN #green")
		bob := w.member("bob", caps)
		bob.send("JOIN #green")
		ann.take()
		bob.take()
		var seen []string
		for i := range 5 {
			ann.send(fmt.Sprintf("PRIVMSG #green :read %d", i))
			seen = append(seen, bob.take()...)
		}
		last := msgid(seen[4])
		bob.stall()
		missed, shown := 0, ann.take()
		for ; w.endedWith("bob") == "" && missed < 200; missed++ {
			shown = append(shown, ann.send(fmt.Sprintf("PRIVMSG #green :missed %d %s", missed, strings.Repeat("x", 300)))...)
			time.Sleep(50 * time.Millisecond)
		}
		wants(t, append(shown, ann.take()...), ":bob!bob@host.test QUIT :Send queue exceeded")
		bob.unstall()
		half := bob.take() // what was on its way when he was cut
		again := w.again("again", "bob", caps)
		var got []string
		for after := "msgid=" + last; ; {
			page := again.send("CHATHISTORY AFTER #green " + after + " 50")
			page = slices.DeleteFunc(page, func(l string) bool { return !strings.Contains(l, "PRIVMSG") })
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
			after = "msgid=" + msgid(page[len(page)-1])
		}
		if len(got) != missed {
			t.Errorf("%d lines in history, %d were missed, %d shown before the cut", len(got), missed, len(half))
		}
		for i, line := range got {
			if !strings.Contains(line, fmt.Sprintf("PRIVMSG #green :missed %d ", i)) {
				t.Errorf("line %d is %q", i, line)
			}
		}
	})
}

func msgid(line string) string {
	_, id, _ := strings.Cut(line, "msgid=")
	return id[:strings.IndexAny(id, "; ")]
}
