package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The tests of this file put a server under more load than it is made for, and
// look after those who behave. GREENROOM_OVERLOAD=10000 makes the last one as
// large as that; the processes need as many files (ulimit -n), twice.

// mix is who is there besides the people that must not notice.
type mix struct {
	readers, stalled, flooders, silent int
	storms, handshakes                 int           // a second
	lasts                              time.Duration // and until all who stall are cut
	login                              time.Duration // in which a known user is in, at the latest
}

func TestAttack62AStalledFifthOfALargeRoomHarmsNobodyElse(t *testing.T) {
	overload(t, mix{readers: 320, stalled: 80, lasts: 5 * time.Second, login: 10 * time.Second})
}

func TestAttack63SilentConnectionsKeepNoKnownUserOut(t *testing.T) {
	overload(t, mix{readers: 50, silent: 600, lasts: 3 * time.Second, login: 10 * time.Second})
}

func TestAttack69AReconnectStormKeepsNobodyOut(t *testing.T) {
	overload(t, mix{readers: 50, storms: 300, handshakes: 100, lasts: 3 * time.Second, login: 10 * time.Second})
}

func TestAttack70MemoryStaysBelowItsCeilingUnderEverythingAtOnce(t *testing.T) {
	n, lasts, login := 1500, 8*time.Second, 20*time.Second
	if more, err := strconv.Atoi(os.Getenv("GREENROOM_OVERLOAD")); err == nil {
		n, lasts, login = more, 40*time.Second, patience
	}
	overload(t, mix{
		readers: n / 2, stalled: n / 8, flooders: n / 8, silent: n / 4,
		storms: 100, handshakes: 20, lasts: lasts, login: login,
	})
}

// crowdedConfig lets guests in, as so many hashes would be another test, and
// counts those who say nothing although they come from here.
const crowdedConfig = `
[accounts]
required = false
[limits]
connections = %d
count_loopback = true
send_queue = "128KiB"
send_queue_total = %q
`

// deliveries is how many a second are asked of the server at most.
const deliveries = 40_000

