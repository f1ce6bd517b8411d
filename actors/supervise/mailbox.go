package supervise

import (
	"runtime"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
)

// Answering makes mailboxes that answer for what their actor leaves unread
// when it ends, however it ends: protoactor loses that without a word. Nor does
// a mailbox of these panic over what is sent to an actor that is just being
// spawned again under its name, or give the actor anything before Started.
// Props uses it; an option that names another mailbox does, too.
func Answering(producer actor.MailboxProducer) actor.MailboxProducer {
	return func() actor.Mailbox { return &mailbox{Mailbox: producer()} }
}

type mailbox struct {
	actor.Mailbox
	open atomic.Bool // the actor is spawned: it shares this with all who send
}

// PostUserMessage is called by who sends.
func (m *mailbox) PostUserMessage(message any) {
	m.await()
	m.Mailbox.PostUserMessage(message)
}

// PostSystemMessage is called by who sends; with Started by who spawns.
func (m *mailbox) PostSystemMessage(message any) {
	if _, first := message.(*actor.Started); first {
		m.Mailbox.PostSystemMessage(message)
		m.open.Store(true)
		return
	}
	m.await()
	m.Mailbox.PostSystemMessage(message)
}

// await waits for the few instructions between the naming of an actor and its
// start.
func (m *mailbox) await() {
	for !m.open.Load() {
		runtime.Gosched()
	}
}

// RegisterHandlers puts a postman before the actor.
func (m *mailbox) RegisterHandlers(to actor.MessageInvoker, d actor.Dispatcher) {
	m.Mailbox.RegisterHandlers(&postman{MessageInvoker: to, mailbox: m.Mailbox}, d)
}

// postman brings an actor its messages; those of one that has ended are
// undelivered. It knows who watches the actor.
type postman struct {
	actor.MessageInvoker
	mailbox  actor.Mailbox
	watchers watchers
	ended    bool
}

// InvokeUserMessage is called by the mailbox.
func (p *postman) InvokeUserMessage(m any) {
	if p.ended {
		ask.Undeliver(p.context().ActorSystem().Root, actor.UnwrapEnvelopeMessage(m))
		return
	}
	p.MessageInvoker.InvokeUserMessage(m)
}

// InvokeSystemMessage is called by the mailbox.
func (p *postman) InvokeSystemMessage(m any) {
	switch m := m.(type) {
	case *actor.Watch:
		p.watch(m.Watcher)
	case *actor.Unwatch:
		p.watchers.remove(m.Watcher)
	default:
		p.MessageInvoker.InvokeSystemMessage(m)
		if g, ok := p.context().Actor().(*guard); ok && g.life == stopped && !p.ended {
			p.end()
		}
	}
}

func (p *postman) watch(who *actor.PID) {
	if p.ended {
		tell(p.context().ActorSystem(), who, &actor.Terminated{Who: p.context().Self()})
		return
	}
	p.watchers.add(who)
}

// end tells who watches, and has the mailbox go on: one that was suspended by a
// failure would not be read any more.
func (p *postman) end() {
	p.ended = true
	gone := &actor.Terminated{Who: p.context().Self()}
	for _, who := range p.watchers {
		tell(p.context().ActorSystem(), who, gone)
	}
	p.watchers = nil
	p.mailbox.PostSystemMessage(&actor.ResumeMailbox{})
}

func (p *postman) context() actor.Context { return p.MessageInvoker.(actor.Context) }
