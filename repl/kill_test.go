//go:build unix

package repl

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// killWait is for whatever a test waits for; a busy machine takes its time.
const killWait = 60 * time.Second

// door lets children in to a stage.
type door struct {
	*stage
	addr string
}

func opens(t *testing.T) *door {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &door{newStage(t), l.Addr().String()}
	d.accounts["ann"] = password
	t.Cleanup(func() { l.Close(); d.hangUp() })
	go func() { // ends with l
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			d.pull(func() {
				if d.down {
					conn.Close()
					return
				}
				c := &stageConn{s: d.stage, conn: conn}
				d.conns = append(d.conns, c)
				go c.serve()
			})
		}
	}()
	return d
}

// ann is a child on a terminal, whose directories outlive it.
type ann struct {
	*testing.T
	cmd    *exec.Cmd
	master *os.File
	ended  chan struct{}

	mu   sync.Mutex
	seen bytes.Buffer
}

func (d *door) ann(t *testing.T, dir string) *ann {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	a := &ann{T: t, cmd: exec.Command(os.Args[0]), master: master, ended: make(chan struct{})}
	a.cmd.Env = append(os.Environ(), childEnv+"=connect "+d.addr, "TERM=xterm-256color", PasswordVariable+"="+password, "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	a.cmd.Stdin, a.cmd.Stdout, a.cmd.Stderr = slave, slave, slave
	a.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.kill(); master.Close() })
	go func() { // ends with the child, when all it has shown is read
		defer close(a.ended)
		io.Copy(a, master)
	}()
	return a
}

// Write takes what the child shows.
func (a *ann) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.seen.Write(p)
}

func (a *ann) shown() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.seen.String()
}

func (a *ann) sees(text string) {
	a.Helper()
	for deadline := time.Now().Add(killWait); !strings.Contains(a.shown(), text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			a.Fatalf("%q is not shown; shown is\n%q", text, a.shown())
		}
	}
}

// kill is kill -9.
func (a *ann) kill() {
	if a.cmd.ProcessState == nil {
		a.cmd.Process.Kill()
		a.cmd.Wait()
		<-a.ended
	}
}

func (a *ann) types(line string) { a.master.WriteString(line + "\r") }

// stored waits until the last of the lines is, and gives the whole room.
func (d *door) stored(t *testing.T, last string) []string {
	t.Helper()
	for deadline := time.Now().Add(killWait); ; time.Sleep(5 * time.Millisecond) {
		var list []string
		d.pull(func() { list = texts(d.logs["#ops"]) })
		if slices.Contains(list, last) {
			return list
		}
		if time.Now().After(deadline) {
			t.Fatalf("%q is not stored; stored is %q", last, list)
		}
	}
}

func TestKillingTheClientLosesNoLineThatWasTypedOffline(t *testing.T) {
	d, dir := opens(t), t.TempDir()
	a := d.ann(t, dir)
	a.sees("Here with you")
	d.pull(func() { d.down = true })
	d.hangUp()
	a.sees("The connection is lost")
	var want []string
	for i := range 20 {
		want = append(want, fmt.Sprintf("typed offline, line %d.", i))
		a.types(want[i])
	}
	a.sees("… " + want[19])
	a.kill()
	files, err := filepath.Glob(filepath.Join(dir, "greenroom", "outbox-*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("left behind are %q, %v", files, err)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info.Mode(), err)
	}

	d.pull(func() { d.down = false })
	b := d.ann(t, dir)
	b.sees("20 lines of an earlier start")
	if got := d.stored(t, want[19]); !slices.Equal(got, want) {
		t.Errorf("stored is %q", got)
	}
	b.sees("ann\x1b[m  " + want[19])
	for _, line := range want {
		if n := strings.Count(b.shown(), "ann\x1b[m  "+line); n != 1 {
			t.Errorf("%q is shown %d times", line, n)
		}
	}
}

// Whatever the instant: what the screen has shown as waiting, or as said, is stored once.
func TestKillingTheClientAtAnyInstantLosesAndDoublesNoLineThatItHasShown(t *testing.T) {
	d, dir := opens(t), t.TempDir()
	var shown []string
	for round := range 6 {
		a := d.ann(t, dir)
		a.sees("Here with you")
		var typed []string
		deadline := time.Now().Add(time.Duration(20+rand.IntN(150)) * time.Millisecond)
		for i := 0; time.Now().Before(deadline); i++ {
			line := fmt.Sprintf("round %d, line %d.", round, i)
			typed = append(typed, line)
			a.types(line)
			time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
		}
		a.kill()
		for _, line := range typed {
			if strings.Contains(a.shown(), "… "+line) || strings.Contains(a.shown(), "ann\x1b[m  "+line) {
				shown = append(shown, line)
			}
		}
	}
	a := d.ann(t, dir)
	a.sees("Here with you")
	a.types("the end")
	got := d.stored(t, "the end")
	for _, line := range shown {
		if !slices.Contains(got, line) {
			t.Errorf("%q was shown and is lost", line)
		}
	}
	if once := slices.Compact(slices.Sorted(slices.Values(got))); len(once) != len(got) {
		t.Errorf("of %d lines some are there twice:\n%q", len(got), got)
	}
	t.Logf("%d lines were shown", len(shown))
}
