package conn_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/net/conn"
)

// held counts what a Pool of commands holds.
func held(cfg *conn.Config, size int) func() int {
	pool := &tub{size: size}
	cfg.Commands = pool.add
	return func() int { return int(pool.held.Load()) }
}

// TestAttack24ABatchThatIsNeverClosedTimesOut: also one that is opened again and
// again, or within another; nothing is stored, and nothing is held afterwards.
func TestAttack24ABatchThatIsNeverClosedTimesOut(t *testing.T) {
	var now func() int
	change := func(cfg *conn.Config) { guests(cfg); now = held(cfg, 1<<20) }
	within(t, change, func(w *world) {
		ann, bob := w.pair("message-tags batch draft/multiline")
		ann.send("BATCH +a draft/multiline #green", "@batch=a PRIVMSG #green :one")
		if now() == 0 {
			t.Error("a line that is kept counts as nothing")
		}
		time.Sleep(w.cfg.Timeouts.Batch + time.Second)
		wants(t, ann.take(), "FAIL BATCH TIMEOUT a :")
		ann.send("@batch=a PRIVMSG #green :two", "BATCH -a")
		for i := range 200 {
			ann.send(fmt.Sprintf("BATCH +%d draft/multiline #green", i), fmt.Sprintf("@batch=%d PRIVMSG #green :x", i))
		}
		ann.send("@batch=199 BATCH +nested draft/multiline #green", "@batch=nested PRIVMSG #green :x", "BATCH -nested", "BATCH -199")
		if got := bob.take(); len(got) > 0 || w.store.said(1) > 0 {
			t.Errorf("shown %q, %d are stored", got, w.store.said(1))
		}
		if n := now(); n != 0 {
			t.Errorf("%d bytes are held", n)
		}
		ann.send("BATCH +last draft/multiline #green", "@batch=last PRIVMSG #green :x")
		ann.sock.Close()
		if bob.take(); now() != 0 {
			t.Errorf("%d bytes are held for somebody who is gone", now())
		}
	})
}

// TestAttack25ABatchBeyondItsLimitsIsRefusedAsAWhole.
func TestAttack25ABatchBeyondItsLimitsIsRefusedAsAWhole(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("message-tags batch draft/multiline")
		batch := func(line string, n int) []string {
			lines := []string{"BATCH +a draft/multiline #green"}
			for range n {
				lines = append(lines, "@batch=a PRIVMSG #green :"+line)
			}
			return append(lines, "BATCH -a")
		}
		long := strings.Repeat("x", 400)
		for _, test := range []struct {
			lines []string
			want  string
		}{
			{batch("x", 33), "FAIL BATCH MULTILINE_MAX_LINES 32 :"},
			{batch("x", 1000), "FAIL BATCH MULTILINE_MAX_LINES 32 :"},
			{batch(long, 11), "FAIL BATCH MULTILINE_MAX_BYTES 4096 :"},
		} {
			if got := ann.send(test.lines...); len(got) != 1 || !strings.Contains(got[0], test.want) {
				t.Errorf("%d lines: %q, want %q", len(test.lines)-2, got, test.want)
			}
		}
		if got := bob.take(); len(got) > 0 || w.store.said(1) > 0 {
			t.Errorf("shown %q, %d are stored", got, w.store.said(1))
		}
		ann.send(batch("x", 32)...)
		if got := bob.take(); len(got) != 34 || w.store.said(1) != 1 {
			t.Errorf("the largest batch is shown as %d lines, %d are stored", len(got), w.store.said(1))
		}
	})
}

// TestABatchIsRefusedWhenAllClientsHoldTooMuch, and let through when they do not.
func TestABatchIsRefusedWhenAllClientsHoldTooMuch(t *testing.T) {
	var now func() int
	change := func(cfg *conn.Config) { guests(cfg); now = held(cfg, 10<<10); cfg.Timeouts.Batch = time.Hour }
	within(t, change, func(w *world) {
		ann, bob := w.pair("message-tags batch draft/multiline")
		lines := []string{"BATCH +a draft/multiline #green"}
		for range 10 {
			lines = append(lines, "@batch=a PRIVMSG #green :x")
		}
		ann.send(append(lines, "BATCH -a")...)
		time.Sleep(time.Minute) // its reader waits for room, too
		wants(t, ann.take(), "FAIL BATCH BUSY :")
		if bob.take(); now() != 0 {
			t.Errorf("%d bytes are held", now())
		}
		ann.send("BATCH +a draft/multiline #green", "@batch=a PRIVMSG #green :x", "@batch=a PRIVMSG #green :y", "BATCH -a")
		wants(t, bob.take(), ":y")
	})
}
