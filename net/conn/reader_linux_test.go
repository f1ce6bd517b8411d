package conn

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/net/poll"
)

// watched is a listener whose connections can be watched.
type watched struct {
	net.Listener
	poller *poll.Poller
}

func (l watched) Accept() (net.Conn, error) {
	sock, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.poller.NewConn(sock), nil
}

func watchedLoopback(t testing.TB) net.Listener {
	t.Helper()
	p, err := poll.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return watched{loopback(t), p}
}

func TestASilentConnectionHasNoGoroutine(t *testing.T) {
	sys, cfg := benchWorld(t)
	listener := watchedLoopback(t)
	before := runtime.NumGoroutine()
	for range 50 {
		client, pid := signedIn(t, sys, cfg, listener)
		defer client.Close()
		defer supervise.StopTree(sys, pid, time.Minute)
	}
	for deadline := time.Now().Add(time.Minute); runtime.NumGoroutine() > before+5; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before 50 connections", runtime.NumGoroutine(), before)
		}
	}
}

// TestAReaderThatRestsMissesNothing: lines in pieces of any size, with and
// without time between them, are all answered in order.
func TestAReaderThatRestsMissesNothing(t *testing.T) {
	sys, cfg := benchWorld(t)
	cfg.Rate = 0
	client, pid := signedIn(t, sys, cfg, watchedLoopback(t))
	const lines = 3000
	go func() {
		rng := rand.New(rand.NewPCG(1, 2))
		var all strings.Builder
		for i := range lines {
			fmt.Fprintf(&all, "PING %d%s\r\n", i, strings.Repeat(" ", rng.IntN(300)))
		}
		for rest := all.String(); rest != ""; {
			n := min(1+rng.IntN(600), len(rest))
			client.Write([]byte(rest[:n]))
			rest = rest[n:]
			for range rng.IntN(50) {
				runtime.Gosched()
			}
		}
	}()
	client.SetReadDeadline(time.Now().Add(time.Minute))
	answers := bufio.NewScanner(client)
	for i := range lines {
		if want := fmt.Sprintf("PONG localhost %d", i); !answers.Scan() || !strings.HasSuffix(answers.Text(), want) {
			t.Fatalf("line %d: %q, %v", i, answers.Text(), answers.Err())
		}
	}
	client.Close()
	if err := supervise.StopTree(sys, pid, time.Minute); err != nil {
		t.Fatal(err)
	}
}
