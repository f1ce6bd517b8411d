package conn

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// TestWhatTheKernelDoesNotTakeAtOnceLeavesLater, in order, whatever the client
// reads at a time.
func TestWhatTheKernelDoesNotTakeAtOnceLeavesLater(t *testing.T) {
	sys, cfg := benchWorld(t)
	cfg.SendQueue = 64 << 20
	client, pid := signedIn(t, sys, cfg, watchedLoopback(t))
	var want []byte
	for i := range 200 {
		line := bytes.Repeat([]byte{byte('a' + i%26)}, 100<<10)
		want = append(want, line...)
		sys.Root.Send(pid, &room.Lines{Bytes: line})
	}
	got := make([]byte, len(want))
	client.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := io.ReadFull(client, got); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the client was shown something else: %v", err)
	}
	client.Close()
	if err := supervise.StopTree(sys, pid, time.Minute); err != nil {
		t.Fatal(err)
	}
}

// TestADeliveryAllocatesNothing, from the room's message to the socket.
func TestADeliveryAllocatesNothing(t *testing.T) {
	sys, cfg := benchWorld(t)
	crew := supervise.NewCrew()
	defer crew.Close()
	client, pid := signedIn(t, sys, cfg, watchedLoopback(t), crew.Actors(supervise.Throughput))
	deliver := deliveries(t, sys, client, pid)
	if n := testing.AllocsPerRun(1000, deliver); n > 0 {
		t.Errorf("%v allocations", n)
	}
	client.Close()
	if err := supervise.StopTree(sys, pid, time.Minute); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkDeliveryAtOnce is BenchmarkDelivery as a server does it on Linux: the
// actor writes, on a goroutine that is used again.
func BenchmarkDeliveryAtOnce(b *testing.B) {
	sys, cfg := benchWorld(b)
	crew := supervise.NewCrew()
	defer crew.Close()
	client, pid := signedIn(b, sys, cfg, watchedLoopback(b), crew.Actors(supervise.Throughput))
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
