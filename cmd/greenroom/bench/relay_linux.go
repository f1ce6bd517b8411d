package bench

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// relay is what a server costs at the least: it knows just enough IRC to be
// loaded, checks nothing, keeps nothing, and passes lines on. One thread, one
// epoll.
type relay struct {
	mode   RelayMode
	epoll  int
	listen int
	guests map[int]*guest // by descriptor
	rooms  map[string]*hall
	full   []*hall // with lines that have not been written
	events []unix.EpollEvent
	buf    []byte
}

type guest struct {
	fd     int
	nick   []byte
	rest   []byte
	hall   *hall
	posted bool // among the lines of the hall
}

// hall is a room and, in the mode of wake-ups, what was said since the last.
type hall struct {
	guests []*guest
	lines  []byte
	parts  []part
}

type part struct {
	from       *guest
	start, end int
}

// Relay is the limit as a process: it says on out where it listens, on a free
// port of loopback, and ends when control does.
func Relay(mode RelayMode, control *os.File, out io.Writer) error {
	if mode != Write && mode != Wakeup {
		return fmt.Errorf("a relay writes as %s or %s, not as %q", Write, Wakeup, mode)
	}
	if _, err := raiseFiles(); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		return err
	}
	defer file.Close()
	defer listener.Close()
	r := &relay{
		mode: mode, listen: int(file.Fd()), guests: map[int]*guest{}, rooms: map[string]*hall{},
		events: make([]unix.EpollEvent, 512), buf: make([]byte, 64<<10),
	}
	if r.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return err
	}
	defer unix.Close(r.epoll)
	end := int(control.Fd())
	if err := errors.Join(unix.SetNonblock(r.listen, true), r.watch(r.listen), r.watch(end)); err != nil {
		return err
	}
	fmt.Fprintln(out, "listening", listener.Addr())
	return r.serve(end)
}

func (r *relay) watch(fd int) error {
	return unix.EpollCtl(r.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

func (r *relay) serve(end int) error {
	for {
		n, err := unix.EpollWait(r.epoll, r.events, -1)
		if err != nil && err != unix.EINTR {
			return err
		}
		for _, e := range r.events[:max(0, n)] {
			switch fd := int(e.Fd); fd {
			case end:
				return nil
			case r.listen:
				r.accept()
			default:
				r.read(r.guests[fd])
			}
		}
		for _, h := range r.full {
			h.flush()
		}
		r.full = r.full[:0]
	}
}

func (r *relay) accept() {
	for {
		fd, _, err := unix.Accept4(r.listen, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if err != nil {
			return // there is nobody, or no descriptor left
		}
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		if r.watch(fd) != nil {
			unix.Close(fd)
			continue
		}
		r.guests[fd] = &guest{fd: fd}
	}
}

func (r *relay) read(g *guest) {
	n, err := unix.Read(g.fd, r.buf)
	if err == unix.EAGAIN || err == unix.EINTR {
		return
	}
	if n <= 0 {
		r.gone(g)
		return
	}
	data := r.buf[:n]
	if len(g.rest) > 0 {
		g.rest = append(g.rest, data...)
		data = g.rest
	}
	for {
		line, after, ok := bytes.Cut(data, []byte("\r\n"))
		if !ok {
			break
		}
		r.line(g, line)
		data = after
	}
	g.rest = append(g.rest[:0], data...)
}

func (r *relay) gone(g *guest) {
	if g.hall != nil {
		g.hall.flush() // while its parts name somebody who is there
		g.hall.guests = slices.DeleteFunc(g.hall.guests, func(o *guest) bool { return o == g })
	}
	delete(r.guests, g.fd)
	unix.Close(g.fd)
}

func (r *relay) line(g *guest, line []byte) {
	word, rest, _ := bytes.Cut(line, []byte{' '})
	switch string(word) {
	case "NICK":
		g.nick = bytes.Clone(rest)
	case "USER":
		g.say(":limit 001 %s :only writes\r\n", g.nick)
	case "CAP":
		if bytes.HasPrefix(rest, []byte("LS")) {
			g.say(":limit CAP * LS :\r\n")
		}
	case "PING":
		g.say(":limit PONG limit %s\r\n", rest)
	case "JOIN":
		r.join(g, string(rest))
	case "PRIVMSG":
		if g.hall != nil {
			r.pass(g, line)
		}
	}
}

func (g *guest) say(format string, args ...any) { g.write(fmt.Appendf(nil, format, args...)) }

func (r *relay) join(g *guest, name string) {
	if r.rooms[name] == nil {
		r.rooms[name] = &hall{}
	}
	g.hall = r.rooms[name]
	g.hall.guests = append(g.hall.guests, g)
	g.say(":%s!b@limit JOIN %s\r\n:limit 366 %s %s :end\r\n", g.nick, name, g.nick, name)
}

// pass gives a line to all others, at once or when this wake-up is over.
func (r *relay) pass(g *guest, line []byte) {
	h := g.hall
	start := len(h.lines)
	h.lines = append(append(h.lines, ':'), g.nick...)
	h.lines = append(append(h.lines, "!b@limit "...), line...)
	h.lines = append(h.lines, "\r\n"...)
	h.parts, g.posted = append(h.parts, part{g, start, len(h.lines)}), true
	switch {
	case r.mode == Write:
		h.flush()
	case len(h.parts) == 1:
		r.full = append(r.full, h)
	}
}

// flush writes to each guest, once, what others have said.
func (h *hall) flush() {
	var others []byte
	for _, g := range h.guests {
		if !g.posted {
			g.write(h.lines)
			continue
		}
		g.posted, others = false, others[:0]
		for _, p := range h.parts {
			if p.from != g {
				others = append(others, h.lines[p.start:p.end]...)
			}
		}
		g.write(others)
	}
	h.lines, h.parts = h.lines[:0], h.parts[:0]
}

// write waits for a guest who does not read: the load always does.
func (g *guest) write(b []byte) {
	for len(b) > 0 {
		n, err := unix.Write(g.fd, b)
		switch err {
		case nil:
			b = b[n:]
		case unix.EINTR:
		case unix.EAGAIN:
			unix.Poll([]unix.PollFd{{Fd: int32(g.fd), Events: unix.POLLOUT}}, -1)
		default:
			return // it has gone, and a read will tell
		}
	}
}
