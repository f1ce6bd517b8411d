package supervise

import (
	"reflect"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"
)

// listener notes what it is given, and panics over "boom".
type listener struct {
	q    *queue
	got  []any
	hear func(any)
}

func (l *listener) InvokeUserMessage(m any) {
	l.got = append(l.got, m)
	if l.hear != nil {
		l.hear(m)
	}
	if m == "boom" {
		panic(m)
	}
}

func (l *listener) InvokeSystemMessage(m any) { l.got = append(l.got, m) }

func (l *listener) EscalateFailure(reason, message any) {
	l.got = append(l.got, "escalated", reason, message)
	l.q.PostSystemMessage(&actor.SuspendMailbox{})
}

func listening() *listener {
	l := &listener{q: newQueue().(*queue)}
	l.q.RegisterHandlers(l, crewed{nil, Throughput})
	return l
}

func (l *listener) want(t *testing.T, want ...any) {
	t.Helper()
	synctest.Wait()
	if !reflect.DeepEqual(l.got, want) {
		t.Errorf("got %v, want %v", l.got, want)
	}
	l.got = nil
}

// TestAQueueKeepsOrderAndLetsTheSystemPass: what the system says comes before
// what others have said, and while it is suspended they wait; so they do when
// the actor has panicked.
func TestAQueueKeepsOrderAndLetsTheSystemPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := listening()
		l.hear = func(m any) {
			if m == 1 {
				l.q.PostUserMessage(4)
				l.q.PostSystemMessage("first")
				l.q.PostSystemMessage("second")
			}
		}
		l.q.mu.Lock()
		l.q.user, l.q.busy = []any{1, 2, 3}, true
		l.q.mu.Unlock()
		l.q.turn()
		l.want(t, 1, "first", "second", 2, 3, 4)

		l.q.PostSystemMessage(&actor.SuspendMailbox{})
		l.q.PostUserMessage(5)
		l.q.PostSystemMessage("third")
		l.want(t, "third")
		if n := l.q.UserMessageCount(); n != 1 {
			t.Errorf("%d wait", n)
		}
		l.q.PostSystemMessage(&actor.ResumeMailbox{})
		l.want(t, 5)

		l.q.PostUserMessage("boom")
		l.q.PostUserMessage(6)
		l.want(t, "boom", "escalated", "boom", "boom")
		l.q.PostSystemMessage(&actor.ResumeMailbox{})
		l.want(t, 6)
	})
}

// TestAQueueLosesNothing of many who send at the same time, and keeps the order
// of each.
func TestAQueueLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := listening()
		const senders, each = 8, 5000
		var all sync.WaitGroup
		for s := range senders {
			all.Go(func() {
				for n := range each {
					l.q.PostUserMessage([2]int{s, n})
					if n%100 == 0 {
						l.q.PostSystemMessage(&actor.ResumeMailbox{})
					}
				}
			})
		}
		all.Wait()
		synctest.Wait()
		var next [senders]int
		for _, m := range l.got {
			at := m.([2]int)
			if at[1] != next[at[0]] {
				t.Fatalf("%v comes where %d should", at, next[at[0]])
			}
			next[at[0]]++
		}
		if len(l.got) != senders*each {
			t.Errorf("%d of %d messages", len(l.got), senders*each)
		}
		if cap(l.q.batch) > kept || cap(l.q.user) > kept {
			t.Error("what held many messages is kept")
		}
	})
}

// TestAQueueAllocatesNothing for a message, nor for a turn on a crew.
func TestAQueueAllocatesNothing(t *testing.T) {
	c := NewCrew()
	defer c.Close()
	l := &listener{q: newQueue().(*queue)}
	done := make(chan bool)
	l.hear = func(any) { l.got = l.got[:0]; done <- true }
	l.q.RegisterHandlers(l, crewed{c, Throughput})
	message := any(&struct{ int }{})
	if n := testing.AllocsPerRun(1000, func() { l.q.PostUserMessage(message); <-done }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
