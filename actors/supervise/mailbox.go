package supervise

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
)

// Answering makes mailboxes that answer for what their actor leaves unread
// when it ends, however it ends: protoactor loses that without a word. Props
// uses it; an option that names another mailbox does, too.
func Answering(producer actor.MailboxProducer) actor.MailboxProducer {
	return func() actor.Mailbox { return mailbox{producer()} }
}

type mailbox struct{ actor.Mailbox }

// RegisterHandlers puts a postman before the actor.
func (m mailbox) RegisterHandlers(to actor.MessageInvoker, d actor.Dispatcher) {
	m.Mailbox.RegisterHandlers(&postman{MessageInvoker: to, mailbox: m.Mailbox}, d)
}

// postman brings an actor its messages; those of one that has ended are
// undelivered.
type postman struct {
	actor.MessageInvoker
	mailbox actor.Mailbox
	ended   bool
}

// InvokeUserMessage is called by the mailbox.
func (p *postman) InvokeUserMessage(m any) {
	if p.ended {
		ask.Undeliver(p.context().ActorSystem().Root, actor.UnwrapEnvelopeMessage(m))
		return
	}
	p.MessageInvoker.InvokeUserMessage(m)
}

// InvokeSystemMessage is called by the mailbox. One that was suspended by a
// failure would not be read any more.
func (p *postman) InvokeSystemMessage(m any) {
	p.MessageInvoker.InvokeSystemMessage(m)
	switch m.(type) {
	case *actor.Stop, *actor.Terminated:
		if g, ok := p.context().Actor().(*guard); ok && g.life == stopped && !p.ended {
			p.ended = true
			p.mailbox.PostSystemMessage(&actor.ResumeMailbox{})
		}
	}
}

func (p *postman) context() actor.Context { return p.MessageInvoker.(actor.Context) }
