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
	scratch       string
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

// startedConfig lets guests in and slows nobody down; what is said is synced to
// disk as always.
const startedConfig = `
[accounts]
required = false
[rate_limits]
enabled = false
[login_throttling]
enabled = false
[log]
format = "json"
level = "warn"
`

// StartServer runs our own server with a scratch directory below dir; empty: the
// system's for such things. Stop removes it.
func StartServer(ctx context.Context, dir string) (*Child, error) {
	scratch, err := os.MkdirTemp(dir, "greenroom-bench-")
	if err != nil {
		return nil, fmt.Errorf("a scratch directory for the server: %w", err)
	}
	file := filepath.Join(scratch, "greenroom.toml")
	c, err := newChild("serve", "--config", file, "--data", filepath.Join(scratch, "data"),
		"--listen-plain", "127.0.0.1:0", "--listen", "127.0.0.1:0", "--log-level", "info")
	if err == nil {
		c.scratch, c.InMemory = scratch, inMemory(scratch)
		err = os.WriteFile(file, []byte(startedConfig), 0o600)
	}
	if err == nil {
		err = c.start(ctx, nil, c.serverReady)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the server: %w", err), os.RemoveAll(scratch))
	}
	return c, nil
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
	_ = c.stdin.Close() // a relay ends at that
	_ = c.cmd.Process.Signal(unix.SIGTERM)
	kill := time.AfterFunc(endWithin, func() { _ = c.cmd.Process.Kill() })
	defer kill.Stop()
	_ = c.cmd.Wait() // ended by a signal is what it is to be
	if c.scratch == "" {
		return nil
	}
	return os.RemoveAll(c.scratch)
}
