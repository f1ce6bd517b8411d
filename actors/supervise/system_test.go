package supervise_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

var nowhere = zerolog.Nop()

// page is a log that may be written and read at once.
type page struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.buf.Write(b)
}

func (p *page) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.buf.String()
}

type password struct{ Text string }

// TestAttack45LogNeverQuotesAMessage: dead letters, panics, strays and what
// protoactor logs by itself name types only, at the most talkative level.
func TestAttack45LogNeverQuotesAMessage(t *testing.T) {
	const secret = "hunter2"
	synctest.Test(t, func(t *testing.T) {
		log := &page{}
		sys := supervise.NewSystem(zerolog.New(log).Level(zerolog.TraceLevel))
		gone := sys.Root.Spawn(supervise.Props(receive(func(actor.Context) {})))
		_ = sys.Root.StopFuture(gone).Wait()
		parent := sys.Root.Spawn(supervise.Props(receive(func(ctx actor.Context) {
			switch m := ctx.Message().(type) {
			case password:
				panic(m)
			case *password:
				panic("no login with " + m.Text)
			case boom:
				var none []int
				_ = none[len(none)]
			default:
				supervise.Stray(ctx)
			}
		}))) // below protoactor's own strategy for the root
		_, me := actortest.NewProbe(sys)
		sys.Root.Send(gone, password{secret})
		sys.Root.RequestWithCustomSender(gone, &password{secret}, me)
		sys.Root.Send(parent, password{secret})
		sys.Root.Send(parent, &password{secret})
		sys.Root.Send(parent, boom{})
		sys.Root.Send(parent, []string{secret})
		supervise.Go(sys, parent, func() any { panic(secret) }, func(err error) any { return err })
		synctest.Wait()
		if err := supervise.StopTree(sys, parent, time.Second); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has the secret:\n%s", log)
		}
		for _, want := range []string{
			`"type":"supervise_test.password"`, `"during":"*supervise_test.password"`, `"type":"[]string"`,
			`"dead letter"`, `"panic"`, `"stray message"`, `"worker"`, "index out of range [0] with length 0", `"where":"github.com/greenroom-chat/greenroom/actors/supervise_test.TestAttack45`,
		} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log lacks %s:\n%s", want, log)
			}
		}
		_ = sys.Root.StopFuture(me).Wait()
	})
}

// TestDecisionIsLogged: a line of the log tells who, why and what is done.
func TestDecisionIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &page{}
		sys := supervise.NewSystem(zerolog.New(log).Level(zerolog.InfoLevel))
		pid := sys.Root.Spawn(supervise.Props(receive(func(ctx actor.Context) {
			if _, ok := ctx.Message().(boom); ok {
				panic(errors.New("no such page"))
			}
		}), actor.WithGuardian(&supervise.Backoff{Base: time.Second, Limit: 1})))
		sys.Root.Send(pid, boom{})
		sys.Root.Send(pid, boom{})
		time.Sleep(time.Minute)
		synctest.Wait()
		var did []string
		for line := range strings.Lines(log.String()) {
			if strings.Contains(line, `"supervision"`) {
				did = append(did, line)
			}
		}
		want := `"do":"restart","delay":1000,"failures":1,"err":"*errors.errorString: no such page"`
		if len(did) != 2 || !strings.Contains(did[0], want) || !strings.Contains(did[1], `"do":"stop"`) {
			t.Fatalf("log:\n%s", log)
		}
		sys.Shutdown()
	})
}

// TestStopTreeLeavesNothing: no actor, no goroutine.
func TestStopTreeLeavesNothing(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	sys := supervise.NewSystem(nowhere)
	var order []string
	var spawn func(name string, depth int) *actor.Props
	spawn = func(name string, depth int) *actor.Props {
		return supervise.Props(receive(func(ctx actor.Context) {
			switch ctx.Message().(type) {
			case *actor.Started:
				if depth > 0 {
					ctx.Spawn(spawn(name+"l", depth-1))
				}
			case *actor.Stopped:
				order = append(order, name)
			}
		}))
	}
	root := sys.Root.Spawn(spawn("root", 3))
	if err := supervise.StopTree(sys, root, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(order, " "); got != "rootlll rootll rootl root" {
		t.Errorf("ended in the order %s", got)
	}
	if n := supervise.Live(sys); n != 0 {
		t.Errorf("%d actors live on", n)
	}
	if err := supervise.StopTree(sys, root, time.Second); err != nil {
		t.Errorf("the second time: %v", err)
	}
}

func TestStopTreeFinishesTheQueue(t *testing.T) {
	sys := supervise.NewSystem(nowhere)
	handled := 0
	root := sys.Root.Spawn(supervise.Props(receive(func(ctx actor.Context) {
		if _, ok := ctx.Message().(boom); ok {
			handled++
		}
	})))
	for range 1000 {
		sys.Root.Send(root, boom{})
	}
	if err := supervise.StopTree(sys, root, 5*time.Second); err != nil || handled != 1000 {
		t.Fatalf("handled %d of 1000, %v", handled, err)
	}
}

// TestTheDeadAreAnsweredFor: who watches or asks an actor that is gone is
// told, although protoactor's own subscribers are replaced.
func TestTheDeadAreAnsweredFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := supervise.NewSystem(nowhere)
		gone := sys.Root.Spawn(supervise.Props(receive(func(actor.Context) {})))
		_ = sys.Root.StopFuture(gone).Wait()
		told := 0
		pid := sys.Root.Spawn(supervise.Props(receive(func(ctx actor.Context) {
			switch m := ctx.Message().(type) {
			case *actor.Started:
				ctx.Watch(gone)
			case *actor.Terminated:
				if m.Who.Equal(gone) && m.Why == actor.TerminatedReason_NotFound {
					told++
				}
			}
		})))
		if _, err := sys.Root.RequestFuture(gone, boom{}, time.Hour).Result(); !errors.Is(err, actor.ErrDeadLetter) {
			t.Errorf("the question: %v", err)
		}
		if err := supervise.StopTree(sys, pid, time.Second); err != nil || told != 1 {
			t.Errorf("told %d times, %v", told, err)
		}
	})
}

func TestStopTreeTellsWhoDidNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := supervise.NewSystem(nowhere)
		stuck := make(chan struct{})
		root := sys.Root.Spawn(supervise.Props(receive(func(ctx actor.Context) {
			if _, ok := ctx.Message().(*actor.Stopping); ok {
				<-stuck
			}
		})))
		synctest.Wait()
		if n := supervise.Live(sys); n != 1 {
			t.Errorf("%d actors live, want 1", n)
		}
		err := supervise.StopTree(sys, root, 3*time.Second)
		if err == nil || !strings.Contains(err.Error(), "1 left after 3s") || !sys.IsStopped() {
			t.Errorf("got %v", err)
		}
		close(stuck)
	})
}
