package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/fault"
	"github.com/greenroom-chat/greenroom/cmd/greenroom/prove"
	"github.com/greenroom-chat/greenroom/net/irc"
	"github.com/greenroom-chat/greenroom/net/listen"
)

// liar stands between the clients and a server that keeps its promises, and
// makes of it one that does not.
type liar struct {
	t        *testing.T
	identity *listen.Identity
	toClient func(c *crossing, m irc.Message, line string) []string // nil: all lines as they are
	toServer func(c *crossing, m irc.Message, line string) []string

	mu    sync.Mutex
	count map[string]int
}

// crossing is one connection through the liar.
type crossing struct {
	client, server net.Conn
	nick           string
	kept           string // by a lie, for later
	stories        map[string]bool
}

// nth is true the nth time that it is asked the question so named.
func (l *liar) nth(name string, n int) bool {
	l.count[name]++
	return l.count[name] == n
}

// stand is a prove.Config.Between.
func (l *liar) stand(r fault.Ready) (fault.Ready, error) {
	listener, err := tls.Listen("tcp", "127.0.0.1:0", l.identity.TLS())
	if err != nil {
		return r, err
	}
	l.t.Cleanup(func() { listener.Close() })
	go func() { // ends with the listener
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go l.cross(client, r.Address)
		}
	}()
	return fault.Ready{Address: listener.Addr().String(), Fingerprint: l.identity.Fingerprint()}, nil
}

func (l *liar) cross(client net.Conn, address string) {
	defer client.Close()
	server, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	c := &crossing{client: client, server: server, stories: map[string]bool{}}
	go func() { // ends with the client
		defer server.Close()
		l.pass(c, client, server, irc.FromClient, &l.toServer)
	}()
	l.pass(c, server, client, irc.FromServer, &l.toClient)
}

func (l *liar) pass(c *crossing, from, to net.Conn, limits irc.Limits, lie *func(*crossing, irc.Message, string) []string) {
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		said := []string{line}
		if m, err := irc.Parse(line, limits); err == nil {
			l.mu.Lock()
			if m.Command == "NICK" && m.Source == "" {
				c.nick = m.Param(0)
			}
			if ref, opens := strings.CutPrefix(m.Param(0), "+"); opens && m.Command == "BATCH" {
				c.stories[ref] = m.Param(1) == irc.BatchChatHistory
			}
			if *lie != nil {
				said = (*lie)(c, m, line)
			}
			l.mu.Unlock()
		}
		for _, line := range said {
			if _, err := to.Write([]byte(line)); err != nil {
				return
			}
		}
	}
}

// heard is a line that is shown live because somebody else has said it.
func heard(c *crossing, m irc.Message) bool {
	return m.Command == "PRIVMSG" && m.Tag(irc.TagLabel) == "" && m.Tag(irc.TagBatch) == "" && m.Nick() != c.nick
}

