package bench

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// liar is a small server of its own making, which does to messages what it is
// told to.
type liar struct {
	listener net.Listener
	// lie makes what a guest is shown of what it should be shown.
	lie func(to *liarGuest, line string) []string

	mu     sync.Mutex
	guests []*liarGuest
	ended  sync.WaitGroup
}

type liarGuest struct {
	net.Conn
	nick  string
	room  string
	shown int
	held  []string
}

func startLiar(t *testing.T, lie func(*liarGuest, string) []string) *liar {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &liar{listener: listener, lie: lie}
	l.ended.Go(l.accept)
	t.Cleanup(func() {
		listener.Close()
		l.mu.Lock()
		for _, g := range l.guests {
			g.Close()
		}
		l.mu.Unlock()
		l.ended.Wait()
	})
	return l
}

func (l *liar) accept() {
	for {
		conn, err := l.listener.Accept()
		if err != nil {
			return
		}
		g := &liarGuest{Conn: conn}
		l.ended.Go(func() { l.serve(g) })
	}
}

func (l *liar) serve(g *liarGuest) {
	defer g.Close()
	for lines := bufio.NewScanner(g); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		l.mu.Lock()
		switch word {
		case "NICK":
			g.nick = rest
		case "USER":
			fmt.Fprintf(g, ":liar 001 %s :hello\r\n", g.nick)
		case "JOIN":
			g.room = rest
			l.guests = append(l.guests, g)
			fmt.Fprintf(g, ":liar 353 %s = %s :%s\r\n:liar 366 %s %s :end\r\n", g.nick, rest, g.nick, g.nick, rest)
		case "PING":
			fmt.Fprintf(g, ":liar PONG liar %s\r\n", rest)
		case "PRIVMSG":
			l.pass(g, lines.Text())
		}
		l.mu.Unlock()
	}
}

func (l *liar) pass(from *liarGuest, line string) {
	for _, g := range l.guests {
		if g == from || g.room != from.room {
			continue
		}
		g.shown++
		for _, text := range l.lie(g, line) {
			fmt.Fprintf(g, ":%s!l@liar %s\r\n", from.nick, text)
		}
	}
}

func honest(_ *liarGuest, line string) []string { return []string{line} }

// once does something to the tenth message that a guest is shown.
func once(what func(line string) []string) func(*liarGuest, string) []string {
	return func(g *liarGuest, line string) []string {
		if g.shown == 10 {
			return what(line)
		}
		return []string{line}
	}
}

func short(w Workload, addr string) Options {
	o := Options{
		Workload: w, Server: Server{Addr: addr}, Members: 5, Size: 64, Rounds: 1,
		Patience: 2 * time.Second, Complete: All, Rooms: 1, Senders: 2, Window: 3, Messages: 60,
	}
	switch w {
	case Rooms:
		o.Rooms = 3
	case Latency:
		o.Window, o.Rate = 0, 400
	case Join, Connect:
		o.Rooms, o.Senders, o.Messages, o.Members, o.Window = 0, 0, 0, 40, 8
	case Idle:
		o.Rooms, o.Senders, o.Messages, o.Members, o.Window, o.For = 0, 0, 0, 40, 0, 50*time.Millisecond
	}
	return o
}
