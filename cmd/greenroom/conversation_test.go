package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// marked is how each line of the conversation is told from all others.
var marked = regexp.MustCompile(`\[(?:ann|bob|carol) \d+\]`)

// line is what the screen shows of one.
var line = regexp.MustCompile(`(?m)^\d\d:\d\d (?:ann|bob|carol)  (.*)$`)

// conversation is two people at their terminals, and a program that talks to
// the room that they are in.
type conversation struct {
	t        *testing.T
	data     string
	config   string
	server   *server
	ann, bob *terminal
	carol    io.Writer
	echoed   *ear // what carol is told to be stored
	exit     chan error
	said     map[string]string // the whole line by its mark
}

// TestTwoPeopleTypeWhileAThousandMessagesArriveAndTheServerIsKilled: nothing is
// garbled, nothing lost, nothing doubled, and both see one order.
func TestTwoPeopleTypeWhileAThousandMessagesArriveAndTheServerIsKilled(t *testing.T) {
	need(t, "tmux")
	c := converse(t)
	const batch = 100
	for i := range 10 {
		half := fmt.Sprintf("[ann %d] half a thought, ", i)
		c.ann.tmux("send-keys", "-l", half)
		c.ann.see("> " + strings.TrimSpace(half))
		c.feed(i*batch, batch)
		c.types(c.bob, fmt.Sprintf("[bob %d] typed while messages arrive: 世界, naïve", i))
		switch i {
		case 4:
			c.echoed.await(t, mark("carol", i*batch+batch/3))
			c.killServer()
			c.types(c.bob, "[bob 100] typed without a server")
			c.bob.see("… [bob 100] typed without a server")
			c.restartServer()
		case 7: // at once, in the middle of everything
			c.echoed.await(t, mark("carol", i*batch+batch/2))
			c.killServer()
			c.restartServer()
		}
		c.types(c.ann, "and the rest of it.")
		c.said[mark("ann", i)] = half + "and the rest of it."
		for _, term := range []*terminal{c.ann, c.bob} {
			c.shows(term, mark("carol", (i+1)*batch-1), fmt.Sprintf("[ann %d] half a thought, and the rest of it.", i), fmt.Sprintf("[bob %d] typed while messages arrive: 世界, naïve", i))
		}
	}
	c.carol.(io.Closer).Close()
	if err := <-c.exit; err != nil {
		t.Errorf("the program that sent a thousand messages ends with %v", err)
	}

	w := dialTLS(t, c.server.Addr).login("carol")
	stored := marked.FindAllString(strings.Join(pages(w, "#lobby"), "\n"), -1)
	if want := slices.Sorted(maps.Keys(c.said)); !slices.Equal(slices.Sorted(slices.Values(stored)), want) {
		t.Errorf("%d lines were said, and %d are stored", len(want), len(stored))
	}
	for name, term := range map[string]*terminal{"ann": c.ann, "bob": c.bob} {
		all := term.all()
		shown := marked.FindAllString(all, -1)
		if i := differ(shown, stored); i >= 0 {
			t.Errorf("%s is shown %d lines, %d are stored, and they differ at %d: %q and %q", name, len(shown), len(stored), i,
				shown[min(i, len(shown)):min(i+3, len(shown))], stored[min(i, len(stored)):min(i+3, len(stored))])
		}
		whole := map[string]bool{}
		for _, m := range line.FindAllStringSubmatch(all, -1) {
			whole[m[1]] = true
		}
		for _, text := range c.said {
			if !whole[text] {
				t.Errorf("%s is shown this garbled: %s", name, text)
			}
		}
		if t.Failed() {
			t.Logf("%s has seen\n%s", name, all[max(0, len(all)-4000):])
		}
	}
}

func mark(nick string, n int) string { return fmt.Sprintf("[%s %d]", nick, n) }

// differ is where two lists do; -1: nowhere.
func differ(a, b []string) int {
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			return i
		}
	}
	return -1
}

