package registry

import (
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/names"
)

// remember keeps who had a nick that is given up: the newest first, up to a
// limit. It is forgotten with the registry.
func (r *registry) remember(p *person) {
	if r.Limits.Past <= 0 {
		return
	}
	if len(r.past) >= r.Limits.Past {
		r.past = r.past[:r.Limits.Past-1]
	}
	r.past = slices.Insert(r.past, 0, Past{Profile: p.profile, Until: r.Now()})
}

// whowas tells who had one of the nicks, the newest first.
func (r *registry) whowas(ctx actor.Context, m Whowas) {
	answer := Remembered{Ref: m.Ref}
	keys := make([]string, len(m.Nicks))
	for i, nick := range m.Nicks {
		keys[i] = names.Fold(nick)
	}
	for _, p := range r.past {
		if m.Most > 0 && len(answer.List) >= m.Most {
			break
		}
		if slices.Contains(keys, names.Fold(p.Profile.Nick)) {
			answer.List = append(answer.List, p)
		}
	}
	ask.Reply(ctx, m.Ticket, answer)
}
