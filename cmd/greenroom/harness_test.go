package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for what must happen; it is a bound for a
// broken server on a busy machine, not a promise.
const patience = 60 * time.Second

const password = "a pond of blue herons"

// binary is the program as people run it, built once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "greenroom-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "greenroom")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %v\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	closeBrowser()
	if path, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

func program(t testing.TB) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// command prepares the program with a home of its own and nothing else from
// the environment that could change what it does.
func command(t testing.TB, home string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(program(t), args...)
	cmd.Dir = home
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "LANG=C.UTF-8"}
	return cmd
}

// server is a running `greenroom serve`.
type server struct {
	*exec.Cmd
	Data  string
	Addr  string // the first listener's
	Web   string // where the page is
	exit  chan struct{}
	ended error
	mu    sync.Mutex
	log   bytes.Buffer
}

// serve starts the program on a free port and waits until it says ready.
func serve(t testing.TB, data string, args ...string) *server {
	t.Helper()
	return mustBeReady(t, launch(t, data, args...))
}

// serveBy is serve for a program that is started in another way.
func serveBy(t testing.TB, data string, prepare func(args []string) *exec.Cmd, args ...string) *server {
	t.Helper()
	return mustBeReady(t, launchBy(t, data, prepare, args...))
}

// mustBeReady fails the test of a server that is not.
func mustBeReady(t testing.TB, s *server) *server {
	t.Helper()
	if s.Addr == "" {
		t.Fatalf("the server ended before it was ready: %v\n%s", s.ended, s.Log())
	}
	return s
}

// launch is serve for a server that may fail to start; Addr is empty then.
func launch(t testing.TB, data string, args ...string) *server {
	t.Helper()
	return launchBy(t, data, func(args []string) *exec.Cmd { return command(t, t.TempDir(), args...) }, args...)
}

// launchBy is launch for such a program.
func launchBy(t testing.TB, data string, prepare func(args []string) *exec.Cmd, args ...string) *server {
	t.Helper()
	args = append([]string{"serve", "--data", data, "--log-format", "json"}, args...)
	if !slices.Contains(args, "--web") { // the default is for one server on a machine
		args = append(args, "--web", "off")
	}
	s := &server{Cmd: prepare(args), Data: data, exit: make(chan struct{})}
	out, err := s.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan string, 1)
	go s.follow(out, ready)
	t.Cleanup(func() { s.Process.Kill(); <-s.exit })
	select {
	case s.Addr = <-ready:
	case <-s.exit:
	case <-time.After(patience):
		t.Fatalf("not ready\n%s", s.Log())
	}
	return s
}

func (s *server) follow(out io.Reader, ready chan<- string) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		s.mu.Lock()
		fmt.Fprintln(&s.log, lines.Text())
		s.mu.Unlock()
		var entry struct {
			Message string
			Listen  []string
			Web     string
		}
		if json.Unmarshal(lines.Bytes(), &entry) == nil && entry.Message == "ready" && len(entry.Listen) > 0 {
			s.Web = entry.Web
			ready <- entry.Listen[0]
		}
	}
	s.ended = s.Wait()
	close(s.exit)
}

// Log is what the server has written so far.
func (s *server) Log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// stop sends the signal and waits for the end.
func (s *server) stop(t testing.TB, sig syscall.Signal) (code int, took time.Duration) {
	t.Helper()
	began := time.Now()
	s.Process.Signal(sig)
	select {
	case <-s.exit:
	case <-time.After(patience):
		t.Fatalf("did not end\n%s", s.Log())
	}
	return s.ProcessState.ExitCode(), time.Since(began)
}

// wire is a client that knows nothing of ours: a socket and lines.
type wire struct {
	t *testing.T
	net.Conn
	lines *bufio.Reader
	nick  string
}

func dialTLS(t *testing.T, addr string) *wire {
	t.Helper()
	sock, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13})
	if err != nil {
		t.Fatal(err)
	}
	return newWire(t, sock)
}

func newWire(t *testing.T, sock net.Conn) *wire {
	t.Cleanup(func() { sock.Close() })
	return &wire{t: t, Conn: sock, lines: bufio.NewReader(sock)}
}

func (w *wire) send(format string, args ...any) {
	w.t.Helper()
	if _, err := fmt.Fprintf(w, format+"\r\n", args...); err != nil {
		w.t.Fatal(err)
	}
}

// until reads to the first line that holds want, and returns all lines read.
func (w *wire) until(want string) []string {
	w.t.Helper()
	var seen []string
	w.SetReadDeadline(time.Now().Add(patience))
	for {
		line, err := w.lines.ReadString('\n')
		if err != nil {
			w.t.Fatalf("waiting for %q: %v after\n%s", want, err, strings.Join(seen[max(0, len(seen)-12):], "\n"))
		}
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "PING ") {
			w.send("PONG %s", line[len("PING "):])
			continue
		}
		seen = append(seen, line)
		if strings.Contains(line, want) {
			return seen
		}
	}
}

// fence waits until all that was sent before has been answered.
func (w *wire) fence() []string {
	w.t.Helper()
	token := fmt.Sprint("fence-", time.Now().UnixNano())
	w.send("PING %s", token)
	return w.until(token)
}

// join enters a room and waits until that is done.
func (w *wire) join(room string) {
	w.t.Helper()
	w.send("JOIN %s", room)
	w.fence()
}

const allCaps = "sasl message-tags server-time batch echo-message labeled-response account-tag standard-replies draft/account-registration draft/chathistory"

func (w *wire) greet(nick string) {
	w.nick = nick
	w.send("CAP LS 302")
	w.send("NICK %s", nick)
	w.send("USER %s 0 * :%s", nick, nick)
	w.send("CAP REQ :%s", allCaps)
	w.until(" ACK ")
}

// register makes an account and finishes connection registration.
func (w *wire) register(nick string) *wire {
	w.t.Helper()
	w.greet(nick)
	w.send("REGISTER * * :%s", password)
	w.until("REGISTER SUCCESS")
	w.send("CAP END")
	w.until(" 001 ")
	w.fence()
	return w
}

// login proves an account and finishes connection registration.
func (w *wire) login(nick string) *wire {
	w.t.Helper()
	w.greet(nick)
	w.send("AUTHENTICATE PLAIN")
	w.until("AUTHENTICATE +")
	w.send("AUTHENTICATE %s", base64.StdEncoding.EncodeToString([]byte(nick+"\x00"+nick+"\x00"+password)))
	w.until(" 903 ")
	w.send("CAP END")
	w.until(" 001 ")
	w.fence()
	return w
}
