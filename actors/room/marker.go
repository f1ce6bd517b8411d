package room

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/people"
)

// mark goes through the journal, which keeps the markers of accounts, so that
// all sessions see them move in one order. Of a guest nothing is kept.
func (r *room) mark(ctx actor.Context, m Mark) {
	mem := r.memberOf(m.User)
	if mem == nil || mem.profile.Guest() {
		ask.Refuse(ctx, m.Ticket, ErrNotPresent)
		return
	}
	if now := r.now(); m.At.After(now) {
		m.At = now // nobody has read what is yet to be said
	}
	r.append(ctx, journal.Append{
		Silent: true, Mark: &journal.Mark{Account: mem.profile.ID, At: m.At}, Intent: m,
	})
}

// marked tells the sessions of a user of the marker in force: who has asked, and
// if it has moved the others. Nobody else ever learns of it.
func (r *room) marked(b *bulletin, at int, m Mark, marker time.Time) {
	mem := r.byUser[m.User.Id]
	if mem == nil {
		b.answer(m.Ticket, Marked{Ref: m.Ref, Name: r.Name, At: marker})
		return
	}
	mem.read(marker)
	told := Marked{Name: r.nameFor(mem), At: marker}
	moved := !marker.IsZero() && marker.Equal(m.At)
	for _, s := range mem.sessions {
		if moved && !s.conn.Equal(m.ReplyTo) {
			b.special(s.conn).say(at, told)
		}
	}
	told.Ref = m.Ref
	b.answer(m.Ticket, told)
}

// nameFor is what a member knows the room by: a conversation by the other.
func (r *room) nameFor(mem *member) string {
	if !r.talk() {
		return r.Name
	}
	for _, other := range r.members {
		if other != mem {
			return other.profile.Nick
		}
	}
	return mem.profile.Nick
}

// read moves the marker that the room knows of.
func (m *member) read(at time.Time) {
	if at.After(m.marker) {
		m.marker = at
	}
}

// markerOf asks for the marker of an account.
func markerOf(p people.Profile) *journal.Mark {
	if p.Guest() {
		return nil
	}
	return &journal.Mark{Account: p.ID}
}
