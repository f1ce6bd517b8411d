package room

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
)

// hidden tells whether the room does not exist for the asker.
func (r *room) hidden(mem *member) bool { return mem == nil && (r.talk() || r.has('s')) }

func (r *room) describe(ctx actor.Context, m Describe) {
	mem := r.memberOf(m.User)
	if r.hidden(mem) {
		ask.Refuse(ctx, m.Ticket, ErrNotPresent)
		return
	}
	d := r.description(mem)
	d.Ref = m.Ref
	ask.Reply(ctx, m.Ticket, d)
}

// description is what the member, or an outsider, may know of the room.
func (r *room) description(mem *member) Description {
	d := Description{Name: r.Name, Created: r.created, State: r.state, Members: len(r.members)}
	if mem == nil {
		d.State.Key = ""
		if r.has('i') {
			d.State.Notes = nil // they are for those who may come in
		}
		return d
	}
	d.Inside, d.Role = true, mem.role
	return d
}

func (r *room) roster(ctx actor.Context, m Roster) {
	mem := r.memberOf(m.User)
	p := Present{Ref: m.Ref, Name: r.Name, Secret: r.has('s'), Inside: mem != nil}
	if !r.hidden(mem) {
		p.People = r.seenBy(mem)
	}
	ask.Reply(ctx, m.Ticket, p)
}

// shade is the role that it takes to see somebody of the given role come and
// go: in an auditorium (+u) nobody without a role is seen by others without.
func (r *room) shade(role Role) uint8 {
	if r.has('u') && role.Rank() == 0 {
		return uint8(Voice)
	}
	return 0
}

// seenBy lists the members whom somebody sees; mem is nil for an outsider.
func (r *room) seenBy(mem *member) []Presence {
	if !r.has('u') || mem != nil && mem.role.AtLeast(Voice) {
		return r.presences()
	}
	var seen []Presence
	for _, p := range r.presences() {
		if p.Role.AtLeast(Voice) {
			seen = append(seen, p)
		}
	}
	return seen
}

// presences lists the members. The list is shared until somebody changes, and
// grows in place when somebody comes, so that a storm of joins is not
// quadratic.
func (r *room) presences() []Presence {
	if r.present == nil {
		r.present = make([]Presence, 0, len(r.members)+1)
		for _, m := range r.members {
			r.present = append(r.present, Presence{Profile: m.profile, Role: m.role})
		}
	}
	return r.present[:len(r.present):len(r.present)]
}

func (r *room) history(ctx actor.Context, m History) {
	mem := r.memberOf(m.User)
	if mem == nil {
		ask.Refuse(ctx, m.Ticket, ErrNotPresent)
		return
	}
	m.Query.Role = uint8(mem.role)
	ctx.Send(r.Journal, journal.Read{Ticket: m.Ticket, Room: r.no, Query: m.Query})
}

// touch sees to it that the registry hears of changes, once for many.
func (r *room) touch(ctx actor.Context) {
	if !r.summarizing {
		r.summarizing = true
		ctx.Send(ctx.Self(), summarize{})
	}
}

func (r *room) summarize(ctx actor.Context) {
	r.summarizing = false
	if r.changing {
		return // settle says it, when it is known what the room is
	}
	s := r.summary(ctx)
	if r.no != 0 && s != r.told {
		r.told = s
		ctx.Send(r.Registry, s)
	}
}

func (r *room) summary(ctx actor.Context) Summary {
	return Summary{
		Room: ctx.Self(), No: r.no, Key: r.Key, Name: r.Name,
		Members: len(r.members),
		Topic:   r.state.Topic, TopicAt: r.state.TopicAt, Modes: r.state.Modes,
		Created: r.created,
		Empty:   r.empty(),
		Keep:    r.state.Founder != "",
	}
}

// retire answers the registry; a room that is not empty says later when it is.
func (r *room) retire(ctx actor.Context, m Retire) {
	empty := r.empty()
	if !empty {
		r.told = Summary{}
		r.touch(ctx)
	}
	ask.Reply(ctx, m.Ticket, Resting{Ref: m.Ref, Room: ctx.Self(), Empty: empty})
}

// empty tells whether nobody would miss the room. A conversation is missed
// only while both its people are there: it is made again when it is used.
func (r *room) empty() bool {
	busy := r.no == 0 || r.underway > 0 || len(r.parked)+len(r.outcomes)+len(r.waiting)+len(r.awaited) > 0
	if busy || r.legacy.hand != nil {
		return false
	}
	if !r.talk() {
		return len(r.members)+len(r.entering) == 0
	}
	for _, m := range r.members {
		if len(m.sessions) == 0 {
			return true
		}
	}
	return len(r.members) == 0 || len(r.members) == 1 && r.Pair[0] != r.Pair[1]
}
