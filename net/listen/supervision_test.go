package listen

import (
	"context"
	"errors"
	"maps"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
)

func (w *world) listenerPID() *actor.PID {
	return actor.NewPID(w.net.Address, w.net.Id+"/"+listenerName(0))
}

// TestTheEleventhFailureOfAListenerInAMinuteRestsIt for a moment, and no
// earlier one, and none of many that are spread over more than that. It is
// nobody's end: connections live on, the other listener has not started again,
// and net has not.
func TestTheEleventhFailureOfAListenerInAMinuteRestsIt(t *testing.T) {
	for _, test := range []struct {
		name     string
		pause    time.Duration
		failures int
		pauses   time.Duration // when it comes back after the last
	}{
		{"ten in a minute", 5500 * time.Millisecond, 10, 0},
		{"eleven in a minute", 5500 * time.Millisecond, 11, respawnAfter},
		{"forty, one each seven seconds", 7 * time.Second, 40, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				census := actortest.NewCensus()
				w := start(t, 2, false, func(cfg *Config, _ *world) {
					cfg.ListenerOptions = []actor.PropsOption{census.Option()}
				})
				w.settle()
				conn := w.connect(1, "192.0.2.1:1")
				w.settle()
				want := census.Starts()
				for range test.failures - 1 {
					w.sys.Root.Send(w.listenerPID(), actortest.Crash{})
					time.Sleep(test.pause)
				}
				w.sys.Root.Send(w.listenerPID(), actortest.Crash{})
				synctest.Wait()
				if _, there := w.sys.ProcessRegistry.GetLocal(w.listenerPID().Id); there != (test.pauses == 0) {
					t.Errorf("after the last failure it is there: %v", there)
				}
				time.Sleep(5*time.Second + test.pauses)
				synctest.Wait()
				want[w.listenerPID().Id] += test.failures // of a stop, too, it comes back
				if got := census.Starts(); !maps.Equal(got, want) {
					t.Errorf("started %v, want %v", got, want)
				}
				words, facts := w.settle()
				if len(facts)+len(words) > 0 || hungUp(conn) {
					t.Errorf("facts %v, connections %q, hung up: %v", facts, words, hungUp(conn))
				}
				if now := w.at[0].listener(); now == nil {
					t.Error("it is not bound again")
				}
			})
		})
	}
}

// TestWhatAnEarlierStintSaysIsIgnored: the goroutine of an incarnation that is
// gone may still speak. A socket that it has bound is closed; nothing is bound
// anew for it, and nobody is told.
func TestWhatAnEarlierStintSaysIsIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 1, false, nil)
		w.settle()
		conn := w.connect(0, "192.0.2.1:1")
		now, binds := w.at[0].listener(), w.at[0].binds
		_, end := context.WithCancel(context.Background())
		old, late := &stint{end: end}, &fakeListener{at: &address{}, closed: make(chan struct{})}
		for _, m := range []any{
			opened{old, late}, openFailed{old, errors.New("late")}, closed{old, errors.New("late")},
			paused{old, "late", nil}, resumed{old}, rebind{old},
		} {
			w.sys.Root.Send(w.listenerPID(), m)
		}
		_, facts := w.settle()
		time.Sleep(time.Minute)
		_, more := w.settle()
		if len(facts)+len(more) != 0 || w.at[0].binds != binds || w.at[0].listener() != now || hungUp(conn) {
			t.Errorf("facts %v %v, bound %d times, hung up: %v", facts, more, w.at[0].binds-binds, hungUp(conn))
		}
		select {
		case <-late.closed:
		default:
			t.Error("the socket of the earlier one is open")
		}
	})
}

// TestASocketThatFindsNoNetIsClosed: net has ended, or is ending, when the
// listener hands it over.
func TestASocketThatFindsNoNetIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 1, false, nil)
		w.settle()
		w.sys.Root.Stop(w.net)
		w.settle()
		theirs, ours := net.Pipe()
		w.sys.Root.Send(w.net, accepted{peer{ours, "192.0.2.1:1"}})
		w.settle()
		if !hungUp(theirs) {
			t.Error("it is open, and nobody reads")
		}
	})
}
