package room

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/notes"
	"github.com/greenroom-chat/greenroom/actors/people"
)

// noted is the intent of a change of the room's notes.
type noted struct {
	ask.Ticket
	by      people.Profile
	changes []notes.Change
	once    uint64
}

// annotate changes what the room tells of itself, which its operators may.
// There is no record of it.
func (r *room) annotate(ctx actor.Context, m Annotate) {
	mem, ok := r.allowed(ctx, m.Ticket, m.User, Operator)
	if !ok {
		return
	}
	was := notes.Of(r.state.Notes, 0)
	for _, c := range m.Changes {
		if _, set := was.Get(c.Key); c.Gone && !set {
			ask.Refuse(ctx, m.Ticket, ErrNoNote)
			return
		}
	}
	next := was.With(m.Changes...)
	if len(next.All()) > m.Most && len(next.All()) > len(was.All()) {
		ask.Refuse(ctx, m.Ticket, ErrTooManyNotes)
		return
	}
	state := r.state
	state.Notes = next.All()
	r.append(ctx, journal.Append{
		Record: journal.Record{Kind: journal.Noted, Author: authorOf(mem.profile), Subject: r.Name, Target: r.Name},
		Silent: true, State: &state,
		Intent: noted{Ticket: m.Ticket, by: mem.profile, changes: next.Since(was), once: m.Once},
	})
	r.changing = true
	r.resume(ctx)
}

// noteItems are the changes as they are shown, each to be seen by those who
// care for its key.
func (r *room) noteItems(e journal.Entry, m noted) (items []item) {
	for i, c := range m.changes {
		it := item{
			event: Event{Room: r.Name, Record: e.Record, Profile: m.by, Note: &c},
			key:   c.Key,
		}
		if m.once != 0 {
			it.once = m.once + uint64(i)
		}
		items = append(items, it)
	}
	return items
}

// width is how many items an entry makes.
func width(e journal.Entry) int {
	if m, ok := e.Intent.(noted); ok {
		return len(m.changes)
	}
	return 1
}
