package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// crowd is many connections that one thread reads and writes: whoever calls
// until. It owns its sockets and gives them back in leave.
type crowd struct {
	login   login
	dialer  *dialer
	tag     tag
	began   time.Time
	epoll   int
	timer   int // wakes the loop for the next message of an open loop
	wake    int // wakes the loop for a new connection
	armed   bool
	arrived chan arrival
	members []*member // by number; nil: not connected yet
	byFD    []int     // numbers of members
	events  []unix.EpollEvent
	buf     []byte

	lines      int64 // all that was read
	registered int
	inside     int
	home       bool          // everybody is brought into their room by the server
	last       time.Duration // when something was read last
	idle       time.Duration // for how long until has heard nothing
	err        error         // the first thing that went wrong

	load     *load // nil: no messages are sent yet
	progress func()
}

// member is one connection.
type member struct {
	*socket
	rest  []byte // a line that has not ended yet
	state state
	known int // names and joins that it has been told
	out   bool
}

// arrival is a connection that stands, or why it does not.
type arrival struct {
	number int
	*socket
	err error
}

var errSilence = errors.New("silence")

func newCrowd(s Server, l login, clients int) (*crowd, error) {
	d, err := newDialer(s)
	if err != nil {
		return nil, err
	}
	c := &crowd{
		login: l, dialer: d, tag: l.tag, began: time.Now(), epoll: -1, timer: -1, wake: -1,
		members: make([]*member, clients), arrived: make(chan arrival, clients),
		events: make([]unix.EpollEvent, 256), buf: make([]byte, 64<<10), progress: func() {},
	}
	c.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err == nil {
		c.timer, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	}
	if err == nil {
		c.wake, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	}
	if err == nil {
		err = errors.Join(c.watch(unix.EPOLL_CTL_ADD, c.timer, unix.EPOLLIN), c.watch(unix.EPOLL_CTL_ADD, c.wake, unix.EPOLLIN))
	}
	if err != nil {
		c.leave()
		return nil, fmt.Errorf("prepare the load: %w", err)
	}
	return c, nil
}

func (c *crowd) watch(op, fd int, events uint32) error {
	return unix.EpollCtl(c.epoll, op, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)})
}

// leave closes everything.
func (c *crowd) leave() {
	close(c.arrived)
	for a := range c.arrived {
		if a.socket != nil {
			a.close()
		}
	}
	for _, m := range c.members {
		if m != nil {
			m.close()
		}
	}
	for _, fd := range []int{c.epoll, c.timer, c.wake} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}

// now is the crowd's clock.
func (c *crowd) now() time.Duration { return time.Since(c.began) }

// until reads and writes until done says so. It ends early when something goes
// wrong, and with errSilence when nothing has come for the time of patience.
func (c *crowd) until(ctx context.Context, patience time.Duration, done func() bool) error {
	c.idle = 0
	for before := c.now(); !done(); {
		lines := c.lines
		if err := c.turn(tick); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		c.progress()
		now := c.now()
		c.idle += min(now-before, 2*tick) // a loop that was kept from running has not listened
		before = now
		switch {
		case c.lines != lines:
			c.idle = 0
		case c.idle > patience:
			return errSilence
		}
	}
	return c.err
}

// tick is how long the loop sleeps at the most.
const tick = 20 * time.Millisecond

// mostUnrest is how long a server may go on talking when it should have ended.
const mostUnrest = 5 * time.Minute

// quiet reads until nothing has come for so long.
func (c *crowd) quiet(ctx context.Context, d time.Duration) error {
	began := c.now()
	err := c.until(ctx, mostUnrest, func() bool { return c.idle >= d || c.now()-began > mostUnrest })
	if err == nil && c.idle < d {
		err = fmt.Errorf("the server goes on talking for more than %v", mostUnrest)
	}
	return err
}

// turn handles what is there, after waiting for it.
func (c *crowd) turn(wait time.Duration) error {
	n, err := unix.EpollWait(c.epoll, c.events, int(wait.Milliseconds()))
	if err != nil && err != unix.EINTR {
		return fmt.Errorf("wait for the server: %w", err)
	}
	for _, e := range c.events[:max(0, n)] {
		switch fd := int(e.Fd); fd {
		case c.timer, c.wake:
			c.woken(fd)
		default:
			c.ready(c.byFD[fd], e.Events)
		}
		if c.load != nil {
			c.load.due(c)
		}
		if c.err != nil {
			return c.err
		}
	}
	return nil
}

func (c *crowd) woken(fd int) {
	var b [8]byte
	unix.Read(fd, b[:]) // a counter; it may have been read already
	if fd == c.timer {
		c.armed = false
		return
	}
	for {
		select {
		case a := <-c.arrived:
			c.admit(a)
		default:
			return
		}
	}
}

// wakeAfter makes turn return in time for the next message.
func (c *crowd) wakeAfter(d time.Duration) {
	if c.armed {
		return
	}
	value := unix.NsecToTimespec(max(d, 1).Nanoseconds())
	c.armed = true
	if err := unix.TimerfdSettime(c.timer, 0, &unix.ItimerSpec{Value: value}, nil); err != nil {
		c.fail(fmt.Errorf("set a timer: %w", err))
	}
}

func (c *crowd) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}
