package supervise

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
)

// kept is how many messages a queue has room for while there are none: most
// actors are idle, and few get more at a time.
const kept = 4

// queue is a mailbox without a bound that allocates nothing for a message, nor
// for a turn of its actor. As in protoactor's, messages of the system come
// first, and while it is suspended no others; whoever panics escalates.
type queue struct {
	to         actor.MessageInvoker
	dispatcher actor.Dispatcher
	work       func() // turn, made once
	urgent     atomic.Bool

	mu     sync.Mutex // who sends and who takes share this:
	system []any      // urgent when there are any
	user   []any
	busy   bool // a turn is under way, or will be

	// Of the turn alone:
	batch     []any // of user, from at on
	at        int
	suspended bool
}

func newQueue() actor.Mailbox { return &queue{} }

// RegisterHandlers implements actor.Mailbox.
func (q *queue) RegisterHandlers(to actor.MessageInvoker, d actor.Dispatcher) {
	q.to, q.dispatcher, q.work = to, d, q.turn
}

// Start implements actor.Mailbox.
func (q *queue) Start() {}

// PostUserMessage implements actor.Mailbox.
func (q *queue) PostUserMessage(message any) {
	q.mu.Lock()
	q.user = append(q.user, message)
	q.unlockAndTurn()
}

// PostSystemMessage implements actor.Mailbox.
func (q *queue) PostSystemMessage(message any) {
	q.mu.Lock()
	q.system = append(q.system, message)
	q.urgent.Store(true)
	q.unlockAndTurn()
}

func (q *queue) unlockAndTurn() {
	idle := !q.busy
	q.busy = true
	q.mu.Unlock()
	if idle {
		q.dispatcher.Schedule(q.work)
	}
}

// UserMessageCount implements actor.Mailbox: what waits behind the turn.
func (q *queue) UserMessageCount() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.user)
}

// turn delivers what there is.
func (q *queue) turn() {
	for q.deliver() {
	}
}

// deliver returns true after a panic: there may be more.
func (q *queue) deliver() (failed bool) {
	var message any
	defer func() {
		if reason := recover(); reason != nil {
			failed = true
			q.to.EscalateFailure(reason, message)
		}
	}()
	for n, most := 0, q.dispatcher.Throughput(); ; n++ {
		if n > most {
			n = 0
			runtime.Gosched()
		}
		system := false
		if message, system = q.next(); message == nil {
			return false
		}
		if !system {
			q.to.InvokeUserMessage(message)
			continue
		}
		switch message.(type) {
		case *actor.SuspendMailbox:
			q.suspended = true
		case *actor.ResumeMailbox:
			q.suspended = false
		default:
			q.to.InvokeSystemMessage(message)
		}
	}
}

// next takes a message; nil ends the turn.
func (q *queue) next() (message any, system bool) {
	if q.at < len(q.batch) && !q.suspended && !q.urgent.Load() {
		return q.pop(), false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case len(q.system) > 0:
		message = q.system[0]
		left := copy(q.system, q.system[1:])
		q.system[left] = nil
		q.system = q.system[:left]
		q.urgent.Store(left > 0)
		return message, true
	case q.suspended:
	case q.at < len(q.batch):
		return q.pop(), false
	case len(q.user) > 0:
		q.batch, q.user = q.user, q.batch
		return q.pop(), false
	}
	q.busy, q.system = false, nil
	q.batch, q.user = trimmed(q.batch), trimmed(q.user)
	return nil, false
}

// trimmed lets go of what is empty and large.
func trimmed(list []any) []any {
	if len(list) == 0 && cap(list) > kept {
		return nil
	}
	return list
}

func (q *queue) pop() (message any) {
	message, q.batch[q.at] = q.batch[q.at], nil
	if q.at++; q.at == len(q.batch) {
		q.batch, q.at = q.batch[:0], 0
	}
	return message
}
