package main

import (
	"bytes"
	"fmt"
	"maps"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// herd is many plain connections that one thread reads, so that the load costs
// less than what it measures. Each is of a breed, which says how it behaves.
type herd struct {
	t       *testing.T
	metrics string // where the server's are
	at      netip.AddrPort
	epoll   int
	ended   chan struct{}
	stopped atomic.Bool

	mu    sync.Mutex // of what is below
	beast map[int32]*beast

	opened, inside, lines, closed [breeds]atomic.Int64
}

type breed uint8

const (
	reader  breed = iota // reads all that it is told
	stalled              // reads nothing once it is in the room
	flooder              // sends as much as it can
	silent               // connects and says nothing
	stormer              // comes, signs in and is gone
	breeds
)

type beast struct {
	fd    int
	breed breed
	in    bool   // it has seen the end of NAMES
	quiet bool   // it stops reading
	tail  []byte // of what it was told before it was in: a numeric may be in two reads
}

func newHerd(t *testing.T, s *server) *herd {
	t.Helper()
	at, err := netip.ParseAddrPort(s.plain(t))
	if err != nil {
		t.Fatal(err)
	}
	epoll, err := unix.EpollCreate1(0)
	if err != nil {
		t.Fatal(err)
	}
	h := &herd{
		t: t, metrics: s.operators(t),
		at:    at,
		epoll: epoll, ended: make(chan struct{}), beast: map[int32]*beast{},
	}
	go h.read() // ends with leave
	t.Cleanup(h.leave)
	return h
}

// come connects one; it returns nil when the server does not take it.
func (h *herd) come(b breed) *beast {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	if b == stalled {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 4<<10) // what the kernel hides is not the server's
	}
	// An end is a reset, so that no port waits.
	_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: int(h.at.Port()), Addr: h.at.Addr().As4()}); err != nil {
		unix.Close(fd)
		return nil
	}
	_ = unix.SetNonblock(fd, true)
	one := &beast{fd: fd, breed: b}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.beast == nil { // the test is over
		unix.Close(fd)
		return nil
	}
	h.beast[int32(fd)] = one
	h.opened[b].Add(1)
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}
	_ = unix.EpollCtl(h.epoll, unix.EPOLL_CTL_ADD, fd, &event)
	return one
}

// say writes what the kernel takes at once.
func (h *herd) say(b *beast, format string, args ...any) bool {
	_, err := unix.Write(b.fd, fmt.Appendf(nil, format, args...))
	return err == nil
}

// drop ends one as if its cable had been cut.
func (h *herd) drop(b *beast) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.beast[int32(b.fd)] == b {
		delete(h.beast, int32(b.fd))
		unix.Close(b.fd)
	}
}

func (h *herd) read() {
	defer close(h.ended)
	events, buf := make([]unix.EpollEvent, 256), make([]byte, 64<<10)
	for !h.stopped.Load() {
		n, err := unix.EpollWait(h.epoll, events, 50)
		if err != nil && err != unix.EINTR {
			return
		}
		for _, e := range events[:max(n, 0)] {
			h.readOne(e.Fd, buf)
		}
	}
}

func (h *herd) readOne(fd int32, buf []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	b := h.beast[fd]
	if b == nil || b.quiet {
		return
	}
	n, err := unix.Read(b.fd, buf)
	if err == unix.EAGAIN {
		return
	}
	if n <= 0 {
		h.closed[b.breed].Add(1)
		delete(h.beast, fd)
		unix.Close(b.fd)
		return
	}
	data := buf[:n]
	h.lines[b.breed].Add(int64(bytes.Count(data, []byte{'\n'})))
	if bytes.HasPrefix(data, []byte("PING ")) || bytes.Contains(data, []byte("\nPING ")) {
		unix.Write(b.fd, []byte("PONG :here\r\n"))
	}
	if b.in {
		return
	}
	b.tail = append(b.tail, data...)
	if b.in = bytes.Contains(b.tail, []byte(" 366 ")); b.in {
		b.tail = nil
		h.inside[b.breed].Add(1)
		if b.breed == stalled {
			b.quiet = true
			_ = unix.EpollCtl(h.epoll, unix.EPOLL_CTL_DEL, b.fd, nil)
		}
		return
	}
	b.tail = b.tail[max(0, len(b.tail)-len(" 366")):]
}

// why tells how many connections have ended for each reason.
func (h *herd) why() map[string]float64 {
	found := scrape(h.t, h.metrics)
	maps.DeleteFunc(found, func(name string, _ float64) bool {
		return !strings.HasPrefix(name, "greenroom_connections_ended_total")
	})
	return found
}

// leave ends all.
func (h *herd) leave() {
	if h.stopped.Swap(true) {
		return
	}
	<-h.ended
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, b := range h.beast {
		unix.Close(b.fd)
	}
	h.beast = nil
	unix.Close(h.epoll)
}

// settle waits until so many of a breed are in the room.
func (h *herd) settle(t *testing.T, b breed, want int) {
	t.Helper()
	for deadline := time.Now().Add(patience); h.inside[b].Load() < int64(want); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d are in the room; %d were cut; ended: %v", h.inside[b].Load(), want, h.closed[b].Load(), h.why())
		}
	}
}
