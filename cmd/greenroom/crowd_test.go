package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// crowd is a room full of connections that one thread reads and counts, so
// that the load costs less than what it measures.
type crowd struct {
	epoll   int
	fds     []int  // by number of the member
	members []int  // number by descriptor
	entered []bool // has seen the end of NAMES
	inside  atomic.Int64
	lines   atomic.Int64 // since counting began
	delays  []time.Duration
	ended   chan struct{}
}

// Of every so many connections one measures how long lines take.
const sampled = 20

// gather fills #crowd and waits until nothing moves any more.
func gather(b *testing.B, addr string, members int) *crowd {
	b.Helper()
	epoll, err := unix.EpollCreate1(0)
	if err != nil {
		b.Fatal(err)
	}
	c := &crowd{epoll: epoll, members: make([]int, 2*members+1000), entered: make([]bool, members), ended: make(chan struct{})}
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		b.Fatal(err)
	}
	for i := range members {
		c.connect(b, at, i)
	}
	go c.read() // ends with leave
	for i := range members {
		c.say(i, "NICK u%d\r\nUSER u 0 * :u\r\nJOIN #crowd\r\n", i)
	}
	for c.inside.Load() < int64(members) {
		time.Sleep(10 * time.Millisecond)
	}
	for before := int64(-1); before != c.lines.Load(); time.Sleep(500 * time.Millisecond) {
		before = c.lines.Load()
	}
	c.lines.Store(0)
	return c
}

func (c *crowd) connect(b *testing.B, at netip.AddrPort, i int) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		b.Fatal(err)
	}
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}); err != nil {
		b.Fatal(err)
	}
	c.fds, c.members[fd] = append(c.fds, fd), i
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}
	if err := unix.EpollCtl(c.epoll, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
		b.Fatal(err)
	}
}

func (c *crowd) say(member int, format string, args ...any) {
	unix.Write(c.fds[member], fmt.Appendf(nil, format, args...))
}

// read is the thread that reads for all.
func (c *crowd) read() {
	defer close(c.ended)
	events, buf := make([]unix.EpollEvent, 256), make([]byte, 64<<10)
	for {
		n, err := unix.EpollWait(c.epoll, events, -1)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return
		}
		for _, e := range events[:n] {
			// There is something to read, so the scheduler need not be told.
			got, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(e.Fd), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)))
			if got == 0 || errno != 0 { // the server has ended
				return
			}
			c.heard(c.members[e.Fd], buf[:got])
		}
	}
}

// heard counts what a member is told. A line is split between two reads only
// where many come at once; then its delay is left out, not its count.
func (c *crowd) heard(member int, data []byte) {
	c.lines.Add(int64(bytes.Count(data, []byte{'\n'})))
	if !c.entered[member] && bytes.Contains(data, []byte(" 366 ")) {
		c.entered[member] = true
		c.inside.Add(1)
	}
	if member%sampled != sampled-1 {
		return
	}
	now := time.Now()
	for {
		_, rest, ok := bytes.Cut(data, []byte(":@"))
		if !ok {
			return
		}
		word, after, ok := bytes.Cut(rest, []byte(" "))
		ns, err := strconv.ParseInt(string(word), 10, 64)
		if !ok || err != nil {
			return
		}
		c.delays = append(c.delays, now.Sub(time.Unix(0, ns)))
		data = after
	}
}

// await waits for so many lines; more of them are as wrong as fewer.
func (c *crowd) await(b *testing.B, want int64) {
	b.Helper()
	for deadline := time.Now().Add(patience); c.lines.Load() < want; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			break
		}
	}
	if got := c.lines.Load(); got != want {
		b.Fatalf("%d lines arrived, %d were to", got, want)
	}
}

// leave ends the thread, and tells the delays that were measured.
func (c *crowd) leave() []time.Duration {
	for _, fd := range c.fds {
		unix.Shutdown(fd, unix.SHUT_RDWR)
	}
	<-c.ended
	for _, fd := range c.fds {
		unix.Close(fd)
	}
	unix.Close(c.epoll)
	return c.delays
}
