package conn

import (
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/actors/user"
)

// doorman answers what a connection asks while it signs in.
type doorman struct{}

func (d doorman) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case registry.SignIn:
		ctx.Send(m.ReplyTo, user.Welcome{Ref: m.Ref, User: ctx.Self(), Profile: m.Profile})
	case user.Settle:
		ctx.Send(m.ReplyTo, user.Settled{Ref: m.Ref})
	}
}

// benchWorld is a server that has a doorman for a registry.
func benchWorld(t testing.TB) (*actor.ActorSystem, *Config) {
	t.Helper()
	sys := actortest.System(t)
	cfg := Defaults()
	cfg.AccountRequired = false
	cfg.Started = time.Now()
	cfg.Registry = sys.Root.Spawn(supervise.Props(func() actor.Actor { return doorman{} }))
	t.Cleanup(func() { sys.Root.Stop(cfg.Registry) })
	return sys, &cfg
}

// signedIn is a client on loopback that has been welcomed.
func signedIn(t testing.TB, sys *actor.ActorSystem, cfg *Config, listener net.Listener, opts ...actor.PropsOption) (net.Conn, *actor.PID) {
	t.Helper()
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	sock, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	pid := sys.Root.Spawn(Props(cfg, sock, opts...))
	if _, err := client.Write([]byte("NICK ann\r\nUSER ann 0 * :Ann\r\nPING end\r\n")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 0, 4<<10)
	for want := "PONG localhost end\r\n"; len(buf) < len(want) || string(buf[len(buf)-len(want):]) != want; {
		n, err := client.Read(buf[len(buf):cap(buf)])
		if err != nil {
			t.Fatal(err)
		}
		buf = buf[:len(buf)+n]
	}
	return client, pid
}

func loopback(t testing.TB) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

// BenchmarkIdle reports the memory of a connection that is signed in and
// silent, the client's end of the socket included.
func BenchmarkIdle(b *testing.B) {
	const many = 500
	for range b.N {
		sys, cfg := benchWorld(b)
		listener := loopback(b)
		before := inUse()
		clients := make([]net.Conn, many)
		pids := make([]*actor.PID, many)
		for i := range clients {
			clients[i], pids[i] = signedIn(b, sys, cfg, listener)
		}
		after := inUse()
		b.ReportMetric(float64(after.HeapInuse-before.HeapInuse)/many, "heap-B/conn")
		b.ReportMetric(float64(after.StackInuse-before.StackInuse)/many, "stack-B/conn")
		for i := range clients {
			clients[i].Close()
			if err := supervise.StopTree(sys, pids[i], time.Minute); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func inUse() runtime.MemStats {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m
}

// deliveries makes a function that sends a message of a room through the
// connection and waits for it at the other end.
func deliveries(t testing.TB, sys *actor.ActorSystem, client net.Conn, pid *actor.PID) func() {
	line := []byte("@time=2026-01-01T00:00:00.000Z;msgid=040g :bob!bob@host.test PRIVMSG #green :hello, how are you all today?\r\n")
	buf := make([]byte, len(line))
	lines := &room.Lines{Bytes: line}
	return func() {
		sys.Root.Send(pid, lines)
		if _, err := io.ReadFull(client, buf); err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkDelivery is a message of a room on its way through one connection,
// each in a write of its own: the worst case.
func BenchmarkDelivery(b *testing.B) {
	sys, cfg := benchWorld(b)
	client, pid := signedIn(b, sys, cfg, loopback(b))
	deliver := deliveries(b, sys, client, pid)
	for range 100 {
		deliver()
	}
	b.ReportAllocs()
	for b.Loop() {
		deliver()
	}
	client.Close()
	if err := supervise.StopTree(sys, pid, time.Minute); err != nil {
		b.Fatal(err)
	}
}
