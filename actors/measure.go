package actors

import (
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/gauge"
)

// Reading is what one part of the tree has said of itself.
type Reading struct {
	Part    string
	Took    time.Duration // from the question to the answer: how long its mailbox is
	Numbers []gauge.Number
	Err     error // it has not answered in time
}

// Spoken between a Tree and its root.
type (
	// whereabouts asks for the parts that can be measured; answered by
	// residents.
	whereabouts struct{ ask.Ticket }
	residents   struct{ list []resident }
	resident    struct {
		name string
		pid  *actor.PID
	}
)

// Measure asks every part for its numbers and waits for them, so long at most.
// It must not be called by an actor.
func (t *Tree) Measure(within time.Duration) ([]Reading, error) {
	until := time.Now().Add(within)
	answer, err := t.question(t.root, within, func(a ask.Ticket) any { return whereabouts{a} })
	if err != nil {
		return nil, err
	}
	all, ok := answer.(residents)
	if !ok {
		return nil, fmt.Errorf("the root of the actors answers %T", answer)
	}
	readings := make(chan Reading, len(all.list))
	for _, r := range all.list {
		go func() { readings <- t.read(r, time.Until(until)) }() // ends within the time given
	}
	list := make([]Reading, len(all.list))
	for i := range list {
		list[i] = <-readings
	}
	return list, nil
}

func (t *Tree) read(r resident, within time.Duration) Reading {
	began := time.Now()
	answer, err := t.question(r.pid, within, func(a ask.Ticket) any { return gauge.Ask{Ticket: a} })
	reading := Reading{Part: r.name, Took: time.Since(began), Err: err}
	if m, ok := answer.(gauge.Numbers); ok {
		reading.Numbers = m.List
	} else if err == nil {
		reading.Err = fmt.Errorf("%s answers %T", r.name, answer)
	}
	return reading
}

// question asks an actor from outside of the system.
func (t *Tree) question(pid *actor.PID, within time.Duration, ask func(ask.Ticket) any) (any, error) {
	f := actor.NewFuture(t.sys, max(0, within))
	t.sys.Root.Send(pid, ask(ticketOf(f)))
	return f.Result()
}

func ticketOf(f *actor.Future) ask.Ticket { return ask.Ticket{ReplyTo: f.PID()} }
