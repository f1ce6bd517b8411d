package persistence

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/gauge"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// Messages of the ledger to itself, and from the clerk.
type (
	// write asks for an operation of the records actor.
	write struct{ op Op }
	// finished says that a result lies on the desk.
	finished struct{}
	// retry and tick come from timers; those of an earlier round are void.
	retry struct{ round uint64 }
	tick  struct{ round, first uint64 }
)

// ledger is the journal's actor.
//
// Owns: the queue of what waits for a commit, and who waits for a flush.
// A restart loses: that queue. Each of it is answered NotCommitted first. What
// is in flight or in doubt lies on the desk, which outlives the incarnation;
// it is answered by the next one, which starts no commit before that one has
// ended. Given back by: the store.
type ledger struct {
	desk    *desk
	queue   []item
	bytes   int
	flushes []flushing
	owed    []reply // to be sent at the end of the turn
	gather  gather
}

// JournalProps makes the actor that keeps the log: it collects what arrives
// while a commit runs, and commits it together next. No more than one actor
// may live of one Props.
func JournalProps(cfg ActorConfig) *actor.Props { return journalProps(newDesk(cfg.withDefaults())) }

func journalProps(d *desk) *actor.Props {
	opts := append([]actor.PropsOption{actor.WithReceiverMiddleware(d.note)}, d.cfg.JournalOptions...)
	return supervise.Props(func() actor.Actor { return &ledger{desk: d} }, opts...)
}

func (l *ledger) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case journal.Append:
		l.enqueue(ctx, Op{Append: &m})
	case write:
		l.enqueue(ctx, m.op)
	case journal.Read:
		l.read(ctx, m)
	case journal.Flush:
		l.flush(ctx, m)
	case gauge.Ask:
		l.measure(ctx, m)
	case finished:
		l.finished(ctx)
	case retry:
		l.retry(ctx, m)
	case tick:
		l.tick(ctx, m)
	case gathered:
		l.gathered(ctx, m)
	case *actor.Started:
		l.started(ctx)
	case *actor.Restarting:
		l.leave(ctx, ask.ErrUnavailable)
	case *actor.Stopping:
		l.leave(ctx, ask.ErrStopping)
	default:
		supervise.Stray(ctx)
	}
}

// started takes over from the incarnation before: its timers are void, and a
// message of its worker may have been lost in the crash.
func (l *ledger) started(ctx actor.Context) {
	d := l.desk
	d.round++
	d.watching = false
	if d.flight != nil {
		l.watch(ctx)
	}
	switch {
	case d.running:
		l.finished(ctx)
	case d.down != nil:
		l.resume(ctx)
	}
}

func (l *ledger) enqueue(ctx actor.Context, op Op) {
	it := item{op, weigh(op)}
	if err := l.unwelcome(it); err != nil {
		l.desk.refused++
		l.owe(refusals([]item{it}, err))
		l.desk.arrived = nil
		l.deliver(ctx)
		return
	}
	l.queue = append(l.queue, it)
	l.desk.arrived = nil
	l.bytes += it.size
	l.desk.accepted++
	l.kick(ctx)
}

func (l *ledger) unwelcome(it item) error {
	cfg := l.desk.cfg
	switch {
	case tooLarge(it):
		return journal.ErrTooLarge
	case l.desk.down != nil:
		return reason(l.desk.down)
	case len(l.queue) >= cfg.MaxQueue || l.bytes+it.size > cfg.MaxQueueBytes:
		return ask.ErrBusy
	}
	return nil
}

// kick starts the next commit, if one is due and none is running. While the
// store is down nothing is due.
func (l *ledger) kick(ctx actor.Context) {
	d := l.desk
	if d.running || len(l.queue) == 0 || l.gathers(ctx) {
		return
	}
	first := l.oldest()
	batch := l.cut()
	l.gather.begun(len(batch))
	d.flight, d.late = &flight{items: batch, first: first}, nil
	l.watch(ctx)
	l.work(ctx, false, func() result { return d.commit(batch) })
}

// cut takes the next batch from the queue.
func (l *ledger) cut() []item {
	n, size := 0, 0
	for n < min(len(l.queue), l.desk.cfg.MaxBatch) {
		if n > 0 && size+l.queue[n].size > l.desk.cfg.MaxBatchBytes {
			break
		}
		size += l.queue[n].size
		n++
	}
	batch := append([]item(nil), l.queue[:n]...)
	clear(l.queue[:n])
	l.queue = l.queue[n:]
	l.bytes -= size
	return batch
}

// work runs a job on the store in a goroutine, which ends with it. The result
// is on the desk before the message is sent: when that is lost in a crash,
// the next incarnation finds it nevertheless.
func (l *ledger) work(ctx actor.Context, resuming bool, job func() result) {
	d := l.desk
	d.running = true
	bring := func(r result) any {
		r.resumed = resuming
		d.results <- r
		return finished{}
	}
	d.cfg.Go(ctx.ActorSystem(), ctx.Self(),
		func() any { return bring(job()) },
		func(err error) any { return bring(result{err: err}) })
}

func (l *ledger) finished(ctx actor.Context) {
	select {
	case r := <-l.desk.results:
		l.desk.running = false
		if r.resumed {
			l.resumed(ctx, r)
		} else {
			l.committed(ctx, r)
		}
		l.deliver(ctx) // when the next commit has begun
	default:
	}
}

func (l *ledger) committed(ctx actor.Context, r result) {
	d := l.desk
	switch {
	case r.err == nil:
		d.failures = 0
		l.gather.ended(len(l.queue), d.cfg.MaxBatch)
		l.settle(r.outcomes)
		l.up(ctx)
	case untried(r.err):
		l.settle(nobody(d.flight, reason(r.err)))
		l.pause(ctx, r.err)
		l.mend(ctx)
	default: // the flight stays on the desk, in doubt
		l.pause(ctx, r.err)
		l.mend(ctx)
	}
}

func (l *ledger) resumed(ctx actor.Context, r result) {
	if r.err != nil {
		l.pause(ctx, r.err)
		l.mend(ctx)
		return
	}
	l.settle(r.outcomes)
	l.up(ctx)
}

func (l *ledger) read(ctx actor.Context, m journal.Read) {
	store, events := l.desk.cfg.Store, ctx.ActorSystem().EventStream
	failed := func(err error) any {
		report(events, m.Room, err)
		return journal.Page{Ref: m.Ref, Room: m.Room, Err: err}
	}
	l.desk.readers.answer(ctx, m.Ticket, func() (any, error) {
		list, looked, err := store.Range(m.Room, m.Query)
		return journal.Page{Ref: m.Ref, Room: m.Room, Records: list, Looked: looked}, err
	}, failed)
}

// leave answers everybody who waits on this incarnation.
func (l *ledger) leave(ctx actor.Context, reason error) {
	l.gather.end()
	for _, f := range l.flushes {
		ask.Refuse(ctx, f.Ticket, reason)
	}
	l.flushes = nil
	l.refuseQueue(reason)
	l.refuseArrived(reason)
	l.deliver(ctx)
}
