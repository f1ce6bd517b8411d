package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The relay of a limit is this program again.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "bench" && os.Args[2] == "relay" {
		if err := Relay(RelayMode(os.Args[3]), os.Stdin, os.Stdout); err != nil {
			panic(err)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func TestWhatAServerDoesToMessagesFailsTheRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		lie  func(*liarGuest, string) []string
		bad  func(Faults) bool
	}{
		{"lost", once(func(string) []string { return nil }), func(f Faults) bool { return f.Lost > 0 && f.Doubled+f.Astray+f.Altered == 0 }},
		{"doubled", once(func(line string) []string { return []string{line, line} }), func(f Faults) bool { return f.Doubled > 0 && f.Lost == 0 }},
		{"the very last doubled, a moment later", func(g *liarGuest, line string) []string {
			if strings.Contains(line, "000000029") {
				again := fmt.Sprintf(":late!l@liar %s\r\n", line)
				time.AfterFunc(50*time.Millisecond, func() { io.WriteString(g, again) })
			}
			return []string{line}
		}, func(f Faults) bool { return f.Doubled > 0 && f.Lost == 0 }},
		// By one: of three under way none comes while the first is not there.
		{"held back behind a later one", func(g *liarGuest, line string) []string {
			switch g.shown {
			case 10:
				g.held = []string{line}
				return nil
			case 11:
				return append([]string{line}, g.held...)
			}
			return []string{line}
		}, func(f Faults) bool { return f.Reordered > 0 && f.Lost == 0 }},
		{"cut", once(func(line string) []string { return []string{line[:len(line)-3]} }), func(f Faults) bool { return f.Altered > 0 && f.Lost == 0 }},
		{"made up", once(func(line string) []string {
			return []string{line, line[:len(line)-64] + strings.Replace(line[len(line)-64:], "0000000", "0700000", 1)}
		}), func(f Faults) bool { return f.Astray > 0 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := startLiar(t, c.lie)
			o := short(FanOut, l.listener.Addr().String())
			report, err := Run(t.Context(), o)
			var bad *Unfaithful
			if !errors.As(err, &bad) || !c.bad(bad.Faults) {
				t.Fatalf("it was not found: %v", err)
			}
			if bad.First == "" || !strings.Contains(err.Error(), "server, round 1: the messages did not arrive as they were sent") {
				t.Errorf("it says %q", err)
			}
			if len(report.Rounds) != 1 {
				t.Errorf("%d rounds are told, want the one that failed", len(report.Rounds))
			}
		})
	}
}

func TestAMessageShownToItsSenderWhoDidNotAskFailsTheRun(t *testing.T) {
	t.Parallel()
	l := startLiar(t, func(g *liarGuest, line string) []string {
		if g.shown == 2 && strings.HasSuffix(g.nick, "0") { // what client 1 says is shown as if client 0 had said it
			return []string{line, strings.Replace(line, g.nick[1:4]+"00001", g.nick[1:4]+"00000", 1)}
		}
		return []string{line}
	})
	_, err := Run(t.Context(), short(FanOut, l.listener.Addr().String()))
	var bad *Unfaithful
	if !errors.As(err, &bad) || bad.Astray == 0 {
		t.Errorf("it was not found: %v", err)
	}
}

func TestEveryWorkloadRunsAgainstAServerThatIsHonest(t *testing.T) {
	t.Parallel()
	for _, w := range []Workload{FanOut, Rooms, Latency, Idle, Connect} {
		t.Run(string(w), func(t *testing.T) {
			t.Parallel()
			o := short(w, startLiar(t, honest).listener.Addr().String())
			o.Rounds = 2
			report, err := Run(t.Context(), o)
			if err != nil || len(report.Rounds) != 2 {
				t.Fatalf("%d rounds, %v", len(report.Rounds), err)
			}
			if o.carries() && report.Rounds[1].Value("messages") != 60 {
				t.Errorf("%v messages in the second round, want 60", report.Rounds[1].Value("messages"))
			}
		})
	}
}

func TestMembersOfARoomWhoAreNotToldOfAllFailTheJoin(t *testing.T) {
	t.Parallel()
	_, err := Run(t.Context(), short(Join, startLiar(t, honest).listener.Addr().String()))
	if err == nil || !strings.Contains(err.Error(), "of the 40 in the room") {
		t.Errorf("it was not found: %v", err)
	}
}

// A server that stalls makes the messages due meanwhile late, each by as much as
// is left of the stall.
func TestAStallIsInTheDelaysOfAllThatWasDue(t *testing.T) {
	t.Parallel()
	var stalled atomic.Bool
	const stall = 300 * time.Millisecond
	l := startLiar(t, func(g *liarGuest, line string) []string {
		if g.shown == 20 && stalled.CompareAndSwap(false, true) {
			<-time.After(stall)
		}
		return []string{line}
	})
	o := short(Latency, l.listener.Addr().String())
	o.Messages = 200 // half a second, more than half of it stalled
	report, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	r := report.Rounds[0]
	if p50, longest := r.Value("p50_ms"), r.Value("max_ms"); p50 < 20 || longest < millis(stall)*0.9 {
		t.Errorf("p50 %.1f ms and max %.1f ms: the stall of %v is not seen", p50, longest, stall)
	}
}

