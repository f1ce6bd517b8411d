// Package ask holds the two ends of every question between actors: who asks,
// and the refusal that may come back. A command that expects an answer embeds
// a Ticket; it is answered exactly once, by the answer declared beside it or
// by Refused.
package ask

import (
	"errors"

	"github.com/asynkron/protoactor-go/actor"
)

// Ticket names the asker and the number by which it knows its question again.
// The zero Ticket expects no answer.
type Ticket struct {
	ReplyTo *actor.PID
	Ref     uint64
}

// Asker lets a supervisor answer for a command whose handler crashed.
func (t Ticket) Asker() Ticket { return t }

// Asked is what every command with a Ticket satisfies.
type Asked interface{ Asker() Ticket }

// Refused answers a command that changed nothing, or, when Reason is
// ErrUnknown, one of which nobody can tell.
type Refused struct {
	Ref    uint64
	Reason error
}

// Reasons that any actor may give.
var (
	// ErrUnknown: the handler crashed or the answer never came. The command
	// may have taken effect; a post may be sent again with the same client id.
	ErrUnknown = errors.New("outcome unknown")
	// ErrBusy: a queue is full; nothing happened, try again later.
	ErrBusy = errors.New("too busy, try again")
	// ErrUnavailable: storage or another part of the server is down.
	ErrUnavailable = errors.New("temporarily unavailable")
	// ErrStopping: the server is shutting down.
	ErrStopping = errors.New("the server is stopping")
)

// Refuse sends Refused to the asker, if the command has one.
func Refuse(ctx actor.SenderContext, t Ticket, reason error) {
	if t.ReplyTo != nil {
		ctx.Send(t.ReplyTo, Refused{Ref: t.Ref, Reason: reason})
	}
}

// RefuseAsked refuses any message that is a command with an asker.
func RefuseAsked(ctx actor.SenderContext, message any, reason error) {
	if m, ok := message.(Asked); ok {
		Refuse(ctx, m.Asker(), reason)
	}
}

// Undelivered is a message that knows who waits for it to arrive, where that
// is somebody else than its own asker.
type Undelivered interface {
	// Undelivered answers them, as it has reached nobody and never will.
	Undelivered(ctx actor.SenderContext)
}

// Undeliver answers for a message that no actor has seen.
func Undeliver(ctx actor.SenderContext, message any) {
	if m, ok := message.(Undelivered); ok {
		m.Undelivered(ctx)
		return
	}
	RefuseAsked(ctx, message, ErrUnavailable)
}

// Reply sends answer to the asker, if the command has one.
func Reply(ctx actor.SenderContext, t Ticket, answer any) {
	if t.ReplyTo != nil {
		ctx.Send(t.ReplyTo, answer)
	}
}