func overload(t *testing.T, m mix) {
	limit := "8MiB"
	if m.readers > 2000 {
		limit = "64MiB"
	}
	total := m.readers + m.stalled + m.flooders + m.silent
	file := t.TempDir() + "/greenroom.toml"
	if err := os.WriteFile(file, fmt.Appendf(nil, crowdedConfig, total+total/4+100, limit), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serve(t, t.TempDir(), "--config", file, "--metrics", "127.0.0.1:0",
		"--listen", "127.0.0.1:0", "--listen-plain", "127.0.0.1:0")
	var people []*regular
	for i := range 4 {
		people = append(people, &regular{t: t, nick: fmt.Sprint("regular", i), addr: s.Addr})
		people[i].register()
	}
	h := newHerd(t, s)
	room := gather(t, h, m)
	end := make(chan struct{})
	var all sync.WaitGroup
	stop := sync.OnceFunc(func() { close(end); all.Wait() })
	defer stop()
	for _, work := range []func(<-chan struct{}){
		func(end <-chan struct{}) { talk(h, room, m, end) },
		func(end <-chan struct{}) { flood(h, m.flooders, end) },
		func(end <-chan struct{}) { hold(h, m.silent, end) },
		func(end <-chan struct{}) { storm(h, m.storms, end) },
		func(end <-chan struct{}) { shake(s.Addr, m.handshakes, end) },
		func(end <-chan struct{}) { watch(t, h.metrics, end) },
	} {
		all.Go(func() { work(end) })
	}
	for h.opened[silent].Load() < int64(m.silent) { // they were there first
		time.Sleep(time.Millisecond)
	}
	for _, p := range people {
		all.Go(func() { p.live(end) })
	}
	time.Sleep(m.lasts)
	for deadline := time.Now().Add(patience); cutOf(scrape(t, h.metrics)) < m.stalled && time.Now().Before(deadline); {
		time.Sleep(100 * time.Millisecond)
	}
	stop()
	judge(t, s, h, m, people)
}

// gather fills the room, and returns those who read.
func gather(t *testing.T, h *herd, m mix) []*beast {
	t.Helper()
	var room []*beast
	for b, n := range map[breed]int{reader: m.readers, stalled: m.stalled} {
		for i := range n {
			one := h.come(b)
			if one == nil || !h.say(one, "NICK b%d-%d\r\nUSER u 0 * :u\r\nJOIN #crowd\r\n", b, i) {
				t.Fatal("a guest cannot come in")
			}
			if b == reader {
				room = append(room, one)
			}
			h.settle(t, b, i-20) // so few at a time are no storm
		}
		h.settle(t, b, n)
	}
	return room
}

// talk posts into the room, as much as the server is asked to deliver.
func talk(h *herd, room []*beast, m mix, end <-chan struct{}) {
	members := m.readers + m.stalled
	every := time.Duration(members) * time.Second / deliveries
	text := strings.Repeat("x", 380)
	for i := 0; ; i++ {
		select {
		case <-end:
			return
		case <-time.After(every):
			h.say(room[i%len(room)], "PRIVMSG #crowd :%s\r\n", text)
		}
	}
}

// flood has each send as much as the server reads, in rooms of their own.
func flood(h *herd, n int, end <-chan struct{}) {
	kinds := []string{
		"PRIVMSG #f%[1]d :" + strings.Repeat("y", 400), "NICK f%[1]d-%[2]d", "JOIN #f%[1]d,#g%[2]d", "PART #g%[2]d", "LIST", "WHO *",
		"NAMES #crowd", "CHATHISTORY LATEST #f%[1]d * 100", "AWAY :%[2]d", "NONSENSE " + strings.Repeat("z", 300), "WHOIS f%[1]d",
	}
	herd := make([]*beast, n)
	for round := 0; ; round++ {
		for i, one := range herd {
			if one == nil {
				if herd[i] = h.come(flooder); herd[i] == nil {
					continue
				}
				h.say(herd[i], "NICK f%d-\r\nUSER f 0 * :f\r\nJOIN #f%d\r\n", i, i%50)
				continue
			}
			for k := range 8 {
				h.say(one, kinds[(round+i+k)%len(kinds)]+"\r\n", i%50, round)
			}
		}
		select {
		case <-end:
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// hold opens connections that say nothing, and opens them again when the
// server lets them go.
func hold(h *herd, n int, end <-chan struct{}) {
	for {
		select {
		case <-end:
			return
		default:
		}
		if h.opened[silent].Load()-h.closed[silent].Load() < int64(n) {
			h.come(silent)
		}
		time.Sleep(time.Millisecond)
	}
}

// storm comes, signs in and is cut off, so many times a second.
func storm(h *herd, rate int, end <-chan struct{}) {
	if rate == 0 {
		return
	}
	var there []*beast
	for i := 0; ; i++ {
		select {
		case <-end:
			return
		case <-time.After(time.Second / time.Duration(rate)):
		}
		if one := h.come(stormer); one != nil {
			h.say(one, "NICK s%d\r\nUSER s 0 * :s\r\nJOIN #s%d\r\n", i, i%20)
			there = append(there, one)
		}
		if len(there) > rate/2 { // each stays half a second
			h.drop(there[0])
			there = there[1:]
		}
	}
}

// shake begins TLS and goes no further.
func shake(addr string, rate int, end <-chan struct{}) {
	if rate == 0 {
		return
	}
	for {
		select {
		case <-end:
			return
		case <-time.After(time.Second / time.Duration(rate)):
		}
		go func() { // ends with the handshake, which has a deadline
			sock, err := net.DialTimeout("tcp", addr, time.Second)
			if err != nil {
				return
			}
			defer sock.Close()
			_ = sock.SetDeadline(time.Now().Add(5 * time.Second))
			_ = tls.Client(sock, &tls.Config{InsecureSkipVerify: true}).Handshake() // whether it succeeds is the server's business
		}()
	}
}

// watch looks at the metrics all the time, as a monitor would.
func watch(t *testing.T, url string, end <-chan struct{}) {
	for {
		select {
		case <-end:
			return
		case <-time.After(250 * time.Millisecond):
		}
		got := scrape(t, url)
		for _, name := range []string{"greenroom_output_queued", "greenroom_commands_in_flight"} {
			held, limit := got[name+"_bytes"], got[name+"_limit_bytes"]
			if held > limit+1<<20 { // what was appended when it was found out
				t.Errorf("%s: %v of %v bytes", name, held, limit)
			}
		}
		if got["greenroom_ready"] != 1 {
			t.Error("the server says that it is not ready")
		}
	}
}

func judge(t *testing.T, s *server, h *herd, m mix, people []*regular) {
	t.Helper()
	if lost := h.closed[reader].Load(); lost > 0 {
		t.Errorf("%d of %d who read were cut; ended: %v", lost, m.readers, h.why())
	}
	got := scrape(t, h.metrics)
	cut := cutOf(got)
	if cut < m.stalled {
		t.Errorf("%d of %d who read nothing were cut", cut, m.stalled)
	}
	ceiling := int64(got["greenroom_memory_ceiling_bytes"])
	peak := int64(statusOf(t, s.Process.Pid, "VmHWM")) << 10
	if peak >= ceiling {
		t.Errorf("%s of memory were used, with a ceiling of %s", inMiB(peak), inMiB(ceiling))
	}
	for _, name := range []string{"greenroom_stray_messages_total", `greenroom_panics_total{actor="conn"}`, "greenroom_store_outages_total"} {
		if got[name] != 0 {
			t.Errorf("%s is %v", name, got[name])
		}
	}
	var logins, posts []time.Duration
	tries := 0
	for _, p := range people {
		logins, posts, tries = append(logins, p.logins...), append(posts, p.posts...), tries+p.tries
		if len(p.logins) == 0 || len(p.posts) == 0 {
			t.Errorf("%s has logged in %d times and posted %d times", p.nick, len(p.logins), len(p.posts))
		}
	}
	if slowest := slices.Max(append(logins, 0)); slowest > m.login {
		t.Errorf("somebody known was let in after %v", slowest)
	}
	t.Logf("memory %s of %s; %d logins in %d tries: %s; %d posts: %s; %d lines read; %d silent gave way; cut for not reading: %d; flooders cut: %d",
		inMiB(peak), inMiB(ceiling), len(logins), tries, quantiles(logins), len(posts), quantiles(posts), h.lines[reader].Load(),
		h.closed[silent].Load(), cut, h.closed[flooder].Load())
}

// cutOf is how many the server has cut because they did not read. They do not
// see it themselves: the end waits behind what they do not read.
func cutOf(metrics map[string]float64) int {
	const ended = "greenroom_connections_ended_total"
	return int(metrics[ended+`{reason="slow"}`] + metrics[ended+`{reason="crowded"}`])
}

func quantiles(d []time.Duration) string {
	if len(d) == 0 {
		return "-"
	}
	slices.Sort(d)
	at := func(q float64) time.Duration { return d[int(q*float64(len(d)-1))].Round(100 * time.Microsecond) }
	return fmt.Sprintf("p50 %v p99 %v max %v", at(0.5), at(0.99), at(1))
}