// A short run with one fault that does no harm, through each kind of lie: the
// promise that it breaks is named.
func TestProveFindsEachLie(t *testing.T) {
	t.Parallel()
	type lines = []string
	for name, c := range map[string]struct {
		toClient, toServer func(l *liar, c *crossing, m irc.Message, line string) []string
		want               string
		says               string
	}{
		"a message is not shown to one": {toClient: func(l *liar, c *crossing, m irc.Message, line string) []string {
			if heard(c, m) && m.Param(0) == "#lobby" && l.nth("drop", 30) {
				return nil
			}
			return lines{line}
		}, want: "shown to all who stayed", says: "not shown to"},
		"a message is shown twice": {toClient: func(l *liar, c *crossing, m irc.Message, line string) []string {
			if heard(c, m) && l.nth("double", 30) {
				return lines{line, line}
			}
			return lines{line}
		}, want: "shown to all who stayed", says: "twice"},
		"two messages change places": {toClient: func(l *liar, c *crossing, m irc.Message, line string) []string {
			// A line that lets anything but the next message overtake it, a PONG
			// above all, would be missed before it is out of order: then the lie
			// waits for the next pair.
			next := m.Command == "PRIVMSG" && m.Param(0) == "#lobby" && m.Tag(irc.TagBatch) == ""
			if first := c.kept; first != "" {
				c.kept = ""
				if next && l.nth("swap", 1) {
					return lines{line, first}
				}
				return lines{first, line}
			}
			if next && heard(c, m) && l.count["swap"] == 0 {
				c.kept = line
				return nil
			}
			return lines{line}
		}, want: "one order, live and stored", says: "after message"},
		"words are put into a mouth": {toClient: func(l *liar, c *crossing, m irc.Message, line string) []string {
			if heard(c, m) && l.nth("invent", 30) {
				return lines{strings.TrimRight(line, "\r\n") + " indeed\r\n"}
			}
			return lines{line}
		}, want: "shown to all who stayed", says: "what nobody has said"},
		"acknowledged, and thrown away": {
			toServer: func(l *liar, c *crossing, m irc.Message, line string) []string {
				if m.Command != "PRIVMSG" || m.Param(0) != "#lobby" || !l.nth("swallow", 10) {
					return lines{line}
				}
				label := m.Tag(irc.TagLabel)
				c.client.Write([]byte("@label=" + label + ";msgid=" + c.kept + " :" + c.nick + "!u@h PRIVMSG #lobby :" + m.Last() + "\r\n"))
				return nil
			},
			toClient: func(l *liar, c *crossing, m irc.Message, line string) []string {
				if id := m.Tag(irc.TagMsgID); id != "" && m.Param(0) == "#lobby" {
					c.kept = later(id)
				}
				return lines{line}
			}, want: "acknowledged: stored once", says: "not in the history"},
		"stored twice": {toServer: func(l *liar, c *crossing, m irc.Message, line string) []string {
			if m.Command == "PRIVMSG" && l.nth("repeat", 10) {
				return lines{line, "PRIVMSG " + m.Param(0) + " :" + m.Last() + "\r\n"}
			}
			return lines{line}
		}, want: "acknowledged: stored once", says: "is there twice"},
		"refused, and stored all the same": {toClient: func(l *liar, c *crossing, m irc.Message, line string) []string {
			if label := m.Tag(irc.TagLabel); label != "" && m.Command == "PRIVMSG" && l.nth("deny", 10) {
				return lines{"@label=" + label + " :server FAIL PRIVMSG BUSY #lobby :Try again\r\n"}
			}
			return lines{line}
		}, want: "refused: nowhere", says: "was refused (BUSY)"},
		"a command is answered twice": {toClient: func(l *liar, c *crossing, m irc.Message, line string) []string {
			if m.Command == "PONG" && l.nth("pong", 10) {
				return lines{line, line}
			}
			return lines{line}
		}, want: "one answer to a command", says: "answered twice"},
		"somebody is cut": {toClient: func(l *liar, c *crossing, m irc.Message, line string) []string {
			if heard(c, m) && l.nth("cut", 30) {
				c.client.Close()
			}
			return lines{line}
		}, want: "nobody cut but by a fault", says: "no fault to blame"},
		"a member is told to be a stranger": {toClient: func(l *liar, c *crossing, m irc.Message, line string) []string {
			if label := m.Tag(irc.TagLabel); label != "" && m.Command == "PRIVMSG" && l.nth("stranger", 10) {
				return lines{"@label=" + label + " :server 404 " + c.nick + " #lobby :Join first\r\n"}
			}
			return lines{line}
		}, want: "nobody cut but by a fault", says: "was told at"},
		"history leaves a message out for one reader": {toClient: func(l *liar, c *crossing, m irc.Message, line string) []string {
			if c.stories[m.Tag(irc.TagBatch)] && m.Param(0) == "#lobby" && l.nth("forget", 30) {
				return nil
			}
			return lines{line}
		}, want: "one order, live and stored", says: "of the history of #lobby"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id, err := listen.LoadOrMake(t.TempDir(), []string{"127.0.0.1"}, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			l := &liar{t: t, identity: id, count: map[string]int{}}
			if c.toClient != nil {
				l.toClient = func(x *crossing, m irc.Message, line string) []string { return c.toClient(l, x, m, line) }
			}
			if c.toServer != nil {
				l.toServer = func(x *crossing, m irc.Message, line string) []string { return c.toServer(l, x, m, line) }
			}
			text := findsBroken(t, prove.Config{Between: l.stand}, c.want)
			if !strings.Contains(strings.Join(strings.Fields(text), " "), c.says) { // however its lines are broken
				t.Errorf("the explanation lacks %q:\n%s", c.says, text)
			}
		})
	}
}

// later is the id of a message long after the one with that id.
func later(id string) string {
	return id[:len(id)-1] + "g"
}

// findsBroken makes a short run, and returns its report as text.
func findsBroken(t *testing.T, cfg prove.Config, promise string) string {
	t.Helper()
	cfg.For, cfg.People, cfg.Data = 3*time.Second, 8, t.TempDir()
	cfg.Command = []string{program(t), "prove-server"}
	if cfg.Plan == nil {
		cfg.Plan = []fault.Fault{{ID: 1, At: 100 * time.Millisecond, Kind: fault.HalfOpen}}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	r, err := prove.Run(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	r.Print(&b, false)
	for _, p := range r.Promises {
		if p.Promise == promise && p.Verdict == prove.Broken && !r.Held {
			return b.String()
		}
	}
	t.Errorf("%q was not found broken:\n%s", promise, b.String())
	return b.String()
}

func TestProveFindsAServerThatEndsByItself(t *testing.T) {
	t.Parallel()
	text := findsBroken(t, prove.Config{Plan: []fault.Fault{
		{ID: 1, At: 100 * time.Millisecond, Kind: fault.CrashLoop, Target: fault.Journal, For: 5 * time.Second},
	}}, "ends in order, no own panic")
	if !strings.Contains(text, "nobody had told it to") {
		t.Errorf("the explanation does not say so:\n%s", text)
	}
}

// A run in which nothing was checked is no proof.
func TestProveFailsWhenNothingWasProved(t *testing.T) {
	t.Parallel()
	server := []string{program(t), "prove-server"}
	never := fault.Fault{ID: 1, At: time.Hour, Kind: fault.Reset}
	for name, c := range map[string]struct {
		cfg prove.Config
		why string
	}{
		"no fault struck":      {prove.Config{Command: server, Plan: []fault.Fault{never}}, "no fault struck"},
		"the server ends":      {prove.Config{Command: []string{"false"}, Plan: []fault.Fault{never}}, "before it was ready"},
		"there is no server":   {prove.Config{Command: []string{"/nonexistent"}, Plan: []fault.Fault{never}}, "nonexistent"},
		"nobody gets anywhere": {prove.Config{Command: server, Plan: []fault.Fault{never}, Between: nowhere}, "did not get into its rooms"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.cfg.For, c.cfg.People, c.cfg.Data = 2*time.Second, 8, t.TempDir()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			r, err := prove.Run(ctx, c.cfg)
			if err != nil {
				t.Fatal(err)
			}
			if r.Held || !strings.Contains(r.Failure, c.why) {
				t.Errorf("held: %v, because %q", r.Held, r.Failure)
			}
		})
	}
}

func nowhere(r fault.Ready) (fault.Ready, error) {
	r.Address = "127.0.0.1:1"
	return r, nil
}