func TestLimitsAreMeasuredInTurnWithTheServerAndHaveCPUOfTheirOwn(t *testing.T) {
	t.Parallel()
	for _, complete := range []Completion{All, Echo} {
		t.Run(string(complete), func(t *testing.T) {
			t.Parallel()
			o := short(FanOut, startLiar(t, honest).listener.Addr().String())
			o.Complete, o.Rounds, o.WarmUp = complete, 2, 20*time.Millisecond
			o.Limits = []RelayMode{Write, Wakeup}
			o.Server.PID = os.Getpid()
			report, err := Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			var order []string
			for _, r := range report.Rounds {
				order = append(order, r.Target)
				if cpu := r.Value("cpu_seconds_per_million"); !(cpu > 0) || cpu > 100_000 {
					t.Errorf("%s: %v CPU seconds per million", r.Target, cpu)
				}
				if r.Value("deliveries") != 60*4 {
					t.Errorf("%s: %v deliveries, want 240", r.Target, r.Value("deliveries"))
				}
			}
			want := "server limit write limit wakeup server limit write limit wakeup"
			if got := strings.Join(order, " "); got != want {
				t.Errorf("the rounds were %s, want %s", got, want)
			}
			if got := len(ratios(summarize(report.Rounds))); got != 2 {
				t.Errorf("%d ratios, want 2", got)
			}
		})
	}
}

func TestWithoutAPidCPUIsNotKnownAndSaidToBe(t *testing.T) {
	t.Parallel()
	report, err := Run(t.Context(), short(FanOut, startLiar(t, honest).listener.Addr().String()))
	if err != nil || !math.IsNaN(report.Rounds[0].Value("cpu_seconds_per_million")) {
		t.Errorf("%v: %v", err, report.Rounds)
	}
	if notes := strings.Join(report.Notes, "\n"); !strings.Contains(notes, "give --pid") {
		t.Errorf("the notes are %q", notes)
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mute.Close() })
	go func() { // ends with the listener
		for conn, err := mute.Accept(); err == nil; conn, err = mute.Accept() {
			conn.Close()
		}
	}()
	addr := startLiar(t, honest).listener.Addr().String()
	for _, c := range []struct {
		name string
		with func(*Options)
		says string
	}{
		{"no such process", func(o *Options) { o.Server.PID = 1 << 22 }, "--pid wants that of the server"},
		{"too many connections", func(o *Options) { o.Members = mostMembers }, "raise the hard limit"},
		{"nobody there", func(o *Options) { o.Server.Addr = "127.0.0.1:1" }, "reach the server"},
		{"a server that hangs up", func(o *Options) { o.Server.Addr = mute.Addr().String() }, "does it speak TLS there"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := short(FanOut, addr)
			c.with(&o)
			if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %v, want %q", err, c.says)
			}
		})
	}
}

func TestARunThatIsInterruptedEndsAtOnce(t *testing.T) {
	ctx, cancel := context.WithTimeoutCause(t.Context(), 200*time.Millisecond, errors.New("told to stop"))
	defer cancel()
	o := short(FanOut, startLiar(t, honest).listener.Addr().String())
	o.Messages, o.For = 0, time.Hour
	began := time.Now()
	if _, err := Run(ctx, o); err == nil || !strings.Contains(err.Error(), "told to stop") {
		t.Errorf("it ended with %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestUsageOfAProcessGrowsWithWhatItDoes(t *testing.T) {
	before, err := ReadUsage(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); time.Since(began) < 20*time.Millisecond; {
	}
	after, err := ReadUsage(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if spent := after.CPU - before.CPU; spent <= 0 || after.RSS <= 0 || after.Peak < after.RSS {
		t.Errorf("%v of CPU, %d bytes, at the most %d", spent, after.RSS, after.Peak)
	}
}

// The clock of a process and /proc/PID/stat are the same, but for the ticks.
func TestTheClockOfAProcessIsWhatStatSays(t *testing.T) {
	child := exec.Command("sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo done; read x")
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Wait()
	defer in.Close()
	if _, err := out.Read(make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	u, err := ReadUsage(child.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(child.Process.Pid) + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	ticks, err := parseStat(stat)
	if err != nil {
		t.Fatal(err)
	}
	if diff := u.CPU - time.Duration(ticks)*clockTick; diff.Abs() > 3*clockTick {
		t.Errorf("%v by the clock, %d ticks", u.CPU, ticks)
	}
}