func converse(t *testing.T) *conversation {
	c := &conversation{t: t, data: t.TempDir(), config: configured(t, "[rate_limits]\nenabled = false\n"), exit: make(chan error, 1), said: map[string]string{}}
	c.server = serve(t, c.data, "--config", c.config, "--listen", "127.0.0.1:0")
	env := func(user, home string) []string {
		return []string{"GREENROOM_PASSWORD=" + password, "GREENROOM_INSECURE_NEW_KEY=true", "GREENROOM_USER=" + user, "HOME=" + home}
	}
	for _, user := range []string{"ann", "bob", "carol"} {
		register := command(t, t.TempDir(), "register", c.server.Addr)
		register.Env = append(register.Env, env(user, register.Dir)...)
		if out, err := register.CombinedOutput(); err != nil {
			t.Fatalf("register %s: %v\n%s", user, err, out)
		}
	}
	chat := func(user string) *terminal {
		term := openTerminal(t, 100, 30, env(user, t.TempDir()), program(t), "chat", c.server.Addr, "--room", "#lobby")
		term.see("#lobby>")
		return term
	}
	c.ann, c.bob = chat("ann"), chat("bob")
	c.ann.see("bob")

	carol := command(t, t.TempDir(), "chat", c.server.Addr, "--room", "#lobby")
	carol.Env = append(carol.Env, env("carol", carol.Dir)...)
	in, err := carol.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.carol, c.echoed = in, &ear{}
	carol.Stdout, carol.Stderr = c.echoed, c.echoed
	if err := carol.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { carol.Process.Kill() })
	go func() { c.exit <- carol.Wait() }() // ends with carol
	return c
}

// feed lets carol say n lines.
func (c *conversation) feed(from, n int) {
	c.t.Helper()
	var text strings.Builder
	for i := from; i < from+n; i++ {
		line := mark("carol", i) + " a message that nobody has typed."
		text.WriteString(line + "\n")
		c.said[mark("carol", i)] = line
	}
	if _, err := io.WriteString(c.carol, text.String()); err != nil {
		c.t.Fatalf("carol does not listen: %v\n%s", err, c.echoed)
	}
}

// types types as a person does, a few characters at a time.
func (c *conversation) types(term *terminal, line string) {
	c.t.Helper()
	if m := marked.FindString(line); m != "" {
		c.said[m] = line
	}
	for piece := range slices.Chunk([]rune(line), 7) {
		term.tmux("send-keys", "-l", string(piece))
	}
	term.tmux("send-keys", "Enter")
}

// shows waits until a terminal has shown all the texts, on the screen or above.
func (c *conversation) shows(term *terminal, texts ...string) {
	c.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		all := term.all()
		missing := slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return strings.Contains(all, text) })
		if len(missing) == 0 {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("never saw %q in\n%s\ncarol was told\n%s", missing, all[max(0, len(all)-4000):], c.echoed)
		}
	}
}

// killServer is kill -9; it returns when everybody has noticed.
func (c *conversation) killServer() {
	c.t.Helper()
	c.server.stop(c.t, syscall.SIGKILL)
	c.ann.see("(offline")
	c.bob.see("(offline")
}

// restartServer starts it on the same address. bob, who has an empty line, makes
// his client connect at once; ann's finds the server by itself.
func (c *conversation) restartServer() {
	c.t.Helper()
	c.server = serve(c.t, c.data, "--config", c.config, "--listen", c.server.Addr)
	c.bob.tmux("send-keys", "Enter")
	for _, term := range []*terminal{c.bob, c.ann} {
		for deadline := time.Now().Add(patience); strings.Contains(term.screen(), "(offline"); time.Sleep(100 * time.Millisecond) {
			if time.Now().After(deadline) {
				c.t.Fatalf("it does not connect again:\n%s", term.screen())
			}
		}
	}
}

// ear is what a program has said.
type ear struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (h *ear) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(p)
}

func (h *ear) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

func (h *ear) await(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(patience); !strings.Contains(h.String(), text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%q is not said; said is\n%s", text, h)
		}
	}
}
