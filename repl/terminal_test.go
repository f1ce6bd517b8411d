//go:build unix

package repl

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"

	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/net/irc"
)

const childEnv = "GREENROOM_REPL_CHILD"

// TestMain runs this binary once more as a chat on a terminal, with a stage of its own, for the tests below.
func TestMain(m *testing.M) {
	how := os.Getenv(childEnv)
	if how == "" {
		os.Exit(m.Run())
	}
	if addr, ok := strings.CutPrefix(how, "connect "); ok {
		os.Exit(Chat(context.Background(), Options{Addr: addr, User: "ann", Rooms: []string{"#ops"}, Plaintext: true}))
	}
	s := newStage(&testing.T{})
	s.accounts["ann"] = password
	if how == "screens" {
		os.Exit(playedChat(s))
	}
	if how == "register" {
		os.Exit(Register(context.Background(), Options{User: "carol", Plaintext: true, dial: s.dial}))
	}
	o := Options{User: "ann", Rooms: []string{"#ops"}, Plaintext: true, dial: s.dial, now: time.Now}
	faulty(&o, s, how)
	go func() {
		for i := 0; ; i++ {
			s.says("bob", "#ops", fmt.Sprintf("message %d.", i))
			time.Sleep(5 * time.Millisecond)
		}
	}()
	os.Exit(Chat(context.Background(), o))
}

// faulty makes one of the goroutines panic, when the test sends SIGUSR1.
func faulty(o *Options, s *stage, how string) {
	where, ok := strings.CutPrefix(how, "panic ")
	if !ok {
		return
	}
	var armed atomic.Bool
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	go func() { // ends with the process
		<-signals
		armed.Store(true)
		if where == "aside" {
			s.hangUp()
		}
	}()
	fault := func(place string) {
		if place == where && armed.Load() {
			panic("on purpose")
		}
	}
	dial := o.dial
	o.dial = func(ctx context.Context, login client.Options) (*client.Client, error) {
		fault("aside")
		login.Watch = func(irc.Message) { fault("client") }
		return dial(ctx, login)
	}
	o.now = func() time.Time {
		fault("loop")
		return time.Now()
	}
}

// onTerminal starts a child and reads until it shows something.
func onTerminal(t *testing.T, how, until string) (cmd *exec.Cmd, master *os.File, seen *bytes.Buffer, restored func() bool) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close(); slave.Close() })
	before, err := term.GetState(int(slave.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(os.Args[0])
	dir := t.TempDir()
	env := password
	if how == "ask" || how == "register" {
		env = ""
	}
	cmd.Env = append(os.Environ(), childEnv+"="+how, "TERM=xterm-256color", PasswordVariable+"="+env, "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	seen = &bytes.Buffer{}
	readUntil(t, master, seen, until)
	return cmd, master, seen, func() bool {
		after, err := term.GetState(int(slave.Fd()))
		return err == nil && fmt.Sprint(*after) == fmt.Sprint(*before)
	}
}

// readUntil has no deadline of the file, which a terminal does not know.
func readUntil(t *testing.T, master *os.File, seen *bytes.Buffer, until string) {
	t.Helper()
	type piece struct {
		text []byte
		err  error
	}
	late := time.After(killWait)
	for !strings.Contains(seen.String(), until) {
		got := make(chan piece, 1)
		go func() { // ends with what is read, or with the terminal
			p := make([]byte, 4096)
			n, err := master.Read(p)
			got <- piece{p[:n], err}
		}()
		select {
		case p := <-got:
			if p.err != nil {
				t.Fatalf("%q is not shown: %v; shown is\n%q", until, p.err, seen)
			}
			seen.Write(p.text)
		case <-late:
			t.Fatalf("%q is not shown; shown is\n%q", until, seen)
		}
	}
}

func TestATypedLineGoesOutWholeWhileMessagesArrive(t *testing.T) {
	cmd, master, seen, restored := onTerminal(t, "chat", "message 3.")
	for _, b := range []byte("hello 世界 and the rest") {
		master.Write([]byte{b})
		time.Sleep(3 * time.Millisecond) // as a person types, and the messages with it
	}
	master.WriteString("\r")
	readUntil(t, master, seen, "\x1b[1mann\x1b[m  hello 世界 and the rest\r\n")
	master.WriteString("/quit\r")
	go io.Copy(io.Discard, master) // ends with the terminal
	if err := cmd.Wait(); err != nil || !restored() {
		t.Errorf("it ends with %v, and the terminal is restored: %v", err, restored())
	}
}

func TestTheTerminalIsRestoredWhateverEndsTheChat(t *testing.T) {
	for _, c := range []struct {
		how    string
		signal os.Signal
		code   int
	}{
		{"chat", syscall.SIGTERM, 143}, {"chat", syscall.SIGHUP, 129}, {"chat", syscall.SIGINT, 130},
		{"panic loop", syscall.SIGUSR1, 2}, {"panic aside", syscall.SIGUSR1, 2}, {"panic client", syscall.SIGUSR1, 2},
	} {
		t.Run(fmt.Sprint(c.how, c.code), func(t *testing.T) {
			t.Parallel()
			cmd, master, _, restored := onTerminal(t, c.how, "message 3.")
			go io.Copy(io.Discard, master) // ends with the terminal
			cmd.Process.Signal(c.signal)
			waitFor(t, cmd)
			if code := cmd.ProcessState.ExitCode(); code != c.code || !restored() {
				t.Errorf("exit code %d, and the terminal is restored: %v", code, restored())
			}
		})
	}
}

func TestASignalEndsTheProgramAtItsFirstQuestions(t *testing.T) {
	for _, c := range []struct {
		how, until string
		signal     syscall.Signal
	}{
		{"ask", "Password of ann", syscall.SIGTERM}, {"ask", "Password of ann", syscall.SIGHUP}, {"ask", "Password of ann", syscall.SIGINT},
		{"register", "A password for", syscall.SIGTERM}, {"register", "A password for", syscall.SIGINT},
	} {
		t.Run(fmt.Sprint(c.how, int(c.signal)), func(t *testing.T) {
			t.Parallel()
			cmd, master, _, restored := onTerminal(t, c.how, c.until)
			go io.Copy(io.Discard, master) // ends with the terminal
			cmd.Process.Signal(c.signal)
			waitFor(t, cmd)
			if code := cmd.ProcessState.ExitCode(); code != 128+int(c.signal) || !restored() {
				t.Errorf("exit code %d, and the terminal is restored: %v", code, restored())
			}
		})
	}
}

func TestCtrlCEndsTheProgramAtItsFirstQuestions(t *testing.T) {
	for how, code := range map[string]int{"ask": 1, "register": 130} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			cmd, master, _, restored := onTerminal(t, how, "assword")
			for late := time.Now().Add(killWait); restored(); time.Sleep(time.Millisecond) {
				if time.Now().After(late) {
					t.Fatal("the question is shown, and nobody reads the answer")
				}
			}
			go io.Copy(io.Discard, master) // ends with the terminal
			master.Write([]byte{3})
			waitFor(t, cmd)
			if got := cmd.ProcessState.ExitCode(); got != code || !restored() {
				t.Errorf("exit code %d, and the terminal is restored: %v", got, restored())
			}
		})
	}
}

func waitFor(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(killWait):
		t.Fatal("it does not end")
	}
}
