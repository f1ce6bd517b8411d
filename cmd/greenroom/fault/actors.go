package fault

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/room"
)

const (
	lateBy = 20 * time.Millisecond // how late a delayed actor is with each message
	heldAt = 50 * time.Millisecond // most that a message is held back for another to pass it
)

// Options are to be added to the Props of the actors that target names.
func (in *Injectors) Options(target string) []actor.PropsOption {
	return []actor.PropsOption{actor.WithReceiverMiddleware(func(next actor.ReceiverFunc) actor.ReceiverFunc {
		return (&site{in: in, target: target, next: next}).receive
	})}
}

// site stands before one actor, over all its incarnations, and belongs to its
// goroutine.
type site struct {
	in     *Injectors
	target string
	next   actor.ReceiverFunc
	failed bool // this incarnation is given nothing more but its leave, as supervise.Props promises

	held  *actor.MessageEnvelope // a post that waits for another to pass it
	claim *order                 // that it is held for
}

// Messages to a site. They are not for the actor.
type (
	// nudge is something to strike at for actors that hear nothing.
	nudge struct{}
	// letGo ends the wait of a message that is held.
	letGo struct{}
)

func (s *site) receive(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
	switch e.Message.(type) {
	case *actor.Started:
		s.in.remember(ctx, s.target)
		s.failed = false
	case *actor.Restarting, *actor.Stopping:
		s.failed = false
	case *actor.Stopped:
		s.end(ctx)
	}
	switch {
	case s.failed:
	case isLife(e.Message):
		s.next(ctx, e)
	case !s.reorder(ctx, e):
		s.strike(ctx, e)
	}
}

// end answers for the post that is held, as is done for the rest of the queue.
func (s *site) end(ctx actor.ReceiverContext) {
	if s.held != nil {
		ask.Undeliver(ctx.ActorSystem().Root, s.held.Message)
		s.held = nil
	}
}

func isOurs(m any) bool {
	switch m.(type) {
	case nudge, letGo:
		return true
	}
	return false
}

// isLife tells the messages about an actor's own life, which are spared.
func isLife(m any) bool {
	switch m.(type) {
	case actor.SystemMessage, actor.AutoReceiveMessage, nil:
		return true
	}
	return false
}

func (s *site) strike(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
	s.late(ctx, e)
	if !isOutcome(e.Message) {
		s.panicOn(ctx, e, PanicBefore, CrashLoop)
	}
	if !isOurs(e.Message) {
		s.next(ctx, e)
	}
	s.panicOn(ctx, e, PanicAfter)
}

// isOutcome tells what the journal says to a room. It is lost by no panic: the
// first thing that a room does with it is to note it for the next incarnation.
func isOutcome(m any) bool {
	switch m.(type) {
	case journal.Committed, journal.NotCommitted:
		return true
	}
	return false
}

func (s *site) late(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
	if _, late := s.in.struck(s.mine(ctx, Delay), e.Message); late {
		time.Sleep(lateBy)
	}
}

// panicOn fails the actor, if a fault says so.
func (s *site) panicOn(ctx actor.ReceiverContext, e *actor.MessageEnvelope, kinds ...Kind) {
	if f, hit := s.in.struck(s.mine(ctx, kinds...), e.Message); hit {
		s.failed = true
		panic(Injected{f})
	}
}

// mine matches the faults that may strike this actor. One that lasts keeps to
// the actor that it has met first.
func (s *site) mine(ctx actor.ReceiverContext, kinds ...Kind) match {
	fits, self := ofKind(kinds...), ctx.Self().Id
	return func(o *order) bool {
		if o.Target != s.target || !fits(o) || o.victim != "" && o.victim != self {
			return false
		}
		if o.Kind == CrashLoop || o.Kind == Delay {
			o.victim = self
		}
		return true
	}
}

// reorder lets the next post of another connection pass the one that is held,
// and tells whether it has taken care of the message. Before anything else
// happens in the room the held one is given to it in its place: only what two
// connections say at the same time may change places.
func (s *site) reorder(ctx actor.ReceiverContext, e *actor.MessageEnvelope) bool {
	post, isPost := e.Message.(room.Post)
	if first := s.held; first != nil {
		claim := s.claim
		s.held, s.claim = nil, nil
		if isPost && !post.ReplyTo.Equal(first.Message.(room.Post).ReplyTo) {
			s.in.told(Struck{ID: claim.ID, What: typeOf(post)})
			s.next(ctx, e)
			s.next(ctx, first)
			return true
		}
		s.in.again(claim)
		s.next(ctx, first)
	}
	if _, ours := e.Message.(letGo); ours {
		return true
	}
	if !isPost || s.target != Room || post.ReplyTo == nil {
		return false
	}
	s.claim = s.in.claim()
	if s.claim == nil {
		return false
	}
	s.held = e
	root, self := ctx.ActorSystem().Root, ctx.Self()
	time.AfterFunc(heldAt, func() { root.Send(self, letGo{}) })
	return true
}

// claim takes an order to reorder out of the list, if this post is one to
// begin with.
func (in *Injectors) claim() *order {
	in.mu.Lock()
	defer in.mu.Unlock()
	for i, o := range in.orders {
		if o.Kind != Reorder {
			continue
		}
		if o.seen++; o.seen >= o.Nth {
			in.orders = append(in.orders[:i:i], in.orders[i+1:]...)
			return o
		}
	}
	return nil
}

// again gives an order back that has met nobody to let pass.
func (in *Injectors) again(o *order) {
	in.mu.Lock()
	void := o.over
	if !void {
		in.orders = append(in.orders, o)
	}
	in.mu.Unlock()
	if void {
		in.told(Struck{ID: o.ID, Over: true})
	}
}

// address is where to send a nudge.
type address struct {
	root *actor.RootContext
	pid  *actor.PID
}

func (in *Injectors) remember(ctx actor.ReceiverContext, target string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.newest[target] = address{ctx.ActorSystem().Root, ctx.Self()}
}

// nudge sends an actor something to be struck at, when nobody else has.
func (in *Injectors) nudge(o *order) {
	in.mu.Lock()
	to, known := in.newest[o.Target]
	left := max(o.Nth, 1) - o.seen
	if o.begun || o.over || !known || o.Kind == Reorder {
		left = 0
	}
	in.mu.Unlock()
	for range left {
		to.root.Send(to.pid, nudge{})
	}
}
