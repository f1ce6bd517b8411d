//go:build unix

package repl

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// Golden screens: a script of what others do and of keys that are pressed, and what a terminal of somebody else's
// making shows then, at several sizes. The chat is a process of its own on a pseudo-terminal, with the line editor and
// all; its clock stands still unless the script moves it. testdata/screens/*.script: one step a line,
//
//	says NICK TARGET TEXT      somebody says something; \n in TEXT is a line feed
//	does NICK COMMAND PARAMS   somebody does something else
//	tags NICK TARGET KEY=VALUE with TAGMSG
//	clock HH:MM                of all
//	refuse on, refuse off      of what is said; hangup: of the server, for good
//	keys KEYS                  <Enter>, <Tab>, <C-r>, <M-1>, <Up>, <Left>, <paste TEXT>
//	see TEXT                   waits until it is shown; seewide: unless there are less than 40 columns
//	screen                     is compared with the .txt beside; -update rewrites it
var screenSizes = [][2]int{{80, 24}, {40, 10}, {20, 5}}

func TestScreensShowWhatTheyShould(t *testing.T) {
	scripts, err := filepath.Glob("testdata/screens/*.script")
	if err != nil || len(scripts) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, script := range scripts {
		name := strings.TrimSuffix(script, ".script")
		for _, size := range screenSizes {
			t.Run(fmt.Sprintf("%s-%dx%d", filepath.Base(name), size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				playScreens(t, script, fmt.Sprintf("%s-%dx%d.txt", name, size[0], size[1]), size[0], size[1])
			})
		}
	}
}

func playScreens(t *testing.T, script, file string, cols, rows int) {
	steps, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	want := strings.Split(string(text), screenEnd)
	c := openChatOnVT(t, cols, rows)
	var got strings.Builder
	n := 0
	for line := range strings.Lines(string(steps)) {
		line = strings.TrimSuffix(line, "\n")
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "", "#":
		case "keys":
			c.press(rest)
		case "see", "seewide":
			if word == "seewide" && cols < 40 {
				continue
			}
			c.until(func(shown string) bool {
				return strings.Contains(flat(c.gone()+shown[strings.Index(shown, "\n"):]), flat(rest))
			}, rest)
		case "screen":
			if *update {
				time.Sleep(500 * time.Millisecond)
				got.WriteString(c.shown() + screenEnd)
			} else if n >= len(want)-1 {
				t.Fatalf("%s has no screen %d", file, n+1)
			} else {
				c.until(func(shown string) bool { return shown == want[n] }, fmt.Sprintf("screen %d of %s:\n%s", n+1, file, want[n]))
			}
			n++
		default:
			fmt.Fprintln(c.stage, line)
			if _, err := c.done.ReadString('\n'); err != nil {
				t.Fatal("the chat has ended: ", err)
			}
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

const screenEnd = "════\n"

// flat undoes wrapping.
func flat(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "█", "")), "")
}

// chatOnVT is a chat in a process of its own, and the terminal that it is on.
type chatOnVT struct {
	t     *testing.T
	pty   *os.File
	stage *os.File      // what its server is told
	done  *bufio.Reader // a line for each, when it is done

	mu    sync.Mutex
	vt    *vt.Emulator
	title string
}

func openChatOnVT(t *testing.T, cols, rows int) *chatOnVT {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	told, stage, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	done, saysDone, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)}); err != nil {
		t.Fatal(err)
	}
	c := &chatOnVT{t: t, pty: master, stage: stage, done: bufio.NewReader(done), vt: vt.NewEmulator(cols, rows)}
	c.vt.SetCallbacks(vt.Callbacks{Title: func(title string) { c.title = title }})
	c.vt.WriteString("\x1b[?2027h") // clusters of emoji are one character
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"=screens", "TERM=xterm-256color", "VISUAL=", "EDITOR=", "NO_COLOR=",
		PasswordVariable+"="+password, "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = slave, slave, slave, []*os.File{told, saysDone}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	told.Close()
	saysDone.Close()
	t.Cleanup(func() {
		defer done.Close()
		stage.Close() // and so it ends
		cmd.Wait()
		master.Close()
	})
	go c.watch() // ends with the terminal
	return c
}

func (c *chatOnVT) watch() {
	p := make([]byte, 4096)
	for {
		n, err := c.pty.Read(p)
		if err != nil {
			return
		}
		c.mu.Lock()
		c.vt.Write(p[:n])
		c.mu.Unlock()
	}
}

