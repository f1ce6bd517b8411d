package room

import (
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
)

// renamed is the intent of a Rename.
type renamed struct{ ask.Ticket }

// rename asks the journal for another name. As with a change of the state,
// commands wait for the outcome.
func (r *room) rename(ctx actor.Context, m Rename) {
	mem, ok := r.allowed(ctx, m.Ticket, m.User, Operator)
	switch {
	case !ok:
	case len(m.Reason) > r.Limits.Kick:
		ask.Refuse(ctx, m.Ticket, ErrTooLong)
	case m.Name == r.Name:
		ask.Reply(ctx, m.Ticket, Renamed{Ref: m.Ref, Key: r.Key, Name: r.Name})
	default:
		r.append(ctx, journal.Append{
			Record: journal.Record{
				Kind: journal.Moved, Author: authorOf(mem.profile), Subject: r.Name, Text: m.Reason, Target: m.Name,
			},
			Name:   &journal.Naming{Key: m.Key, Name: m.Name},
			Intent: renamed{m.Ticket},
		})
		r.changing = true
		r.resume(ctx)
	}
}

// isRenamed is the outcome, item at of the bulletin: each session is told in
// its own way, and what it knows of the room is told anew.
func (r *room) isRenamed(ctx actor.Context, b *bulletin, at int, name journal.Naming, m renamed) {
	old := r.Name
	r.called(name)
	for _, mem := range r.members {
		r.tellUser(ctx, mem, true)
		for _, s := range mem.sessions {
			b.special(s.conn).put(at, Moved{
				Room: ctx.Self(), Old: old, Event: b.items[at].event,
				Description: r.description(mem), People: r.seenBy(mem), Marker: mem.marker,
			})
		}
	}
	b.answer(m.Ticket, Renamed{Ref: m.Ref, Key: name.Key, Name: name.Name})
}

// called: this is the name from now on.
func (r *room) called(name journal.Naming) {
	r.changing = false
	r.Key, r.Name = name.Key, name.Name
}

// addressed is a target as it is shown: what was said on the way to a room that
// has another name meanwhile is said there.
func (r *room) addressed(target string) string {
	if at := strings.IndexByte(target, '#'); at >= 0 && !r.talk() {
		return target[:at] + r.Name
	}
	return target
}
