package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
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
// 1,000 connections, for b.N messages. It reports how long it takes from the
// sending to the reading, with the disk between, and the server's CPU and
// memory. Run it with -benchtime 2000x.
func BenchmarkRoomOf1000(b *testing.B) {
	const members, rate, talkers = 1000, 200, 8
	s := benchServer(b)
	c := gather(b, s.Addr, members)
	cpu := cpuOf(b, s.Process.Pid)
	b.ResetTimer()
	began := time.Now()
	for i := range b.N {
		due := began.Add(time.Duration(i) * time.Second / rate)
		time.Sleep(time.Until(due))
		c.say(i%talkers, "PRIVMSG #crowd :@%d %s\r\n", due.UnixNano(), strings.Repeat("x", 44))
	}
	want := int64(b.N * (members - 1)) // nobody is shown what they said
	c.await(b, want)
	b.StopTimer()
	spent := cpuOf(b, s.Process.Pid) - cpu
	report1000(b, c, spent, want)
	b.ReportMetric(float64(rssOf(b, s.Process.Pid))/1024, "MiB-rss")
	if code, took := s.stop(b, syscall.SIGTERM); code != 0 || took > 5*time.Second {
		b.Errorf("SIGTERM: exit %d after %v", code, took)
	} else {
		b.ReportMetric(took.Seconds(), "s-to-stop")
	}
}

func report1000(b *testing.B, c *crowd, spent time.Duration, deliveries int64) {
	delays := c.leave()
	slices.Sort(delays)
	at := func(q float64) float64 {
		return float64(delays[int(q*float64(len(delays)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(at(0.5), "ms-p50")
	b.ReportMetric(at(0.99), "ms-p99")
	b.ReportMetric(at(1), "ms-max")
	b.ReportMetric(float64(spent.Microseconds())/float64(deliveries), "cpu-µs/delivery")
}

// BenchmarkFreshServer reports the memory of a server that nobody has used.
func BenchmarkFreshServer(b *testing.B) {
	s := benchServer(b)
	time.Sleep(2 * time.Second)
	for b.Loop() {
		rssOf(b, s.Process.Pid)
	}
	b.ReportMetric(float64(rssOf(b, s.Process.Pid))/1024, "MiB-rss")
}

func benchServer(b *testing.B) *server {
	b.Helper()
	file := b.TempDir() + "/greenroom.toml"
	if err := os.WriteFile(file, []byte(crowded), 0o600); err != nil {
		b.Fatal(err)
	}
	return serve(b, b.TempDir(), "--config", file, "--listen-plain", "127.0.0.1:0")
}

// cpuOf reads the processor time of a process, user and system.
func cpuOf(tb testing.TB, pid int) time.Duration {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		tb.Fatal(err)
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// rssOf reads the resident memory of a process, in KiB.
func rssOf(tb testing.TB, pid int) int {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		tb.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n
		}
	}
	tb.Fatal("no VmRSS")
	return 0
}
