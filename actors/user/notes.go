package user

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/notes"
)

// annotate changes the notes of a guest, which nobody stores.
func (u *user) annotate(ctx actor.Context, m Annotate) {
	if !u.profile.Guest() {
		ask.Refuse(ctx, m.Ticket, ask.ErrUnavailable) // it has logged in meanwhile
		return
	}
	u.noteAll(ctx, u.profile.Notes.With(m.Changes...), m.Ticket)
}

// annotated takes over what an account's notes have become. Of two changes the
// one that was stored later holds, in whatever order they are told.
func (u *user) annotated(ctx actor.Context, m Annotated) {
	if now := u.profile.Notes; now != nil && now.Version >= m.Notes.Version {
		ask.Reply(ctx, m.Ticket, Done{Ref: m.Ref, Profile: u.profile})
		return
	}
	u.noteAll(ctx, m.Notes, m.Ticket)
}

// noteAll shows one change of a key after the other, and answers with the last.
func (u *user) noteAll(ctx actor.Context, now *notes.Set, asker ask.Ticket) {
	u.active = u.Now()
	changes := now.Since(u.profile.Notes)
	for i, c := range changes {
		next := u.profile
		next.Notes = u.profile.Notes.With(c)
		var last ask.Ticket
		if i == len(changes)-1 {
			next.Notes, last = now, asker
		}
		event := u.event(journal.Noted, next)
		event.Note = &c
		u.change(ctx, next, event, last, Done{Ref: asker.Ref, Profile: next})
	}
	if len(changes) == 0 {
		u.profile.Notes = now
		ask.Reply(ctx, asker, Done{Ref: asker.Ref, Profile: u.profile})
	}
}