// shown is the title, the rows of the screen, and where the cursor is.
func (c *chatOnVT) shown() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "[%s]\n", c.title)
	at := c.vt.CursorPosition()
	for y := range c.vt.Height() {
		var row strings.Builder
		for x := range c.vt.Width() {
			if x == at.X && y == at.Y {
				row.WriteString("█")
			}
			if cell := c.vt.CellAt(x, y); cell != nil {
				row.WriteString(cell.Content)
			}
		}
		b.WriteString(strings.TrimRight(row.String(), " ") + "\n")
	}
	return b.String()
}

// gone is what has left the screen at its top.
func (c *chatOnVT) gone() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	for y := range c.vt.ScrollbackLen() {
		for x := range c.vt.Width() {
			if cell := c.vt.ScrollbackCellAt(x, y); cell != nil {
				b.WriteString(cell.Content)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// until waits for a screen.
func (c *chatOnVT) until(ok func(shown string) bool, what string) {
	c.t.Helper()
	late := time.After(30 * time.Second)
	for {
		shown := c.shown()
		if ok(shown) {
			return
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-late:
			c.t.Fatalf("never seen: %s\nshown is\n%s", what, shown)
		}
	}
}

// press types keys one by one.
func (c *chatOnVT) press(keys string) {
	for keys != "" {
		key := keys[:1]
		if name, rest, ok := strings.Cut(strings.TrimPrefix(keys, "<"), ">"); ok && keys[0] == '<' {
			key, keys = keyOf(name), rest
		} else {
			keys = keys[1:]
		}
		c.pty.WriteString(key)
	}
}

func keyOf(name string) string {
	if text, ok := strings.CutPrefix(name, "paste "); ok {
		return "\x1b[200~" + strings.ReplaceAll(text, `\n`, "\n") + "\x1b[201~"
	}
	named := map[string]string{"Enter": "\r", "Tab": "\t", "Up": "\x1b[A", "Down": "\x1b[B", "Right": "\x1b[C", "Left": "\x1b[D"}
	if key, ok := named[name]; ok {
		return key
	}
	if alt, ok := strings.CutPrefix(name, "M-"); ok {
		return "\x1b" + alt
	}
	if ctrl, ok := strings.CutPrefix(name, "C-"); ok {
		return string(ctrl[0] & 0x1f)
	}
	panic("no such key: " + name)
}

// playedChat is the child: a chat on a stage that is told what to do on descriptor 3, and says on 4 when it is done. It ends with that.
func playedChat(s *stage) int {
	modern(s)
	var mu sync.Mutex
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	s.clock = clock
	ctx, end := context.WithCancel(context.Background())
	s.topics["#ops"] = "who is on duty"
	s.says("bob", "#ops", "said before")
	go func() {
		defer end()
		in, done := bufio.NewScanner(os.NewFile(3, "stage")), os.NewFile(4, "done")
		for ; in.Scan(); fmt.Fprintln(done) {
			word, rest, _ := strings.Cut(in.Text(), " ")
			if word == "clock" {
				at, _ := time.Parse("2006-01-02 15:04", rest)
				mu.Lock()
				now = at
				mu.Unlock()
				continue
			}
			s.play(word, rest)
		}
	}()
	return Chat(ctx, Options{User: "ann", Rooms: []string{"#ops", "#dev"}, Plaintext: true, dial: s.dial, now: clock, zone: time.UTC})
}

func (s *stage) play(word, rest string) {
	rest = strings.ReplaceAll(rest, `\n`, "\n")
	if quoted, err := json.Marshal(rest); err == nil && strings.Contains(rest, `\u`) {
		json.Unmarshal([]byte(strings.ReplaceAll(string(quoted), `\\u`, `\u`)), &rest)
	}
	words := strings.SplitN(rest, " ", 3)
	switch word {
	case "says":
		s.says(words[0], words[1], words[2])
	case "does":
		s.does(words[0], words[1], strings.Split(words[2], " ")...)
	case "tags":
		var tags []irc.Tag
		for pair := range strings.FieldsSeq(words[2]) {
			key, value, _ := strings.Cut(pair, "=")
			tags = append(tags, irc.Tag{Key: key, Value: value})
		}
		s.tags(words[0], words[1], tags...)
	case "refuse":
		s.pull(func() {
			s.refuse = nil
			if rest == "on" {
				s.refuse = func(irc.Message) string { return "CANNOT_SEND" }
			}
		})
	case "hangup":
		s.pull(func() { s.down = true })
		s.hangUp()
	default:
		panic("no such step: " + word)
	}
}
