package listen

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors"
	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/net/conn"
)

// fewFiles in the environment makes this program the server of the test below.
const fewFiles = "GREENROOM_TEST_FEW_FILES"

// serveWithFewFiles echoes lines, with room for few connections, and says on
// its output what is published. It ends with its input.
func serveWithFewFiles() {
	sys := supervise.NewSilentSystem()
	said := make(chan string, 100)
	sys.EventStream.Subscribe(func(event any) {
		switch m := event.(type) {
		case Paused:
			said <- "paused: " + m.Reason
		case Resumed:
			said <- "resumed"
		}
	})
	cfg := Config{
		Sockets: []Socket{{Address: "127.0.0.1:0"}},
		Conn: func(sock net.Conn) *actor.Props {
			return supervise.Props(func() actor.Actor { return &mirror{sock} })
		},
	}
	sys.Root.Spawn(parent(Props(cfg), func(*actor.PID) {}, func(m any) { said <- "bound " + m.(actors.NetReady).Addrs[0] }))
	go func() { // ends with the process
		for line := range said {
			if strings.HasPrefix(line, "bound") {
				leaveFiles(20)
			}
			fmt.Println(line)
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// leaveFiles lets this process open so many more files.
func leaveFiles(more uint64) {
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		panic(err)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		panic(err)
	}
	limit.Cur = uint64(len(open)-1) + more
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		panic(err)
	}
}

// mirror is a connection that says what it hears, and ends with its client.
type mirror struct{ sock net.Conn }

type heardAll struct{}

func (e *mirror) Receive(ctx actor.Context) {
	switch ctx.Message().(type) {
	case *actor.Started:
		root, self := ctx.ActorSystem().Root, ctx.Self()
		go func() { // ends with the socket
			_, _ = io.Copy(e.sock, e.sock)
			root.Send(self, heardAll{})
		}()
	case heardAll:
		ctx.Stop(ctx.Self())
	case *actor.Stopped:
		_ = e.sock.Close()
	case conn.GiveWay:
	}
}

// echoed tells whether the server answers, and waits for that.
func echoed(sock net.Conn) error {
	if _, err := sock.Write([]byte{'x'}); err != nil {
		return err
	}
	_, err := sock.Read(make([]byte, 1))
	return err
}

func TestAttack72WithoutFilesTheServerWaitsSaysSoOnceAndComesBack(t *testing.T) {
	server := exec.Command(os.Args[0], "-test.run=^$")
	server.Env = append(os.Environ(), fewFiles+"=1")
	input, err1 := server.StdinPipe()
	output, err2 := server.StdoutPipe()
	if err := server.Start(); err != nil || err1 != nil || err2 != nil {
		t.Fatal(err, err1, err2)
	}
	defer func() {
		input.Close()
		server.Wait() // it is told nothing else
	}()
	said := make(chan string, 100)
	go func() { // ends with the server
		for lines := bufio.NewScanner(output); lines.Scan(); {
			said <- lines.Text()
		}
	}()
	next := func() string {
		select {
		case line := <-said:
			return line
		case <-time.After(20 * time.Second):
			t.Error("the server says nothing")
			return ""
		}
	}
	addr := strings.TrimPrefix(next(), "bound ")

	// One after the other gets in, until there is no file for the next: the
	// server may say so after it took the last one in, or before.
	var in []net.Conn
	full := false
	answered := make(chan error, 1)
	dial := func() net.Conn {
		sock, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { sock.Close() })
		sock.SetDeadline(time.Now().Add(30 * time.Second))
		return sock
	}
	for !full && len(in) < 50 {
		sock := dial()
		go func() { answered <- echoed(sock) }()
		select {
		case err := <-answered:
			if err != nil {
				t.Fatalf("connection %d: %v", len(in), err)
			}
			in = append(in, sock)
		case line := <-said:
			if !strings.HasPrefix(line, "paused: this process has too many open files") {
				t.Errorf("the server says %q", line)
			}
			full = true
		}
	}
	if len(in) < 5 || !full {
		t.Fatalf("%d connections, and no end of files", len(in))
	}
	late := dial()
	lateAnswered := make(chan error, 1)
	go func() { lateAnswered <- echoed(late) }()
	for range 200 { // those who are in notice nothing, while accept tries again and again
		for i, sock := range in {
			if err := echoed(sock); err != nil {
				t.Fatalf("connection %d: %v", i, err)
			}
		}
	}
	for _, sock := range in[:3] {
		sock.Close()
	}
	if line := next(); line != "resumed" {
		t.Errorf("the server says %q, want once that it waits and once that it goes on", line)
	}
	for _, answer := range []chan error{answered, lateAnswered} {
		if err := <-answer; err != nil {
			t.Errorf("who waited was not let in: %v", err)
		}
	}
	for i, sock := range in[3:] {
		if err := echoed(sock); err != nil {
			t.Errorf("connection %d: %v", i, err)
		}
	}
}
