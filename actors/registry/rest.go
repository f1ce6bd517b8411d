package registry

import (
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/user"
)

// status keeps what a user says of itself. What the registry has granted holds:
// a user that missed it, because it crashed over it, is told again.
func (r *registry) status(ctx actor.Context, m user.Status) {
	ask.Reply(ctx, m.Ticket, room.Noted{Ref: m.Ref})
	p := r.users[m.User.Id]
	if p == nil {
		return
	}
	nick, account := p.profile.Nick, p.profile.Account
	p.profile = m.Profile
	if m.Once != 0 {
		r.toWatchers(ctx, p.nick, Seen{Old: m.Old, New: m.Profile, Once: m.Once})
	}
	if p.nick != "" && m.Profile.Nick != nick {
		p.profile.Nick = nick
		ctx.Send(p.pid, user.Renamed{Nick: nick})
	}
	if m.Profile.ID != p.id {
		p.profile.ID, p.profile.Account = p.id, account
		ctx.Send(p.pid, user.Identified{ID: p.id, Account: account})
	}
	if m.Sessions == 0 && (p.nick != "" || len(p.talks) == 0) {
		r.askRests(ctx, p)
	}
}

// mayRest lets a user go that was only needed for a moment.
func (r *registry) mayRest(ctx actor.Context, p *person) {
	if p.nick == "" && len(p.talks) == 0 && r.users[p.pid.Id] == p {
		r.askRests(ctx, p)
	}
}

func (r *registry) askRests(ctx actor.Context, p *person) {
	if p.shut {
		return
	}
	p.shut, p.resting = true, r.next()
	ctx.Send(p.pid, user.Retire{Ticket: r.ticket(ctx, p.resting)})
}

// userRests: a user without sessions gives its nick back when it has left its
// rooms, so that no room ever shows a nick twice. It ends when no conversation
// needs it.
func (r *registry) userRests(ctx actor.Context, m user.Resting) {
	p := r.users[m.User.Id]
	if p == nil || p.ending || m.Ref != p.resting {
		return
	}
	if m.Sessions == 0 && !m.Busy {
		r.dropNick(ctx, p)
		if len(p.talks) == 0 {
			p.ending = true
			ctx.Poison(p.pid)
			return
		}
	}
	r.open(ctx, &p.gate)
}

func (r *registry) userEnded(ctx actor.Context, p *person) {
	r.dropNick(ctx, p)
	delete(r.users, p.pid.Id)
	delete(r.persons, p.id)
	for _, h := range slices.Clone(p.talks) {
		r.endTalk(ctx, h)
	}
	r.open(ctx, &p.gate)
}

func (r *registry) dropNick(ctx actor.Context, p *person) {
	if p.nick == "" {
		return
	}
	r.remember(p)
	r.toWatchers(ctx, p.nick, Disappeared{Nick: p.profile.Nick})
	delete(r.nicks, p.nick)
	p.nick = ""
}
