package bench

import (
	"bytes"
	"errors"
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// ready handles what epoll has told of a member.
func (c *crowd) ready(number int, events uint32) {
	m := c.members[number]
	if events&unix.EPOLLOUT != 0 {
		c.settle(number, m.flush())
	}
	if events&^unix.EPOLLOUT != 0 {
		c.receive(number)
	}
}

// receive reads what a member is told.
func (c *crowd) receive(number int) {
	m := c.members[number]
	for {
		n, err := m.read(c.buf)
		if n > 0 {
			c.last = c.now()
			c.heard(number, c.buf[:n])
		}
		var temporary net.Error
		switch {
		case errors.As(err, &temporary) && temporary.Timeout():
			return
		case err != nil:
			c.fail(fmt.Errorf("the server closed the connection of client %d: %w", number, err))
			return
		case m.tls == nil: // epoll tells when there is more
			return
		}
	}
}

// heard takes data apart into lines.
func (c *crowd) heard(number int, data []byte) {
	m := c.members[number]
	if len(m.rest) > 0 {
		m.rest = append(m.rest, data...)
		data = m.rest
	}
	for {
		i := bytes.IndexByte(data, '\n')
		if i < 0 {
			break
		}
		c.line(number, data[:i])
		data = data[i+1:]
	}
	m.rest = append(m.rest[:0], data...)
}

func (c *crowd) line(number int, line []byte) {
	c.lines++
	if c.load != nil {
		if text, ok := c.tag.find(line); ok {
			c.load.arrived(c, number, text, line)
			return
		}
	}
	c.other(number, line)
}

// say sends a line, which has its end.
func (c *crowd) say(number int, line []byte) { c.settle(number, c.members[number].write(line)) }

// settle asks to be told when a socket takes more, or no longer.
func (c *crowd) settle(number int, err error) {
	m := c.members[number]
	if err != nil {
		c.fail(fmt.Errorf("send to the server as client %d: %w", number, err))
		return
	}
	if waits := len(m.unsent) > 0; waits != m.out {
		m.out = waits
		events := uint32(unix.EPOLLIN)
		if waits {
			events |= unix.EPOLLOUT
		}
		if err := c.watch(unix.EPOLL_CTL_MOD, m.fd, events); err != nil {
			c.fail(fmt.Errorf("wait to send: %w", err))
		}
	}
}
