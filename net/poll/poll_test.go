//go:build linux

package poll_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/greenroom-chat/greenroom/net/listen"
	"github.com/greenroom-chat/greenroom/net/poll"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newPoller(t *testing.T) *poll.Poller {
	t.Helper()
	p, err := poll.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// pair is a connection and its client.
func pair(t *testing.T, p *poll.Poller) (*poll.Conn, net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	sock, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c, ok := p.NewConn(sock).(*poll.Conn)
	if !ok {
		t.Fatal("a TCP connection cannot be watched")
	}
	t.Cleanup(func() { client.Close(); c.Close() })
	return c, client
}

// watch returns a channel that holds a value after each wake, or several.
func watch(t *testing.T, c *poll.Conn) chan bool {
	t.Helper()
	woken := make(chan bool, 1)
	err := c.Watch(func() {
		select {
		case woken <- true:
		default:
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return woken
}

func await(t *testing.T, woken chan bool) {
	t.Helper()
	select {
	case <-woken:
	case <-time.After(time.Minute):
		t.Fatal("not woken")
	}
}

func read(c net.Conn, n int) (string, error) {
	buf := make([]byte, n)
	n, err := c.Read(buf)
	return string(buf[:n]), err
}

func TestWhatCameBeforeTheWatchWakesToo(t *testing.T) {
	c, client := pair(t, newPoller(t))
	io.WriteString(client, "early")
	if got, err := read(c, 2); got != "ea" || err != nil { // waits
		t.Fatalf("%q, %v", got, err)
	}
	await(t, watch(t, c))
	if got, err := read(c, 9); got != "rly" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAWatchedConnectionNeverWaits(t *testing.T) {
	c, client := pair(t, newPoller(t))
	woken := watch(t, c)
	for _, word := range []string{"one", "two"} {
		if got, err := read(c, 9); got != "" || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%q, %v", got, err)
		}
		io.WriteString(client, word)
		await(t, woken)
		if got, err := read(c, 9); got != word || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	client.Close()
	await(t, woken)
	if _, err := read(c, 9); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

func TestAResetWakes(t *testing.T) {
	c, client := pair(t, newPoller(t))
	woken := watch(t, c)
	client.(*net.TCPConn).SetLinger(0)
	client.Close()
	await(t, woken)
	if _, err := read(c, 9); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("at the end: %v", err)
	}
}

// TestAClosedConnectionIsForgotten: whoever gets its place is told what is its
// own, and nobody is told what was of the other.
func TestAClosedConnectionIsForgotten(t *testing.T) {
	p := newPoller(t)
	for range 50 {
		old, client := pair(t, p)
		wokenOld := watch(t, old)
		io.WriteString(client, "x")
		old.Close()
		select { // it may have been woken before it was closed
		case <-wokenOld:
		default:
		}
		next, other := pair(t, p)
		woken := watch(t, next)
		io.WriteString(other, "y")
		await(t, woken)
		if got, err := read(next, 1); got != "y" {
			t.Fatalf("%q, %v", got, err)
		}
		if _, err := read(old, 1); !errors.Is(err, net.ErrClosed) {
			t.Fatalf("a closed connection: %v", err)
		}
	}
}

// TestTLSSurvivesRecordsInPieces: a record that is there in part is nothing
// yet, and not the end.
func TestTLSSurvivesRecordsInPieces(t *testing.T) {
	id, err := listen.LoadOrMake(t.TempDir(), []string{"localhost"}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	c, wire := pair(t, newPoller(t))
	chopped := &chopper{Conn: wire, rng: rand.New(rand.NewPCG(1, 1))}
	client := tls.Client(chopped, &tls.Config{InsecureSkipVerify: true})
	want := bytes.Repeat([]byte("0123456789abcdef"), 4<<10)
	go func() {
		client.Write(want)
		client.CloseWrite()
	}()
	server := tls.Server(c, id.TLS())
	if err := server.Handshake(); err != nil {
		t.Fatal(err)
	}
	woken := watch(t, c)
	var got []byte
	buf := make([]byte, 1000)
	for {
		n, err := server.Read(buf)
		got = append(got, buf[:n]...)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			await(t, woken)
			continue
		}
		if err != nil {
			break
		}
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%d of %d bytes", len(got), len(want))
	}
}

// chopper writes in pieces.
type chopper struct {
	net.Conn
	rng *rand.Rand
}

func (c *chopper) Write(data []byte) (n int, err error) {
	for len(data) > 0 && err == nil {
		piece := min(1+c.rng.IntN(700), len(data))
		if _, err = c.Conn.Write(data[:piece]); err == nil {
			n, data = n+piece, data[piece:]
		}
	}
	return n, err
}

func TestOtherConnectionsStayAsTheyAre(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if got := newPoller(t).NewConn(a); got != a {
		t.Errorf("%T", got)
	}
	var none *poll.Poller
	if got := none.NewConn(a); got != a {
		t.Errorf("%T", got)
	}
}

// TestATryWritesWhatTheKernelTakes, and is told that it takes no more.
func TestATryWritesWhatTheKernelTakes(t *testing.T) {
	c, client := pair(t, newPoller(t))
	if n, err := c.TryWrite([]byte("all of it")); n != 9 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if got, err := read(client, 20); got != "all of it" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	much, written := make([]byte, 1<<20), 0
	for full := false; !full; {
		n, err := c.TryWrite(much)
		if err != nil {
			t.Fatal(err)
		}
		written, full = written+n, n == 0
	}
	if n, err := io.ReadFull(client, make([]byte, written)); n != written || err != nil {
		t.Errorf("%d of %d bytes, %v", n, written, err)
	}
}

func TestATryAtTheEndFails(t *testing.T) {
	c, client := pair(t, newPoller(t))
	client.(*net.TCPConn).SetLinger(0)
	client.Close()
	await(t, watch(t, c))
	if _, err := c.TryWrite([]byte("x")); err == nil {
		t.Error("a reset connection takes more")
	}
	c.Close()
	if _, err := c.TryWrite([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a closed connection: %v", err)
	}
}
