package room

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/people"
)

// muteTalk says why somebody may not speak in a conversation: what the other
// does not want.
func (r *room) muteTalk(mem *member, m Post) error {
	if mem == nil {
		return ErrNotPresent
	}
	for _, other := range r.members {
		wants := other.profile.Modes
		switch {
		case other == mem:
		case wants.Has(people.AccountsOnly) && mem.profile.Guest() && !other.accepts:
			return ErrAccountsOnly
		case wants.Has(people.NoMachine) && m.Machine:
			return ErrNoMachine
		}
	}
	return nil
}

// accept is for one of the two.
func (r *room) accept(ctx actor.Context, m Accept) {
	mem := r.memberOf(m.User)
	if mem == nil || !r.talk() {
		ask.Refuse(ctx, m.Ticket, ErrNotPresent)
		return
	}
	mem.accepts = m.On
	ask.Reply(ctx, m.Ticket, Done{Ref: m.Ref})
}
