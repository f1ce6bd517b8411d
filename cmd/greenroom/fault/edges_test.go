package fault

import (
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestAcceptFailsForLackOfFilesAndKeepsWhoWaits(t *testing.T) {
	in, told := newInjectors()
	l, err := in.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	o := &order{Fault: Fault{ID: 1, Kind: AcceptFails, For: time.Hour}}
	in.orders = append(in.orders, o)
	for range 3 {
		var failed *net.OpError
		if _, err := l.Accept(); !errors.As(err, &failed) || failed.Op != "accept" || !errors.Is(err, syscall.EMFILE) {
			t.Fatalf("%v", err)
		}
	}
	in.end(o)
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if server.RemoteAddr().String() != client.LocalAddr().String() {
		t.Error("another connection was accepted")
	}
	server.Close()
	told.want(t, Struck{ID: 1, What: "accept"}, Struck{ID: 1, Over: true})

	again, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	in.orders = append(in.orders, o)
	if _, err := l.Accept(); err == nil {
		t.Fatal("accepted")
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	again.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := again.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("who waited is not told of the end: %v", err)
	}
	in.end(o)
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed, and accepts: %v", err)
	}
}

func TestListenerIsFoundAgainAtItsPort(t *testing.T) {
	in, _ := newInjectors()
	first, err := in.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := first.Addr().String()
	first.Close()
	second, err := in.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if got := second.Addr().String(); got != address {
		t.Errorf("bound to %s, then to %s", address, got)
	}
}

func TestClockJumpsAndIsSetRightAgain(t *testing.T) {
	for target, by := range map[string]time.Duration{Forward: time.Hour, Back: -time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			in, told := newInjectors()
			if err := in.Strike(Fault{ID: 1, Kind: ClockJumps, Target: target, For: time.Second}); err != nil {
				t.Fatal(err)
			}
			if got := in.Now().Round(0).Sub(time.Now().Round(0)); got != by {
				t.Errorf("%s by %v", target, got)
			}
			time.Sleep(time.Second)
			synctest.Wait()
			if got := in.Now().Round(0).Sub(time.Now().Round(0)); got != 0 {
				t.Errorf("%s, and then off by %v", target, got)
			}
			told.want(t, Struck{ID: 1, What: "clock"}, Struck{ID: 1, Over: true})
		})
	}
}

// As on a machine whose clock is set: what waits for a time to pass does not
// notice.
func TestClockThatJumpsMeasuresOn(t *testing.T) {
	now := time.Now()
	for _, by := range []time.Duration{leapBy, -leapBy} {
		jumped := shift(now, by)
		if wall := jumped.Round(0).Sub(now.Round(0)); wall != by {
			t.Errorf("the clock on the wall jumped by %v, not %v", wall, by)
		}
		if elapsed := jumped.Sub(now); elapsed != 0 {
			t.Errorf("a jump by %v looks as if %v had passed", by, elapsed)
		}
		if back := shift(jumped, -by); back != now {
			t.Errorf("%v became %v", now, back)
		}
	}
}
