package journal

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
)

// Undelivered answers for a journal that is not there: nothing is stored.
func (a Append) Undelivered(ctx actor.SenderContext) {
	if a.ReplyTo == nil {
		return
	}
	entry := Entry{Record: a.Record, Silent: a.Silent, State: a.State, Name: a.Name, Intent: a.Intent}
	ctx.Send(a.ReplyTo, NotCommitted{Room: a.Record.Room, Entries: []Entry{entry}, Reason: ask.ErrUnavailable})
}

// Undelivered answers for a room that is not there: the entries are stored,
// and shown to nobody.
func (m Committed) Undelivered(ctx actor.SenderContext) { refuse(ctx, m.Entries, ask.ErrUnknown) }

// Undelivered answers for a room that is not there.
func (m NotCommitted) Undelivered(ctx actor.SenderContext) { refuse(ctx, m.Entries, m.Reason) }

func refuse(ctx actor.SenderContext, entries []Entry, reason error) {
	for _, e := range entries {
		ask.RefuseAsked(ctx, e.Intent, reason)
	}
}
