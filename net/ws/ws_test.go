package ws

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 20 * time.Second

// end is a server's end of a connection, or why there is none.
type end struct {
	conn *Conn
	err  error
}

// listening accepts as a listener of the server does, and gives its ends in
// turn. Both have a deadline.
func listening(t *testing.T, origins ...string) (addr string, ends <-chan end) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	accepted := make(chan end, 10)
	go func() { // ends with the listener
		for {
			sock, err := l.Accept()
			if err != nil {
				return
			}
			c := Server(sock, Origins{Allowed: origins})
			within, cancel := context.WithTimeout(t.Context(), patience)
			err = c.HandshakeContext(within)
			cancel()
			t.Cleanup(func() { _ = sock.Close() })
			if err != nil {
				_ = sock.Close()
			}
			accepted <- end{c, err}
		}
	}()
	return l.Addr().String(), accepted
}

func dial(t *testing.T, addr string, o *websocket.DialOptions) *websocket.Conn {
	t.Helper()
	c, _, err := websocket.Dial(t.Context(), "ws://"+addr+"/", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	return c
}

func TestAMessageIsALineBothWays(t *testing.T) {
	for _, c := range []struct {
		offers []string
		want   string
		typ    websocket.MessageType
	}{
		{[]string{TextLines}, TextLines, websocket.MessageText},
		{[]string{BinaryLines}, BinaryLines, websocket.MessageBinary},
		// websocket: the server respects the client's order of preference
		{[]string{"other", BinaryLines, TextLines}, BinaryLines, websocket.MessageBinary},
		{[]string{TextLines, BinaryLines}, TextLines, websocket.MessageText},
		{[]string{"other"}, "", websocket.MessageText},
		{nil, "", websocket.MessageText},
	} {
		t.Run(fmt.Sprint(c.offers), func(t *testing.T) {
			addr, ends := listening(t)
			client := dial(t, addr, &websocket.DialOptions{Subprotocols: c.offers})
			server := (<-ends).conn
			if client.Subprotocol() != c.want {
				t.Errorf("%q was chosen", client.Subprotocol())
			}
			for _, line := range []string{"NICK ann", "USER ann 0 * :Ann", "CAP LS 302\r\n", ""} {
				if err := client.Write(t.Context(), c.typ, []byte(line)); err != nil {
					t.Fatal(err)
				}
			}
			in := bufio.NewReader(server)
			for _, want := range []string{"NICK ann\r\n", "USER ann 0 * :Ann\r\n", "CAP LS 302\r\n", "\r\n", "\r\n"} {
				if got, err := in.ReadString('\n'); got != want || err != nil {
					t.Errorf("the server read %q, %v; want %q", got, err, want)
				}
			}
			if n, err := server.Write([]byte(":s 001 ann :hi\r\n:s 002 ann :ü\r\n")); n != 32 || err != nil {
				t.Errorf("%d bytes written, %v", n, err)
			}
			for _, want := range []string{":s 001 ann :hi", ":s 002 ann :ü"} {
				typ, got, err := client.Read(t.Context())
				if typ != c.typ || string(got) != want || err != nil {
					t.Errorf("the client read %v %q, %v; want %q", typ, got, err, want)
				}
			}
		})
	}
}

// frames counts the writes to a socket.
type frames struct {
	net.Conn
	writes int
}

func (f *frames) Write(b []byte) (int, error) {
	f.writes++
	return f.Conn.Write(b)
}

func TestManyLinesLeaveInOneWrite(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	go func() { // ends with the pipe
		_, _ = io.WriteString(near, request(""))
		_, _ = io.Copy(io.Discard, near)
	}()
	below := &frames{Conn: far}
	c := Server(below, Origins{})
	if err := c.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := below.writes
	line := ":ann!ann@host PRIVMSG #green :hello there\r\n"
	if n, err := c.Write([]byte(strings.Repeat(line, 100))); n != 100*len(line) || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	if got := below.writes - before; got != 1 {
		t.Errorf("%d writes, want 1", got)
	}
	_ = far.Close()
}

func TestAGoodbyeIsTheEnd(t *testing.T) {
	addr, ends := listening(t)
	client := dial(t, addr, nil)
	server := (<-ends).conn
	go func() { _ = client.Close(websocket.StatusNormalClosure, "") }() // ends with the answer
	if _, err := server.Read(make([]byte, 10)); !errors.Is(err, io.EOF) {
		t.Errorf("it ended with %v", err)
	}
	client = dial(t, addr, nil)
	server = (<-ends).conn
	done := make(chan error, 1)
	go func() { done <- server.Close() }()
	if _, _, err := client.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("the client was told %v", err)
	}
	<-done
}

func TestAPeerThatDoesNotSayGoodbyeIsLeft(t *testing.T) {
	addr, ends := listening(t)
	sock, _ := handshaken(t, addr, "")
	defer sock.Close()
	server := (<-ends).conn
	began := time.Now()
	_ = server.Close()
	if took := time.Since(began); took > 5*goodbyeWithin {
		t.Errorf("it took %v", took)
	}
}

// request is a good one, with further lines of headers.
func request(more string) string {
	return "GET / HTTP/1.1\r\nHost: chat.example.org\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + more + "\r\n"
}

// handshaken is a raw socket after the answer to a request.
func handshaken(t *testing.T, addr, more string) (net.Conn, *http.Response) {
	t.Helper()
	sock, answer := asked(t, addr, request(more))
	if answer.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(answer.Status)
	}
	return sock, answer
}

func asked(t *testing.T, addr, text string) (net.Conn, *http.Response) {
	t.Helper()
	sock, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sock.Close() })
	_ = sock.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(sock, text); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(sock), nil)
	if err != nil {
		t.Fatal(err)
	}
	return sock, answer
}
