package actors_test

import (
	"encoding/base64"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"
)

// client speaks IRC, and reads all the time.
type client struct {
	s       *server
	nick    string
	account bool
	sock    net.Conn
	out     chan string // to the writer of the connection

	mu     sync.Mutex
	lines  []string
	closed bool
	labels int
	asked  []string // labels of this connection
}

func (s *server) client(nick string, account bool) *client {
	s.t.Helper()
	c := &client{s: s, nick: nick, account: account}
	s.clients = append(s.clients, c)
	c.dial()
	command := "CAP END"
	if account {
		command = "REGISTER * * password-of-" + nick + "\r\nCAP END"
	}
	c.send(command)
	s.rest()
	if !c.has(" 001 " + nick + " ") {
		s.t.Fatalf("%s is not let in: %q", nick, c.take())
	}
	c.take()
	return c
}

// dial connects and begins registration.
func (c *client) dial() {
	sock, out := c.s.port.dial(), make(chan string, 100)
	c.mu.Lock()
	c.sock, c.out = sock, out
	c.lines, c.closed, c.asked = nil, false, nil
	c.mu.Unlock()
	go c.read(sock, out)
	go write(sock, out)
	c.send("CAP REQ :labeled-response batch echo-message message-tags server-time sasl",
		"NICK "+c.nick, "USER u 0 * :"+c.nick)
	synctest.Wait()
}

// again connects after the connection was lost, until the server lets it in.
func (c *client) again() {
	c.s.t.Helper()
	for range 20 {
		c.dial()
		if c.account {
			secret := base64.StdEncoding.EncodeToString([]byte("\x00" + c.nick + "\x00password-of-" + c.nick))
			c.send("AUTHENTICATE PLAIN", "AUTHENTICATE "+secret)
			c.s.rest()
		}
		c.send("CAP END")
		c.s.rest()
		if c.has(" 001 " + c.nick + " ") {
			return
		}
		_ = c.sock.Close()
		c.s.pass(5 * time.Second)
	}
	c.s.t.Fatalf("%s is not let in again: %q", c.nick, c.take())
}

// write ends when read has closed its channel.
func write(sock net.Conn, out <-chan string) {
	for text := range out {
		_, _ = sock.Write([]byte(text))
	}
}

// read ends with the connection.
func (c *client) read(sock net.Conn, out chan string) {
	rest, buf := "", make([]byte, 64<<10)
	for {
		n, err := sock.Read(buf)
		parts := strings.Split(rest+string(buf[:n]), "\r\n")
		rest = parts[len(parts)-1]
		c.mu.Lock()
		if c.sock == sock {
			c.lines = append(c.lines, parts[:len(parts)-1]...)
			c.closed = c.closed || err != nil
		}
		c.mu.Unlock()
		if err != nil {
			c.hangUp(sock, out)
			return
		}
		for _, line := range parts[:len(parts)-1] {
			if token, ok := strings.CutPrefix(line, "PING "); ok {
				out <- "PONG " + token + "\r\n"
			}
		}
	}
}

// hangUp ends the writer of a connection.
func (c *client) hangUp(sock net.Conn, out chan string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = sock.Close()
	if c.out == out {
		c.out = nil
	}
	close(out)
}

// send writes lines; the server may be slow to read them.
func (c *client) send(lines ...string) {
	c.mu.Lock()
	if c.out != nil {
		c.out <- strings.Join(lines, "\r\n") + "\r\n"
	}
	c.mu.Unlock()
	synctest.Wait()
}

// ask sends a line under a label of its own.
func (c *client) ask(line string) {
	c.labels++
	label := fmt.Sprint(c.nick, c.labels)
	c.asked = append(c.asked, label)
	c.send("@label=" + label + " " + line)
}

func (c *client) take() []string {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	lines := c.lines
	c.lines = nil
	return lines
}

func (c *client) has(text string) bool {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.lines, func(l string) bool { return strings.Contains(l, text) })
}

func (c *client) count(text string) (n int) {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.lines {
		if strings.Contains(l, text) {
			n++
		}
	}
	return n
}

func (c *client) ended() bool {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// answers are the lines that bear a label.
func (c *client) answers(label string) (lines []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.lines {
		tags, _, _ := strings.Cut(l, " ")
		if slices.Contains(strings.Split(strings.TrimPrefix(tags, "@"), ";"), "label="+label) {
			lines = append(lines, l)
		}
	}
	return lines
}

// answered checks that each question of a connection that lives has exactly
// one answer.
func (c *client) answered() {
	c.s.t.Helper()
	if c.ended() {
		return
	}
	for _, label := range c.asked {
		if got := c.answers(label); len(got) != 1 {
			c.s.t.Errorf("%s has the answers %q", label, got)
		}
	}
}
