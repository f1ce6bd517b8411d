package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/fault"
	"github.com/greenroom-chat/greenroom/net/client"
)

// broken is a running `greenroom prove-server`.
type broken struct {
	*exec.Cmd
	orders  io.WriteCloser
	ready   fault.Ready
	reports chan fault.Report
	log     bytes.Buffer // to be read when it has ended
	exit    chan struct{}
}

func serveToBreak(t *testing.T) *broken {
	t.Helper()
	b := &broken{reports: make(chan fault.Report, 100), exit: make(chan struct{})}
	b.Cmd = command(t, t.TempDir(), "prove-server", "--data", t.TempDir())
	b.Cmd.Stderr = &b.log
	orders, err := b.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	b.orders = orders
	out, err := b.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	go b.follow(out)
	t.Cleanup(func() { b.Process.Kill(); <-b.exit })
	r := b.report(t)
	if r.Ready == nil {
		t.Fatalf("the first report is %+v", r)
	}
	b.ready = *r.Ready
	return b
}

func (b *broken) follow(out io.Reader) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var r fault.Report
		if json.Unmarshal(lines.Bytes(), &r) == nil {
			b.reports <- r
		}
	}
	b.Wait()
	close(b.exit)
}

func (b *broken) report(t *testing.T) fault.Report {
	t.Helper()
	select {
	case r := <-b.reports:
		return r
	case <-b.exit:
		t.Fatalf("it has ended: %v\n%s", b.ProcessState, &b.log)
	case <-time.After(patience):
		t.Fatal("it reports nothing")
	}
	return fault.Report{}
}

func (b *broken) order(t *testing.T, o fault.Order) {
	t.Helper()
	if err := json.NewEncoder(b.orders).Encode(o); err != nil {
		t.Fatal(err)
	}
}

// strike orders a fault and waits until it is over, and tells whether it has
// struck: on a busy machine there may have been nothing to strike.
func (b *broken) strike(t *testing.T, f fault.Fault) (struck bool) {
	t.Helper()
	b.order(t, fault.Order{Strike: &f})
	for {
		r := b.report(t)
		if r.Struck == nil || r.Struck.ID != f.ID {
			t.Fatalf("after %v: %+v", f, r)
		}
		struck = struck || r.Struck.What != ""
		if r.Struck.Over || struck && f.For == 0 {
			return struck
		}
	}
}

// talk signs in, joins and posts over and over, whatever comes of it.
func (b *broken) talk(ctx context.Context, nick string) {
	for ctx.Err() == nil {
		b.visit(ctx, nick, 40)
	}
}

func (b *broken) dial(ctx context.Context, nick string) (*client.Client, error) {
	pinned := func(_, fingerprint string) error {
		if fingerprint != b.ready.Fingerprint {
			return fmt.Errorf("the fingerprint is %s", fingerprint)
		}
		return nil
	}
	return client.Dial(ctx, client.Options{
		Addr: b.ready.Address, VerifyKey: pinned, Nick: nick, Password: password, DropEvents: true,
		Caps: []string{"echo-message"},
	})
}

func (b *broken) visit(ctx context.Context, nick string, posts int) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	c, err := b.dial(ctx, nick)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err = c.Join(ctx, "#tea", ""); err != nil && !strings.Contains(err.Error(), "443") {
		return err
	}
	for n := range posts {
		if _, err = c.Post(ctx, "#tea", fmt.Sprint("cup ", n), ""); err != nil {
			return err
		}
	}
	return c.Quit(ctx, "")
}

