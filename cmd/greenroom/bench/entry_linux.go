package bench

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// state is how far a member has come.
type state uint8

const (
	greeting state = iota
	welcomed
	inside
)

// How many connections are made at the same time, how many clients are on their
// way to being welcomed where the workload does not say, and how many join at
// once. Some servers welcome whom they have only once a second: many have to
// wait there together.
const (
	mostDialers  = 64
	mostEntering = 512
	mostJoining  = 64
)

// enter connects and registers everybody, window of them at a time.
func (c *crowd) enter(ctx context.Context, o Options, window int) error {
	ctx, cancel := context.WithCancel(ctx)
	var dialers sync.WaitGroup
	defer dialers.Wait()
	defer cancel()
	places, numbers := make(chan struct{}, window), make(chan int)
	for range min(mostDialers, window) {
		dialers.Go(func() { c.dial(numbers) }) // ends when numbers is closed
	}
	dialers.Go(func() { // ends with enter
		defer close(numbers)
		for i := range c.members {
			select {
			case places <- struct{}{}:
			case <-ctx.Done():
				return
			}
			select {
			case numbers <- i:
			case <-ctx.Done():
				return
			}
		}
	})
	freed := 0
	err := c.until(ctx, o.Patience, func() bool {
		for ; freed < c.registered; freed++ {
			<-places
		}
		return c.registered == len(c.members)
	})
	if errors.Is(err, errSilence) {
		err = fmt.Errorf("%d of %d clients were welcomed, then nothing came for %v: %w", c.registered, len(c.members), o.Patience, err)
	}
	return err
}

func (c *crowd) dial(numbers <-chan int) {
	for i := range numbers {
		s, err := c.dialer.dial(i)
		c.arrived <- arrival{i, s, err}
		unix.Write(c.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	}
}

// admit takes over a connection and introduces it.
func (c *crowd) admit(a arrival) {
	if a.err != nil {
		c.fail(fmt.Errorf("client %d: %w", a.number, a.err))
		return
	}
	for len(c.byFD) <= a.fd {
		c.byFD = append(c.byFD, 0)
	}
	c.members[a.number], c.byFD[a.fd] = &member{socket: a.socket}, a.number
	if err := c.watch(unix.EPOLL_CTL_ADD, a.fd, unix.EPOLLIN); err != nil {
		c.fail(fmt.Errorf("wait for client %d: %w", a.number, err))
		return
	}
	c.say(a.number, c.introduction(a.number))
	if a.tls != nil { // it may hold what came with the handshake
		c.receive(a.number)
	}
}

func (c *crowd) introduction(number int) []byte {
	var b bytes.Buffer
	if c.login.pass != "" {
		fmt.Fprintf(&b, "PASS :%s\r\n", c.login.pass)
	}
	if c.login.caps != "" {
		fmt.Fprintf(&b, "CAP REQ :%s\r\n", c.login.caps)
	}
	fmt.Fprintf(&b, "NICK %s\r\nUSER b 0 * :b\r\n", c.tag.nick(number))
	return b.Bytes()
}

// other handles every line that is no message of the load.
func (c *crowd) other(number int, line []byte) {
	m := c.members[number]
	source, command, params := split(line)
	switch string(command) {
	case "PING":
		c.say(number, fmt.Appendf(nil, "PONG %s\r\n", params))
	case "JOIN":
		m.known++
	case "353":
		m.known += len(bytes.Fields(last(params)))
	case "366":
		if m.state == welcomed {
			m.state = inside
			c.inside++
		}
	case "001":
		if m.state == greeting {
			m.state = welcomed
			c.registered++
		}
	case "CAP":
		c.capability(number, params)
	case "AUTHENTICATE":
		account := c.login.accounts[number]
		proof := base64.StdEncoding.EncodeToString([]byte(account + "\x00" + account + "\x00" + c.login.secret))
		c.say(number, fmt.Appendf(nil, "AUTHENTICATE %s\r\n", proof))
	case "903":
		c.say(number, []byte("CAP END\r\n"))
	case "ERROR", "FAIL", "902":
		c.refused(number, source, line)
	default:
		if isRefusal(command) || string(command) == "904" {
			c.refused(number, source, line)
		}
	}
}

func (c *crowd) capability(number int, params []byte) {
	words := bytes.Fields(params)
	if len(words) < 2 {
		return
	}
	switch {
	case string(words[1]) == "NAK":
		c.fail(fmt.Errorf("the server does not know these capabilities: %s", c.login.caps))
	case string(words[1]) == "ACK" && len(c.login.accounts) > 0:
		c.say(number, []byte("AUTHENTICATE PLAIN\r\n"))
	case string(words[1]) == "ACK":
		c.say(number, []byte("CAP END\r\n"))
	}
}

// refused ends the run: a load of which the server refuses a part is another
// load.
func (c *crowd) refused(number int, source, line []byte) {
	doing := "while messages were sent"
	switch c.members[number].state {
	case greeting:
		doing = "at registration"
	case welcomed:
		doing = "on the way into the room"
	}
	said := strconv.QuoteToGraphic(string(bytes.TrimRight(line, "\r")))
	c.fail(fmt.Errorf("the server refused client %d %s: %s%s", number, doing, said, advice(line)))
}

// join sends everybody into their rooms, window of them at a time; 0: at once.
func (c *crowd) join(ctx context.Context, o Options, window int) error {
	if window == 0 {
		window = len(c.members)
	}
	asked := 0
	if c.home {
		asked = len(c.members)
	}
	err := c.until(ctx, o.Patience, func() bool {
		for ; asked < len(c.members) && asked-c.inside < window; asked++ {
			c.say(asked, fmt.Appendf(nil, "JOIN %s\r\n", c.tag.room(asked/o.Members)))
		}
		return c.inside == len(c.members)
	})
	if errors.Is(err, errSilence) {
		err = fmt.Errorf("%d of %d clients came into the room, then nothing came for %v: %w", c.inside, len(c.members), o.Patience, err)
	}
	return err
}
