package main

import (
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/bench"
)

// crowded is the configuration of a server that is measured: guests, so that
// a thousand connections need no thousand hashes.
const crowded = `
[accounts]
required = false
[rate_limits]
enabled = false
`

// BenchmarkRoomOf1000 posts 200 messages a second, open loop, into a room of
// 1,000 connections, for b.N messages. It reports how long it takes from when
// each was due to the reading, with the disk between, and the server's CPU and
// memory. Run it with -benchtime 2000x; `greenroom bench latency` is the same.
func BenchmarkRoomOf1000(b *testing.B) {
	s := benchServer(b)
	report, err := bench.Run(b.Context(), bench.Options{
		Workload: bench.Latency, Server: bench.Server{Addr: s.Addr, PID: s.Process.Pid},
		Rooms: 1, Members: 1000, Senders: 8, Rate: 200, Messages: b.N, Size: 64, Rounds: 1, Patience: patience,
	})
	if err != nil {
		b.Fatal(err)
	}
	r := report.Rounds[0]
	for key, unit := range map[string]string{
		"p50_ms": "ms-p50", "p99_ms": "ms-p99", "max_ms": "ms-max",
		"cpu_seconds_per_million": "cpu-µs/delivery", "rss_mib": "MiB-rss",
	} {
		b.ReportMetric(r.Value(key), unit)
	}
	if code, took := s.stop(b, syscall.SIGTERM); code != 0 || took > 5*time.Second {
		b.Errorf("SIGTERM: exit %d after %v", code, took)
	} else {
		b.ReportMetric(took.Seconds(), "s-to-stop")
	}
}

// BenchmarkFreshServer reports the memory of a server that nobody has used.
func BenchmarkFreshServer(b *testing.B) {
	s := benchServer(b)
	time.Sleep(2 * time.Second)
	for b.Loop() {
	}
	used, err := bench.ReadUsage(s.Process.Pid)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(used.RSS)/(1<<20), "MiB-rss")
}

func benchServer(b *testing.B) *server {
	b.Helper()
	file := b.TempDir() + "/greenroom.toml"
	if err := os.WriteFile(file, []byte(crowded), 0o600); err != nil {
		b.Fatal(err)
	}
	return serve(b, b.TempDir(), "--config", file, "--listen-plain", "127.0.0.1:0")
}
