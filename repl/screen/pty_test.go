//go:build unix

package screen

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

const childEnv = "GREENROOM_SCREEN_CHILD"

// The tests below run this binary once more, on a pseudo-terminal, as the program that the variable names.
func TestMain(m *testing.M) {
	switch os.Getenv(childEnv) {
	case "":
		os.Exit(m.Run())
	case "chat":
		childChat()
	case "edit":
		s, err := Open()
		if err != nil {
			panic(err)
		}
		s.Edit("text")
		for !Editing() {
			time.Sleep(time.Millisecond)
		}
		s.Close()
	case "panic":
		s, _ := Open()
		go func() {
			defer s.Recover()
			panic("on purpose")
		}()
		s.ReadLine("")
	case "panic owner":
		s, _ := Open()
		s.request(func(*core) { panic("on purpose") })
		s.ReadLine("")
	case "panic liner":
		s, _ := Open()
		s.Complete(func(string, int) (string, []string, string) { panic("on purpose") })
		s.SetPrompt("prompt> ")
		s.ReadLine("")
	case "closed":
		s, err := Open()
		if err != nil {
			panic(err)
		}
		s.SetPrompt("prompt> ")
		s.ReadLine("")
		s.Close()
		s.Close()
		s.Print("too late")
		fmt.Println("after close")
	}
}

// childChat echoes lines while messages arrive, and asks for a secret at /secret.
func childChat() {
	s, err := Open()
	if err != nil {
		panic(err)
	}
	defer s.Close()
	s.SetPrompt("\x1b[1m#ops\x1b[m> ")
	s.Complete(func(line string, pos int) (string, []string, string) {
		return "", []string{"alice: ", "albert: "}, ""
	})
	go func() {
		defer s.Recover()
		for i := range 200 {
			s.Print(fmt.Sprintf("12:00 bob  message %d.", i))
			time.Sleep(2 * time.Millisecond)
		}
	}()
	for {
		line, err := s.ReadLine("")
		if errors.Is(err, io.EOF) {
			return
		}
		if line == "/secret" {
			secret, _ := s.AskSecret("password: ")
			line = fmt.Sprint(len(secret), " characters")
		}
		s.Remember(line)
		s.Print("12:00 me   [" + line + "]")
	}
}

// onTerminal is a child on a pseudo-terminal that an emulator shows.
type onTerminal struct {
	t       *testing.T
	vt      *vt
	pty     *os.File
	cmd     *exec.Cmd
	out     chan []byte
	before  *term.State
	slaveFd int
}

func start(t *testing.T, program string, cols, rows int) *onTerminal {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close(); slave.Close() })
	pty.Setsize(master, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)})
	c := &onTerminal{t: t, vt: newVT(t, cols, rows), pty: master, out: make(chan []byte, 100), slaveFd: int(slave.Fd())}
	c.before, err = term.GetState(c.slaveFd)
	if err != nil {
		t.Fatal(err)
	}
	c.cmd = exec.Command(os.Args[0])
	c.cmd.Env = append(os.Environ(), childEnv+"="+program, "TERM=xterm-256color")
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = slave, slave, slave
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.cmd.Process.Kill() })
	go func() {
		for {
			p := make([]byte, 4096)
			n, err := master.Read(p)
			if err != nil {
				close(c.out)
				return
			}
			c.out <- p[:n]
		}
	}()
	return c
}

func (c *onTerminal) typeKeys(keys string) {
	for _, b := range []byte(keys) {
		c.pty.Write([]byte{b})
		select { // the screen goes on meanwhile
		case p := <-c.out:
			c.vt.Write(p)
		case <-time.After(time.Millisecond):
		}
	}
}

func (c *onTerminal) until(what string, ok func(string) bool) {
	c.t.Helper()
	late := time.After(20 * time.Second)
	for !ok(c.vt.logical()) {
		select {
		case p := <-c.out:
			c.vt.Write(p)
		case <-late:
			c.t.Fatalf("%s: never seen; the screen is\n%s", what, c.vt.text())
		}
	}
}

func (c *onTerminal) untilText(s string) {
	c.t.Helper()
	c.until(s, func(text string) bool { return strings.Contains(flat(text), s) })
}

// settle waits until the child is silent: what it draws for one size must not be shown at the next.
func (c *onTerminal) settle() {
	for {
		select {
		case p := <-c.out:
			c.vt.Write(p)
		case <-time.After(100 * time.Millisecond):
			return
		}
	}
}

// flat undoes wrapping.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") + " " }

func (c *onTerminal) wait() error {
	c.t.Helper()
	exited := make(chan error, 1)
	go func() { exited <- c.cmd.Wait() }()
	for {
		select {
		case p := <-c.out:
			c.vt.Write(p)
		case err := <-exited:
			after, stateErr := term.GetState(c.slaveFd)
			if stateErr != nil || fmt.Sprint(*after) != fmt.Sprint(*c.before) {
				c.t.Errorf("the terminal is not as it was found (%v)", stateErr)
			}
			for {
				select {
				case p := <-c.out:
					c.vt.Write(p)
				case <-time.After(50 * time.Millisecond):
					return err
				}
			}
		case <-time.After(20 * time.Second):
			c.t.Fatalf("the child does not end; the screen is\n%s", c.vt.text())
		}
	}
}

