package bench

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// dialTimeout is for each step of a connection: until it stands, and for each
// read of the TLS handshake.
const dialTimeout = 20 * time.Second

// mostUnsent is what may wait for a server that does not read.
const mostUnsent = 1 << 20

// socket is a TCP connection outside Go's poller, which would hear of all that
// arrives. It waits in its calls until it is made patient no more.
type socket struct {
	fd     int
	waits  bool
	tls    *tls.Conn // nil: plain
	unsent []byte    // what the kernel would not take yet
}

// again is what a read or write that would have to wait returns. crypto/tls
// takes up a read where it left it, because it is temporary.
type again struct{}

func (again) Error() string   { return "nothing came in time" }
func (again) Timeout() bool   { return true }
func (again) Temporary() bool { return true }

// dialer makes the connections of a crowd.
type dialer struct {
	to     *net.TCPAddr
	family int
	from   []net.IP
	tls    *tls.Config
}

func newDialer(s Server) (*dialer, error) {
	at, err := net.ResolveTCPAddr("tcp", s.Addr)
	if err != nil {
		return nil, fmt.Errorf("the address %s: %w", s.Addr, err)
	}
	d := &dialer{to: at}
	_, d.family = sockaddr(at.IP, at.Port)
	for _, from := range s.From {
		ip := net.ParseIP(from)
		if _, family := sockaddr(ip, 0); family != d.family {
			return nil, fmt.Errorf("--from %s is of another kind of address than %s", from, at)
		}
		d.from = append(d.from, ip)
	}
	if s.TLS {
		host, _, _ := net.SplitHostPort(s.Addr)
		d.tls = &tls.Config{ServerName: host, InsecureSkipVerify: s.lenient()}
	}
	return d, nil
}

// sockaddr makes a new one for each call: package unix writes into it.
func sockaddr(ip net.IP, port int) (unix.Sockaddr, int) {
	if v4 := ip.To4(); v4 != nil || ip == nil {
		at := &unix.SockaddrInet4{Port: port}
		copy(at.Addr[:], v4)
		return at, unix.AF_INET
	}
	at := &unix.SockaddrInet6{Port: port}
	copy(at.Addr[:], ip.To16())
	return at, unix.AF_INET6
}

// dial connects, and shakes hands where there is TLS. It may wait; the socket
// that it returns does not.
func (d *dialer) dial(n int) (*socket, error) {
	fd, err := unix.Socket(d.family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("make a socket: %w", err)
	}
	s := &socket{fd: fd, waits: true}
	if err = d.connect(s, n); err == nil && d.tls != nil {
		s.tls = tls.Client(wire{s}, d.tls)
		if err = s.tls.Handshake(); err != nil {
			err = fmt.Errorf("TLS: %w", err)
		}
	}
	if err == nil {
		s.waits = false
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (d *dialer) connect(s *socket, n int) error {
	limit := unix.NsecToTimeval(dialTimeout.Nanoseconds())
	err := errors.Join(
		unix.SetsockoptInt(s.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1),
		unix.SetsockoptTimeval(s.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit),
		unix.SetsockoptTimeval(s.fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &limit))
	if err == nil && len(d.from) > 0 {
		from, _ := sockaddr(d.from[n%len(d.from)], 0)
		err = errors.Join(unix.SetsockoptInt(s.fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1), unix.Bind(s.fd, from))
	}
	if err != nil {
		return fmt.Errorf("prepare a socket: %w", err)
	}
	for to, _ := sockaddr(d.to.IP, d.to.Port); ; {
		switch err := unix.Connect(s.fd, to); err {
		case nil, unix.EISCONN:
			return nil
		case unix.EINTR, unix.EALREADY:
		case unix.EADDRNOTAVAIL:
			return fmt.Errorf("connect: %w: the ports of the source address are used up; give several, as --from 127.0.0.2,127.0.0.3", err)
		default:
			return fmt.Errorf("connect: %w", err)
		}
	}
}

// read returns again when nothing has come. It is called when something has, so
// that a plain read need not tell the scheduler.
func (s *socket) read(b []byte) (int, error) {
	if s.tls != nil {
		return s.tls.Read(b)
	}
	n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(s.fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	return outcome(int(n), errno)
}

func (s *socket) write(b []byte) error {
	var err error
	if s.tls != nil {
		_, err = s.tls.Write(b)
	} else {
		_, err = wire{s}.Write(b)
	}
	return err
}

// flush sends what has waited.
func (s *socket) flush() error {
	waiting := s.unsent
	s.unsent = nil
	_, err := wire{s}.Write(waiting)
	return err
}

func (s *socket) close() { unix.Close(s.fd) }

func outcome(n int, errno syscall.Errno) (int, error) {
	switch {
	case errno == unix.EAGAIN || errno == unix.EINTR:
		return 0, again{}
	case errno != 0:
		return 0, errno
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// wire is the socket as crypto/tls sees it.
type wire struct{ *socket }

func (w wire) Read(b []byte) (int, error) {
	n, err := unix.Read(w.fd, b)
	for err == unix.EINTR && w.waits {
		n, err = unix.Read(w.fd, b)
	}
	errno, _ := err.(syscall.Errno)
	return outcome(n, errno)
}

// Write keeps what the kernel does not take, so that a TLS record is never cut.
func (w wire) Write(b []byte) (int, error) {
	left := b
	for len(left) > 0 && len(w.unsent) == 0 {
		n, err := unix.Write(w.fd, left)
		switch {
		case err == nil:
			left = left[n:]
		case err == unix.EINTR:
		case err == unix.EAGAIN && w.waits:
			return 0, again{}
		case err == unix.EAGAIN:
			w.unsent = append(w.unsent, left...)
			return len(b), nil
		default:
			return 0, err
		}
	}
	if len(left) > 0 {
		w.unsent = append(w.unsent, left...)
	}
	if len(w.unsent) > mostUnsent {
		return 0, errors.New("the server does not read what it is sent")
	}
	return len(b), nil
}

// The rest of net.Conn, which crypto/tls does not use here.
func (w wire) Close() error                     { return nil }
func (w wire) LocalAddr() net.Addr              { return nil }
func (w wire) RemoteAddr() net.Addr             { return nil }
func (w wire) SetDeadline(time.Time) error      { return nil }
func (w wire) SetReadDeadline(time.Time) error  { return nil }
func (w wire) SetWriteDeadline(time.Time) error { return nil }
