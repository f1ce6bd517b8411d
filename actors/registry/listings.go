package registry

import (
	"slices"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// list tells of the rooms that somebody is in, in order of their names.
func (r *registry) list(ctx actor.Context, m List) {
	answer := Listed{Ref: m.Ref}
	for _, h := range r.rooms {
		if h.public() {
			answer.Rooms = append(answer.Rooms, h.summary)
		}
	}
	slices.SortFunc(answer.Rooms, func(a, b room.Summary) int { return strings.Compare(a.Key, b.Key) })
	ask.Reply(ctx, m.Ticket, answer)
}

// everyone lists who is online and matches, in order of their nicks.
func (r *registry) everyone(ctx actor.Context, m Everyone) {
	answer := People{Ref: m.Ref, Online: len(r.nicks), Most: r.most}
	for _, h := range r.rooms {
		if h.public() {
			answer.Rooms++
		}
	}
	mask := names.Fold(m.Mask)
	for _, p := range r.nicks {
		if p.profile.Modes.Has(people.Invisible) {
			answer.Hidden++
		}
		if p.profile.Modes.Has(people.Operator) {
			answer.Operators++
		}
		if matches(mask, p) {
			answer.List = append(answer.List, p.profile)
		}
	}
	slices.SortFunc(answer.List, func(a, b people.Profile) int { return strings.Compare(a.Nick, b.Nick) })
	answer.List = answer.List[:min(len(answer.List), m.Limit)]
	ask.Reply(ctx, m.Ticket, answer)
}

func matches(mask string, p *person) bool {
	return names.Glob(mask, p.nick) || names.Glob(mask, names.Fold(p.profile.Account)) ||
		names.Glob(mask, names.Fold(p.profile.Host))
}