// faultsWithin are one of each kind and target that strikes within the server.
func faultsWithin() []fault.Fault {
	var list []fault.Fault
	for i, target := range []string{
		fault.Room, fault.Journal, fault.Records, fault.Storage, fault.Registry,
		fault.Account, fault.User, fault.Conn, fault.Listener, fault.Net,
	} {
		kinds := []fault.Kind{fault.PanicBefore, fault.PanicAfter}
		list = append(list, fault.Fault{Kind: kinds[i%2], Target: target, Nth: 1})
	}
	const moment = 300 * time.Millisecond
	list = append(list,
		fault.Fault{Kind: fault.PanicAfter, Target: fault.Room, Nth: 7},
		fault.Fault{Kind: fault.PanicBefore, Target: fault.Journal, Nth: 2},
		fault.Fault{Kind: fault.CrashLoop, Target: fault.Room, For: 2 * moment},
		fault.Fault{Kind: fault.Delay, Target: fault.Journal, For: moment},
		fault.Fault{Kind: fault.Reorder, Target: fault.Room, Nth: 1},
		fault.Fault{Kind: fault.StoreFails, For: moment},
		fault.Fault{Kind: fault.StoreHangs, For: moment},
		fault.Fault{Kind: fault.StoreUnknown, For: moment},
		fault.Fault{Kind: fault.DiskLow, For: moment},
		fault.Fault{Kind: fault.SyncFails, Target: fault.Stored, For: moment},
		fault.Fault{Kind: fault.SyncFails, Target: fault.Lost, For: moment},
		fault.Fault{Kind: fault.AcceptFails, For: 3 * moment},
		fault.Fault{Kind: fault.ClockJumps, Target: fault.Back, For: moment},
		fault.Fault{Kind: fault.ClockJumps, Target: fault.Forward, For: moment},
	)
	for i := range list {
		list[i].ID = i + 1
	}
	return list
}

func TestServerAnswersAfterEveryFaultWithinIt(t *testing.T) {
	b := serveToBreak(t)
	nicks := []string{"ann", "bob", "cat"}
	for _, nick := range nicks {
		dialTLS(t, b.ready.Address).register(nick).Close()
	}
	ctx, stop := context.WithCancel(t.Context())
	var load sync.WaitGroup
	for _, nick := range nicks {
		load.Go(func() { b.talk(ctx, nick) })
	}
	for _, f := range faultsWithin() {
		t.Run(strings.Join(strings.Fields(f.String())[1:], "-"), func(t *testing.T) {
			for try := 1; !b.strike(t, f); try++ {
				if f.For *= 2; try == 6 {
					t.Fatal("there was nothing to strike")
				}
			}
			var err error
			for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
				if err = b.visit(ctx, "ann", 1); err == nil {
					return
				}
			}
			t.Error(err)
		})
	}
	stop()
	load.Wait()
	b.Process.Signal(syscall.SIGTERM)
	<-b.exit
	if code := b.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit %d", code)
	}
	for line := range strings.Lines(b.log.String()) {
		if strings.Contains(line, `"message":"panic"`) || strings.Contains(line, "stray") {
			t.Error(line)
		}
	}
}

func TestBrokenServerTellsWhatIsAlive(t *testing.T) {
	b := serveToBreak(t)
	status := func() fault.Status {
		b.order(t, fault.Order{Report: true})
		r := b.report(t)
		if r.Status == nil {
			t.Fatalf("reported %+v", r)
		}
		return *r.Status
	}
	before := status()
	if before.Goroutines < 5 || before.Actors < 8 || before.Heap < 1<<20 {
		t.Errorf("%+v", before)
	}
	w := dialTLS(t, b.ready.Address).register("ann")
	if with := status(); with.Actors != before.Actors+2 { // a user and a connection
		t.Errorf("%+v, and with one connection %+v", before, with)
	}
	w.send("QUIT")
	w.until("ERROR")
}

// The parent may be killed: then nobody would end the child.
func TestBrokenServerEndsWithItsParent(t *testing.T) {
	b := serveToBreak(t)
	b.orders.Close()
	select {
	case <-b.exit:
	case <-time.After(patience):
		t.Fatal("it lives")
	}
	if code := b.ProcessState.ExitCode(); code != 1 {
		t.Errorf("exit %d", code)
	}
}

func TestFaultsAreNoMatterOfConfiguration(t *testing.T) {
	out, err := command(t, t.TempDir(), "--help").CombinedOutput()
	if err != nil || bytes.Contains(out, []byte("prove-server")) {
		t.Errorf("%v\n%s", err, out)
	}
	for _, line := range slices.Collect(strings.Lines(string(out))) {
		if strings.Contains(strings.ToLower(line), "inject") {
			t.Error(line)
		}
	}
}
