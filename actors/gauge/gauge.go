// Package gauge is the question for the numbers of what an actor owns. They are
// asked for when somebody looks, so that no other message costs more for them.
package gauge

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
)

// Ask asks for the numbers; answered by Numbers.
type Ask struct{ ask.Ticket }

// Numbers answers Ask. The list was made for this answer.
type Numbers struct {
	Ref  uint64
	List []Number
}

// Number is one of them. Name is in lower case with '_' between its words, and
// ends in "_total" when the number only grows.
type Number struct {
	Name, Help string
	Value      int
}

// Answer is how an actor answers.
func Answer(ctx actor.SenderContext, m Ask, list ...Number) {
	ask.Reply(ctx, m.Ticket, Numbers{Ref: m.Ref, List: list})
}
