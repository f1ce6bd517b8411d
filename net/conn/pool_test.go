package conn_test

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/net/conn"
)

// tub is a pool that remembers how full it was.
type tub struct {
	size       int
	held, most atomic.Int64
}

func (b *tub) add(n int) (held, size int) {
	now := b.held.Add(int64(n))
	for {
		most := b.most.Load()
		if now <= most || b.most.CompareAndSwap(most, now) {
			return int(now), b.size
		}
	}
}

// Where more do not read than there is memory for, the sum stays below its
// limit, those who came to hold most go first, and who reads is never cut.
func TestAttack62WhereManyDoNotReadThoseWhoHoldMostAreCutFirst(t *testing.T) {
	output := &tub{size: 512 << 10}
	within(t, func(cfg *conn.Config) { guests(cfg); cfg.Output, cfg.SendQueue = output.add, 256<<10 }, func(w *world) {
		ann, bob := w.pair("")
		text := strings.Repeat("x", 400)
		flood := func(lines int, enough func() bool) {
			for i := 0; i < lines && !enough(); i++ {
				bob.take() // who reads
				ann.send("PRIVMSG #green :" + text)
				time.Sleep(time.Millisecond)
			}
		}
		var slow []*client
		for i := range 8 {
			c := w.person(fmt.Sprint("slow", i), "")
			c.send("JOIN #green")
			c.stall()
			slow = append(slow, c)
			flood(20, func() bool { return false }) // those who stall early hold more
		}
		ended := func() []conn.Ended {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.ended
		}
		flood(1000, func() bool { return len(ended()) > 0 })
		if first := ended(); len(first) == 0 || first[0].Nick != "slow0" || first[0].Cause() != "crowded" {
			t.Fatalf("ended: %+v", first)
		}
		flood(100, func() bool { return false })
		for _, gone := range ended() {
			if !strings.HasPrefix(gone.Nick, "slow") {
				t.Errorf("%s was cut: %s", gone.Nick, gone.Reason)
			}
		}
		if most := int(output.most.Load()); most > output.size || most < output.size/2 {
			t.Errorf("%d bytes were held of %d", most, output.size)
		}
		for _, c := range slow {
			c.unstall()
		}
		time.Sleep(goodbye)
		if held := output.held.Load(); held != 0 {
			t.Errorf("%d bytes are counted when nothing waits", held)
		}
	})
}

// A flood holds up those who flood: who waits for each answer is obeyed, and
// what is under way has a limit for all together.
func TestAttack70FloodersWaitForRoomAndOthersDoNot(t *testing.T) {
	commands := &tub{size: 64 << 10}
	within(t, func(cfg *conn.Config) { guests(cfg); cfg.Commands = commands.add }, func(w *world) {
		ann, bob := w.pair("")
		const flooders, lines = 4, 64
		var crowd []*client
		for i := range flooders {
			crowd = append(crowd, w.person(fmt.Sprint("flood", i), ""))
			crowd[i].send(fmt.Sprint("JOIN #flood", i))
		}
		disk := func(takes time.Duration) {
			w.store.set(func() { w.store.delay = func() time.Duration { return takes } })
		}
		disk(10 * time.Second)
		for i, c := range crowd {
			line := fmt.Sprintf("PRIVMSG #flood%d :%s\r\n", i, strings.Repeat("x", 400))
			go io.WriteString(c.sock, strings.Repeat(line, lines)) // ends when the last is read
		}
		time.Sleep(50 * time.Millisecond)
		wants(t, ann.send("PING at-once"), "PONG irc.test at-once")
		disk(100 * time.Millisecond)
		time.Sleep(10 * time.Second)
		for i := range 5 {
			ann.send(fmt.Sprintf("PRIVMSG #green :%d", i), fmt.Sprint("PING ", i))
			time.Sleep(250 * time.Millisecond) // the disk, twice
			wants(t, ann.take(), fmt.Sprint("PONG irc.test ", i))
		}
		wants(t, bob.take(), ":4")
		allowance := int64((flooders + 2) * 4 << 10) // a line of each that goes through anyhow
		if most := commands.most.Load(); most > int64(commands.size)+allowance || most < int64(commands.size)/2 {
			t.Errorf("%d bytes were under way, with %d the limit", most, commands.size)
		}
		time.Sleep(time.Minute)
		said := 0
		for no := range journal.Room(flooders + 2) { // numbers begin with 1
			said += w.store.said(no)
		}
		if want := flooders*lines + 5; said != want {
			t.Errorf("%d of %d posts were stored", said, want)
		}
		if held := commands.held.Load(); held != 0 {
			t.Errorf("%d bytes are counted when nothing is under way", held)
		}
	})
}
