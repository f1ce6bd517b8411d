package poll

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// eventsAtOnce is how many sockets one call of the kernel tells of.
const eventsAtOnce = 256

// Poller watches connections. It owns a goroutine, which ends with Close.
type Poller struct {
	file  *os.File // the epoll instance
	ended chan struct{}

	mu    sync.Mutex
	slots []slot
	free  []int32
}

// slot is where the kernel's word of an event leads to.
type slot struct {
	generation int32 // tells an event that is late from one of the next user
	wake       func()
}

// watch is the part of a Conn that the poller knows; the number of its slot,
// counted from 1.
type watch struct{ slot atomic.Int32 }

func (w *watch) on() bool { return w.slot.Load() > 0 }

// New makes a poller.
func New() (*Poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make an epoll instance: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil { // so that the runtime waits for it
		_ = unix.Close(fd)
		return nil, fmt.Errorf("make an epoll instance: %w", err)
	}
	p := &Poller{file: os.NewFile(uintptr(fd), "epoll"), ended: make(chan struct{})}
	go p.run()
	return p, nil
}

// Close ends the poller. What it watched is told nothing more.
func (p *Poller) Close() error {
	err := p.file.Close()
	<-p.ended
	return err
}

func (p *Poller) run() {
	defer close(p.ended)
	raw, err := p.file.SyscallConn()
	if err != nil {
		return
	}
	events := make([]unix.EpollEvent, eventsAtOnce)
	for {
		n := 0
		err := raw.Read(func(fd uintptr) bool {
			n, _ = unix.EpollWait(int(fd), events, 0)
			return n > 0
		})
		if err != nil { // closed
			return
		}
		for _, e := range events[:n] {
			if wake := p.find(e); wake != nil {
				wake()
			}
		}
	}
}

func (p *Poller) find(e unix.EpollEvent) func() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := &p.slots[e.Fd]; s.generation == e.Pad {
		return s.wake
	}
	return nil
}

func (p *Poller) add(c *Conn, wake func()) error {
	at, generation := p.take(wake)
	epoll, err := p.file.SyscallConn()
	if err != nil {
		return err
	}
	event := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLET, Fd: at, Pad: generation}
	c.watch.slot.Store(at + 1)
	failed := epoll.Control(func(into uintptr) {
		closed := c.raw.Control(func(fd uintptr) {
			err = unix.EpollCtl(int(into), unix.EPOLL_CTL_ADD, int(fd), &event)
		})
		if err == nil {
			err = closed
		}
	})
	if failed != nil {
		err = failed
	}
	if err != nil {
		p.remove(c)
		return fmt.Errorf("watch a connection: %w", err)
	}
	return nil
}

func (p *Poller) take(wake func()) (at, generation int32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		at, p.free = p.free[n-1], p.free[:n-1]
	} else {
		at, p.slots = int32(len(p.slots)), append(p.slots, slot{})
	}
	p.slots[at].wake = wake
	return at, p.slots[at].generation
}

// remove forgets a connection; the kernel does so when it is closed.
func (p *Poller) remove(c *Conn) {
	at := c.watch.slot.Swap(0) - 1
	if at < 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slots[at] = slot{generation: p.slots[at].generation + 1}
	p.free = append(p.free, at)
}

// read is one read(2) that does not wait.
func (c *Conn) read(fd uintptr) bool {
	for {
		n, err := syscall.Read(int(fd), c.buf)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			c.err = nothing
		case err != nil:
			c.err = os.NewSyscallError("read", err)
		case n == 0 && len(c.buf) > 0:
			c.err = io.EOF
		}
		c.n = max(n, 0)
		return true
	}
}

// write is one write(2) that does not wait.
func (c *Conn) write(fd uintptr) {
	for {
		n, err := syscall.Write(int(fd), c.rest)
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil && err != syscall.EAGAIN:
			c.fail = os.NewSyscallError("write", err)
		}
		c.done = max(n, 0)
		return
	}
}
