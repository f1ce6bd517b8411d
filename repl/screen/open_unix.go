//go:build unix

package screen

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

const (
	contWait = 500 * time.Millisecond // in a process group that nobody can continue, SIGTSTP does nothing
)

// ErrUnsuitable is returned by Open where only plain lines are possible.
var ErrUnsuitable = errors.New("not a terminal that a line can be edited on")

// real is the terminal that the process was started on. liner gets file descriptors 0 and 1, real keeps copies.
type real struct {
	in, out *os.File
	found   *term.State
	asleep  *os.File // a pipe: a byte in it makes the reader rest,
	wake    *os.File // and its end ends him
	resting chan struct{}
	waking  chan struct{}
	titled  bool
}

// Write writes to the terminal.
func (r *real) Write(p []byte) (int, error) { return r.out.Write(p) }

// Size asks the terminal; 80 by 24 where it does not say.
func (r *real) Size() (cols, rows int) {
	ws, err := unix.IoctlGetWinsize(int(r.out.Fd()), unix.TIOCGWINSZ)
	if err != nil || ws.Col == 0 || ws.Row == 0 {
		return 80, 24
	}
	return int(ws.Col), int(ws.Row)
}

// Suitable tells whether Open can work on this process's standard input and output.
func Suitable() bool {
	switch os.Getenv("TERM") {
	case "", "dumb", "cons25":
		return false
	}
	return term.IsTerminal(unix.Stdin) && term.IsTerminal(unix.Stdout)
}

// Open takes over the terminal on standard input and output, until Close. Once in a process at a time: it exchanges
// file descriptors 0 and 1, which are liner's meanwhile.
func Open() (*Screen, error) {
	if !Suitable() {
		return nil, ErrUnsuitable
	}
	master, slave, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("open a terminal for the line editor: %w", err)
	}
	defer slave.Close()
	if err := pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: innerColumns}); err != nil {
		return nil, fmt.Errorf("size the line editor's terminal: %w", err)
	}
	r, err := takeTerminal(slave)
	if err != nil {
		master.Close()
		return nil, err
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGWINCH, syscall.SIGCONT)
	toLiner := make(chan []byte)
	s := newScreen(r, toLiner, r.pause, func() {
		signal.Stop(signals)
		r.giveBack()
		master.Close()
	})
	s.external = func(text string) (string, error) { return r.edit(s.done, text) }
	s.request(func(c *core) { c.plain = !r.titled })
	s.editor = newEditor()
	go s.watch(r, signals)
	go s.read(r.read, (*core).typed)
	go s.read(master.Read, (*core).fromLiner)
	go s.copy(master, toLiner)
	return s, nil
}

// takeTerminal moves the terminal aside, makes it raw, and puts slave in its place.
func takeTerminal(slave *os.File) (*real, error) {
	in, err := unix.Dup(unix.Stdin)
	if err != nil {
		return nil, fmt.Errorf("keep the terminal: %w", err)
	}
	out, err := unix.Dup(unix.Stdout)
	if err != nil {
		return nil, fmt.Errorf("keep the terminal: %w", err)
	}
	r := &real{
		in: os.NewFile(uintptr(in), "terminal"), out: os.NewFile(uintptr(out), "terminal"),
		resting: make(chan struct{}), waking: make(chan struct{}), titled: os.Getenv("TERM") != "linux",
	}
	if r.asleep, r.wake, err = os.Pipe(); err != nil {
		return nil, fmt.Errorf("make a pipe: %w", err)
	}
	unix.CloseOnExec(in)
	unix.CloseOnExec(out)
	if r.found, err = term.MakeRaw(in); err != nil {
		return nil, fmt.Errorf("make the terminal raw: %w", err)
	}
	if err := errors.Join(unix.SetNonblock(int(slave.Fd()), false), dup2(int(slave.Fd()), unix.Stdin), dup2(int(slave.Fd()), unix.Stdout)); err != nil {
		return nil, errors.Join(fmt.Errorf("put the line editor in place: %w", err), term.Restore(in, r.found))
	}
	_, err = io.WriteString(r, pasteOn+focusOn+r.ifTitled(titlePush))
	return r, err
}

func (r *real) ifTitled(sequence string) string {
	if !r.titled {
		return ""
	}
	return sequence
}

// giveBack undoes takeTerminal. The copies stay open, because the owner may be stuck in a write to one. Descriptor 0
// stays liner's, because liner sets its mode once more when it finds the inner terminal gone.
func (r *real) giveBack() {
	r.wake.Close()
	io.WriteString(r, pasteOff+focusOff+r.ifTitled(titlePop))
	term.Restore(int(r.in.Fd()), r.found)
	dup2(int(r.out.Fd()), unix.Stdout)
}

// read is like in.Read, but ends when the terminal is given back.
func (r *real) read(p []byte) (int, error) {
	fds := []unix.PollFd{{Fd: int32(r.in.Fd()), Events: unix.POLLIN}, {Fd: int32(r.asleep.Fd()), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(fds, -1)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return 0, err
		case fds[1].Revents != 0:
			if n, err := r.asleep.Read(make([]byte, 1)); n == 0 {
				return 0, err
			}
			r.resting <- struct{}{}
			<-r.waking
			continue
		}
		return r.in.Read(p)
	}
}

// pause stops the process group as Ctrl-Z does on a terminal that is not raw.
func (r *real) pause() {
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, syscall.SIGCONT)
	defer signal.Stop(continued)
	io.WriteString(r, pasteOff+focusOff)
	term.Restore(int(r.in.Fd()), r.found)
	syscall.Kill(0, syscall.SIGTSTP)
	select {
	case <-continued:
	case <-time.After(contWait):
	}
	r.raw()
}

func (r *real) raw() {
	term.MakeRaw(int(r.in.Fd()))
	io.WriteString(r, pasteOn+focusOn)
}

// watch asks for a redraw after a change of size, and when the process was stopped by others than us; it ends at Close.
func (s *Screen) watch(r *real, signals <-chan os.Signal) {
	defer s.Recover()
	for {
		select {
		case sig := <-signals:
			s.request(func(c *core) {
				if sig == syscall.SIGCONT && !c.draft.editing {
					r.raw()
				}
				c.dirty = true
			})
		case <-s.done:
			return
		}
	}
}

// read hands what comes from a terminal to the owner; it ends with the terminal, and the screen with it.
func (s *Screen) read(from func([]byte) (int, error), to func(*core, []byte)) {
	defer s.Recover()
	for {
		p := make([]byte, 4096)
		n, err := from(p)
		if n > 0 {
			s.request(func(c *core) { to(c, p[:n]) })
		}
		if err != nil {
			s.Close()
			return
		}
	}
}

// copy types what the owner hands over; it waits for liner, which the owner must not.
func (s *Screen) copy(master io.Writer, keys <-chan []byte) {
	defer s.Recover()
	for {
		select {
		case p := <-keys:
			if _, err := master.Write(p); err != nil {
				return
			}
		case <-s.done:
			return
		}
	}
}
