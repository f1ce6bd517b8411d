package registry

import (
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
)

// toConversation forwards to the room of two people. While it runs it keeps
// both of their user actors, so that their PIDs hold.
func (r *registry) toConversation(ctx actor.Context, m ToConversation) {
	one := r.users[m.User.Id]
	if one == nil {
		ask.Refuse(ctx, m.Ticket, ask.ErrUnavailable)
		return
	}
	other, err := r.find(ctx, m.With, true)
	if err != nil {
		ask.Refuse(ctx, m.Ticket, err)
		return
	}
	for _, p := range []*person{one, other} {
		if p.shut {
			r.park(ctx, &p.gate, m)
			return
		}
	}
	h, err := r.conversation(one, other)
	if err != nil {
		r.mayRest(ctx, other)
		ask.Refuse(ctx, m.Ticket, err)
		return
	}
	if h.shut {
		r.park(ctx, &h.gate, m)
		return
	}
	r.forward(ctx, h, m.Ticket, m.Command)
}

func (r *registry) conversation(one, other *person) (*house, error) {
	if one.id > other.id {
		one, other = other, one
	}
	key := talkKey(one, other)
	if h := r.houses[key]; h != nil {
		return h, nil
	}
	if r.talks >= r.Limits.Talks {
		return nil, ask.ErrBusy
	}
	h := &house{key: key, pair: [2]*person{one, other}}
	r.houses[key] = h
	r.talks++
	one.talks = append(one.talks, h)
	if other != one {
		other.talks = append(other.talks, h)
	}
	return h, nil
}

// talkKey is the key of a conversation; one has the lower ID, as Pair wants it.
func talkKey(one, other *person) string { return one.id + " " + other.id }

// stale tells whether one of a conversation's people has become an account
// since it was made: the next message opens that account's conversation.
func (h *house) stale() bool { return h.talk() && h.key != talkKey(h.pair[0], h.pair[1]) }

// stays: the room goes on. A widowed conversation only until it has answered
// for what is under way; commands wait for the next one.
func (r *registry) stays(ctx actor.Context, h *house) {
	if !h.widowed {
		r.open(ctx, &h.gate)
	}
}

// endTalk retires a conversation that has lost one of its two user actors.
func (r *registry) endTalk(ctx actor.Context, h *house) {
	switch {
	case h.pid == nil:
		r.forgetTalk(ctx, h)
		r.open(ctx, &h.gate)
	case !h.ending:
		h.widowed = true
		r.askRetire(ctx, h)
	}
}

func (r *registry) forgetTalk(ctx actor.Context, h *house) {
	stop(h.alarm)
	delete(r.houses, h.key)
	r.talks--
	for i, p := range h.pair {
		if i == 1 && p == h.pair[0] {
			break
		}
		p.talks = slices.DeleteFunc(p.talks, func(other *house) bool { return other == h })
		r.mayRest(ctx, p)
	}
}