func TestTypingWhileMessagesArriveGarblesAndLosesNothing(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {40, 10}, {20, 5}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			c := start(t, "chat", size[0], size[1])
			c.untilText("#ops> ")
			typed := []string{"hello", "世界 is wide", "a line that is longer than the terminal is wide, in any case"}
			for _, line := range typed {
				c.typeKeys(line[:4] + line[4:])
				c.typeKeys("xy\x7f\x7f\x1b[D\x1b[C") // two away again, left, right
				c.typeKeys("\r")
			}
			c.typeKeys("/secret\r")
			c.untilText("password: ")
			c.typeKeys("hunter2\r")
			c.untilText("[7 characters]")
			c.typeKeys("al\t\t")
			c.untilText("> albert: ")
			c.typeKeys("\r")
			c.typeKeys("\x1b[A\x1b[A\x1b[A")
			c.untilText("message 199.")
			c.typeKeys("\x15\x04")
			if err := c.wait(); err != nil {
				t.Error("the child ended with", err)
			}
			flat := flat(c.vt.logical())
			for i := range 200 {
				if n := strings.Count(flat, fmt.Sprintf("message %d.", i)); n != 1 {
					t.Errorf("message %d is there %d times", i, n)
				}
			}
			for _, line := range typed {
				if n := strings.Count(flat, "["+line+"]"); n != 1 {
					t.Errorf("%q is there %d times", line, n)
				}
			}
			if strings.Contains(flat, "hunter2") {
				t.Error("the secret is on the screen")
			}
			if t.Failed() {
				t.Log(c.vt.text())
			}
		})
	}
}

func TestTheLineBeingEditedFollowsAResize(t *testing.T) {
	t.Parallel()
	c := start(t, "chat", 80, 24)
	c.untilText("message 199.")
	line := "this line is longer than forty columns, so that it takes two rows or more"
	c.typeKeys(line)
	for _, size := range [][2]int{{40, 10}, {20, 8}, {100, 30}, {76, 24}} {
		c.untilText("> " + line)
		c.vt.resize(size[0], size[1])
		pty.Setsize(c.pty, &pty.Winsize{Cols: uint16(size[0]), Rows: uint16(size[1])})
		c.settle()
	}
	c.typeKeys("\r")
	c.untilText("[" + line + "]")
	c.typeKeys("\x04")
	c.wait()
	for i := range 200 {
		if n := strings.Count(c.vt.text(), fmt.Sprintf("message %d.", i)); n != 1 {
			t.Errorf("message %d is there %d times", i, n)
		}
	}
}

func TestAPanicInAnyGoroutineRestoresTheTerminal(t *testing.T) {
	for _, program := range []string{"panic", "panic owner", "panic liner"} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			c := start(t, program, 80, 24)
			c.vt.tabs = true // in the stack
			if program == "panic liner" {
				c.untilText("prompt> ")
				c.typeKeys("\t")
			}
			c.untilText("on purpose")
			if err := c.wait(); err == nil {
				t.Error("the panic was swallowed")
			}
		})
	}
}

func TestCloseMayRunTwiceAndThePromptIsGone(t *testing.T) {
	t.Parallel()
	c := start(t, "closed", 80, 24)
	c.untilText("prompt> ")
	c.typeKeys("x\r")
	if err := c.wait(); err != nil {
		t.Error(err)
	}
	wantScreen(t, c.vt, "\nafter close\n█\n")
}

func TestCtrlZWhereNobodyCanContinueUsComesBackAlone(t *testing.T) {
	t.Parallel()
	c := start(t, "chat", 80, 24) // a session of its own: an orphaned process group, which SIGTSTP does not stop
	c.untilText("#ops> ")
	c.typeKeys("before\x1a")
	c.untilText("message 199.")
	c.typeKeys(" after\r")
	c.untilText("[before after]")
	c.typeKeys("\x04")
	c.wait()
}

func TestADraftGoesThroughTheUsersEditor(t *testing.T) {
	script := filepath.Join(t.TempDir(), "editor")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nstty -a <&0 | grep -q ' icanon' || exit 3\nread key\nsed -i \"s/two/$key/\" \"$1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("EDITOR", script)
	t.Setenv("VISUAL", "")
	c := start(t, "chat", 80, 24)
	c.untilText("message 199. #ops> ")
	c.typeKeys(pasteBegin + "one\ntwo\nthree" + pasteEnd)
	c.untilText("send 3 lines? [y/n/e]")
	c.typeKeys("e")
	c.until("the editor has the terminal", func(text string) bool { return !strings.Contains(text, "[y/n/e]") })
	c.settle()
	c.typeKeys("zwei\n") // for the editor, and for nobody else
	c.untilText("one zwei three send 3 lines? [y/n/e]")
	c.typeKeys("y")
	c.untilText("12:00 me [one zwei three] #ops> ")
	c.typeKeys("typed\r\x04")
	c.untilText("[typed]")
	if err := c.wait(); err != nil {
		t.Error(err)
	}
}

func TestTheEndOfTheScreenEndsTheEditor(t *testing.T) {
	t.Setenv("VISUAL", "sleep 60 #")
	c := start(t, "edit", 80, 24)
	if err := c.wait(); err != nil {
		t.Error(err)
	}
}
