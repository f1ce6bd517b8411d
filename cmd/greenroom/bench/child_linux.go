package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Child is a server that the bench has started: it listens on loopback, and ends
// with the bench whatever happens.
type Child struct {
	Addr, TLSAddr string
	PID           int
	InMemory      bool // its data are on no disk, so that a sync costs nothing
	cmd           *exec.Cmd
	stdin         io.Closer
	scratch       string // of a server
	kill          bool   // end it by SIGKILL
}

// Setup says what a server that the bench starts is like.
type Setup struct {
	Dir         string // where its scratch directory is made; empty: the system's for such things
	Connections int    // 0: as many as a server has that is told nothing
	// Accounts demands one of everybody. Passwords are hashed cheaply: what an
	// honest hash takes is known, and no part of what is measured.
	Accounts bool
	Kill     bool // Again ends it by SIGKILL
}

// How long a child may take to be ready, and to end.
const (
	readyWithin = 30 * time.Second
	endWithin   = 10 * time.Second
)

// startRelay runs the limit as a process of its own, so that its CPU can be told
// from the load's.
func startRelay(ctx context.Context, mode RelayMode) (*Child, error) {
	c, err := newChild("bench", "relay", string(mode))
	if err != nil {
		return nil, err
	}
	err = c.start(ctx, os.Stderr, func(line string) bool {
		addr, ok := strings.CutPrefix(strings.TrimSpace(line), "listening ")
		c.Addr = addr
		return ok
	})
	if err != nil {
		return nil, fmt.Errorf("start the relay of --limit %s: %w", mode, err)
	}
	return c, nil
}

// startedConfig slows nobody down; what is said is synced to disk as always.
const startedConfig = `
[accounts]
required = %t
password_hash = "%s"
[limits]
connections = %d
[rate_limits]
enabled = false
[login_throttling]
enabled = false
[log]
format = "json"
level = "warn"
`

func (s Setup) config() []byte {
	hash := "strong"
	if s.Accounts {
		hash = "test"
	}
	return fmt.Appendf(nil, startedConfig, s.Accounts, hash, s.Connections)
}

// StartServer runs our own server with a scratch directory, which Stop removes.
func StartServer(ctx context.Context, s Setup) (*Child, error) {
	scratch, err := os.MkdirTemp(s.Dir, "greenroom-bench-")
	if err != nil {
		return nil, fmt.Errorf("a scratch directory for the server: %w", err)
	}
	c, err := newServer(scratch, "127.0.0.1:0", "127.0.0.1:0")
	if err == nil {
		err = os.WriteFile(filepath.Join(scratch, configFile), s.config(), 0o600)
	}
	if err == nil {
		c.kill = s.Kill
		err = c.start(ctx, nil, c.serverReady)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the server: %w", err), os.RemoveAll(scratch))
	}
	return c, nil
}

// configFile is in the scratch directory of a server.
const configFile = "greenroom.toml"

func newServer(scratch, secure, plain string) (*Child, error) {
	c, err := newChild("serve", "--web", "off", "--config", filepath.Join(scratch, configFile), "--data", filepath.Join(scratch, "data"),
		"--listen-plain", plain, "--listen", secure, "--log-level", "info")
	if err != nil {
		return nil, err
	}
	c.scratch, c.InMemory = scratch, inMemory(scratch)
	return c, nil
}

// Again ends a server and starts it at the same addresses with what it has
// stored.
func (c *Child) Again(ctx context.Context) (pid int, err error) {
	next, err := newServer(c.scratch, c.TLSAddr, c.Addr)
	if err != nil {
		return 0, err
	}
	c.end()
	if err := next.start(ctx, nil, next.serverReady); err != nil {
		return 0, err
	}
	c.cmd, c.stdin, c.PID = next.cmd, next.stdin, next.PID
	return c.PID, nil
}

func inMemory(dir string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(dir, &fs) == nil && fs.Type == unix.TMPFS_MAGIC
}

// serverReady reads a line of our log.
func (c *Child) serverReady(line string) bool {
	var entry struct {
		Message string
		Listen  []string
	}
	if json.Unmarshal([]byte(line), &entry) != nil || entry.Message != "ready" || len(entry.Listen) < 2 {
		return false
	}
	c.TLSAddr, c.Addr = entry.Listen[0], entry.Listen[1]
	return true
}

func newChild(args ...string) (*Child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the program itself: %w", err)
	}
	cmd := exec.Command(self, args...)
	// Nothing from the environment changes what is measured.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GREENROOM_") })
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	return &Child{cmd: cmd}, nil
}

// start waits for the line that says ready, on standard output where logs go to
// errs, else on standard error.
func (c *Child) start(ctx context.Context, errs io.Writer, ready func(line string) bool) error {
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		return err
	}
	c.stdin = stdin
	pipe := c.cmd.StdoutPipe
	if c.cmd.Stderr = errs; errs == nil {
		pipe = c.cmd.StderrPipe
	}
	out, err := pipe()
	if err != nil {
		return err
	}
	if err := c.cmd.Start(); err != nil {
		return err
	}
	c.PID = c.cmd.Process.Pid
	said := make(chan error, 1)
	go follow(out, ready, said) // ends with the child
	select {
	case err = <-said:
	case <-time.After(readyWithin):
		err = fmt.Errorf("not ready within %v", readyWithin)
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err != nil {
		return errors.Join(err, c.Stop())
	}
	return nil
}

// follow tells once whether the child is ready; what it says afterwards is not
// kept.
func follow(out io.Reader, ready func(string) bool, said chan<- error) {
	lines := bufio.NewScanner(out)
	var before string
	for lines.Scan() {
		if ready(lines.Text()) {
			said <- nil
			_, _ = io.Copy(io.Discard, out)
			return
		}
		before = lines.Text()
	}
	said <- fmt.Errorf("it ended before it was ready: %s", before)
}

// Stop ends the child and removes its scratch directory.
func (c *Child) Stop() error {
	c.end()
	if c.scratch == "" {
		return nil
	}
	return os.RemoveAll(c.scratch)
}

func (c *Child) end() {
	_ = c.stdin.Close() // a relay ends at that
	patience, last := endWithin, unix.SIGTERM
	if c.kill {
		patience, last = 0, unix.SIGKILL
	}
	_ = c.cmd.Process.Signal(last)
	kill := time.AfterFunc(patience, func() { _ = c.cmd.Process.Kill() })
	defer kill.Stop()
	_ = c.cmd.Wait() // ended by a signal is what it is to be
}
