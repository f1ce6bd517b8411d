package conn_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/net/conn"
	"github.com/greenroom-chat/greenroom/net/listen"
)

// Real sockets, over loopback and with the kernel's own opinions.

// onSockets runs the test with a server that listens on a port of its own.
func onSockets(t *testing.T, change func(*conn.Config), secure *tls.Config, test func(w *world)) {
	t.Helper()
	inWorld(t, change, newHouse(secure, true, func(cfg *listen.Config) { cfg.CountLocal = true }), test)
}

// wire is a client on a socket.
type wire struct {
	t    *testing.T
	tcp  *net.TCPConn
	sock net.Conn
	r    *bufio.Reader
}

const patience = 2 * time.Minute

func (w *world) wire(theirs *tls.Config) *wire {
	w.t.Helper()
	sock, err := net.Dial("tcp", w.house.addrs[0])
	if err != nil {
		w.t.Fatal(err)
	}
	c := &wire{t: w.t, tcp: sock.(*net.TCPConn), sock: sock}
	if theirs != nil {
		c.sock = tls.Client(sock, theirs)
	}
	sock.SetDeadline(time.Now().Add(patience))
	c.r = bufio.NewReaderSize(c.sock, 512)
	return c
}

// say sends lines; a server that has hung up is found out by reading.
func (c *wire) say(lines ...string) {
	c.sock.Write([]byte(strings.Join(lines, "\r\n") + "\r\n"))
}

// until reads up to a line that holds the text.
func (c *wire) until(text string) {
	c.t.Helper()
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			c.t.Errorf("waiting for %q: %v", text, err)
			return
		}
		if strings.Contains(line, text) {
			return
		}
	}
}

func (c *wire) signIn(nick string) {
	c.t.Helper()
	c.say("NICK "+nick, "USER "+nick+" 0 * :"+nick)
	c.until(" 001 ")
}

// reset ends the connection with RST.
func (c *wire) reset() {
	c.tcp.SetLinger(0)
	c.tcp.Close()
}

// eventually waits for what other goroutines are about to bring about.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// flat waits until there are no more actors and goroutines than before.
func (w *world) flat(actors, goroutines int) {
	w.t.Helper()
	eventually(w.t, fmt.Sprintf("%d actors or fewer", actors), func() bool { return supervise.Live(w.sys) <= actors })
	eventually(w.t, fmt.Sprintf("%d goroutines or fewer", goroutines), func() bool { return runtime.NumGoroutine() <= goroutines })
}

func TestAttack09ResetInTheMiddleOfAWriteLeavesNothing(t *testing.T) {
	for name, secure := range map[string]*tls.Config{"plaintext": nil, "tls": certified(t)} {
		t.Run(name, func(t *testing.T) {
			onSockets(t, func(cfg *conn.Config) { guests(cfg); cfg.SendQueue = 16 << 20 }, secure, func(w *world) {
				theirs := trusting()
				if secure == nil {
					theirs = nil
				}
				ann := w.wire(theirs)
				ann.signIn("ann")
				ann.say("JOIN #green")
				ann.until(" 366 ")
				actors, goroutines := supervise.Live(w.sys), runtime.NumGoroutine()
				const readers = 10
				var stalled []*wire
				for i := range readers {
					c := w.wire(theirs)
					c.tcp.SetReadBuffer(4 << 10)
					c.signIn(fmt.Sprint("reader", i))
					c.say("JOIN #green")
					c.until(" 366 ")
					stalled = append(stalled, c)
				}
				// More than kernels keep for who does not read.
				text := "PRIVMSG #green :" + strings.Repeat("x", 400)
				for i := range 60 {
					ann.say(append(slices.Repeat([]string{text}, 50), fmt.Sprint("PING ", i))...)
					ann.until(fmt.Sprint("PONG irc.test ", i))
				}
				for _, c := range stalled {
					c.reset()
				}
				for range readers {
					ann.until(" QUIT :")
				}
				w.flat(actors, goroutines)
				ann.say("PING end")
				ann.until("PONG irc.test end")
				ann.sock.Close()
			})
		})
	}
}

// What a client of the storm does before it hangs up, and how.
var storms = []func(w *world, theirs *tls.Config, n int){
	func(w *world, _ *tls.Config, _ int) { w.wire(nil).reset() },
	func(w *world, _ *tls.Config, _ int) { w.wire(nil).tcp.Close() },
	func(w *world, _ *tls.Config, _ int) {
		c := w.wire(nil)
		c.say("\x16\x03\x01 is half a handshake")
		c.reset()
	},
	func(w *world, theirs *tls.Config, _ int) {
		c := w.wire(theirs)
		c.say("CAP LS 302")
		c.until("CAP * LS")
		c.reset()
	},
	func(w *world, theirs *tls.Config, n int) {
		c := w.wire(theirs)
		c.signIn(fmt.Sprint("storm", n))
		c.reset()
	},
	func(w *world, theirs *tls.Config, n int) {
		c := w.wire(theirs)
		c.signIn(fmt.Sprint("storm", n))
		c.say("JOIN #green", "PRIVMSG #green :hello", "PING x")
		c.until("PONG")
		c.reset()
	},
	func(w *world, theirs *tls.Config, n int) {
		c := w.wire(theirs)
		c.signIn(fmt.Sprint("storm", n))
		c.say("JOIN #green", "PRIVMSG #green :hello", "QUIT :bye")
		c.until("ERROR")
		c.tcp.Close()
	},
}

func TestAttack64AStormOfConnectionsLeavesMemoryFlat(t *testing.T) {
	onSockets(t, guests, certified(t), func(w *world) {
		ann := w.wire(trusting())
		ann.signIn("ann")
		storm := func(from, to int) {
			var all sync.WaitGroup
			for worker := range 8 {
				all.Go(func() {
					for n := from + worker; n < to; n += 8 {
						storms[n%len(storms)](w, trusting(), n)
					}
				})
			}
			all.Wait()
		}
		actors, goroutines := supervise.Live(w.sys), runtime.NumGoroutine()
		storm(0, 210) // what is made once, has been made
		w.flat(actors, goroutines)
		before := w.heap()
		storm(210, 560)
		w.flat(actors, goroutines)
		if grown := int64(w.heap()) - int64(before); grown > 1<<20 {
			t.Errorf("the heap has grown by %d bytes", grown)
		}
		ann.say("PING end")
		ann.until("PONG irc.test end")
		ann.sock.Close()
	})
}

// heap is what is in use, but for what the store and the test keep.
func (w *world) heap() uint64 {
	w.mu.Lock()
	w.ended = nil
	w.mu.Unlock()
	w.store.set(func() {
		for room := range w.store.logs {
			w.store.logs[room] = nil
		}
		clear(w.store.seen)
	})
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
