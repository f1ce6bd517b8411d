package room

import (
	"hash/fnv"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/people"
)

// kicked is the intent of a Kick.
type kicked struct {
	ask.Ticket
	target *actor.PID
}

func (r *room) leave(ctx actor.Context, m Leave) {
	if m.User == nil {
		ask.Refuse(ctx, m.Ticket, ErrNotPresent)
		return
	}
	if e := r.entrantOf(m.User); e != nil {
		if e.then != nil {
			ask.Refuse(ctx, m.Ticket, ErrNotPresent)
			return
		}
		e.then = &m
		return
	}
	mem := r.byUser[m.User.Id]
	switch {
	case mem == nil:
		ask.Refuse(ctx, m.Ticket, ErrNotPresent)
	case r.talk():
		r.setSessions(ctx, mem, nil)
		ask.Reply(ctx, m.Ticket, Left{Ref: m.Ref})
		r.touch(ctx)
	case mem.leaving && (m.Kind != journal.Quit || mem.then != nil):
		ask.Refuse(ctx, m.Ticket, ErrNotPresent)
	case mem.leaving:
		mem.then = &m
	default:
		r.part(ctx, mem, m)
	}
}

// part records that the member leaves. A quit from a large room is not worth
// a record; a part always has its effect stored.
func (r *room) part(ctx actor.Context, mem *member, m Leave) {
	if m.Kind == journal.Quit {
		record := r.quitRecord(mem.profile, mem.role, m.Reason)
		if r.recorded() {
			r.append(ctx, journal.Append{Record: record, Intent: m})
		} else {
			r.showSoon(ctx, record, m)
		}
		mem.leaving = true
		return
	}
	r.append(ctx, journal.Append{
		Record: journal.Record{
			Kind: journal.Part, Author: authorOf(mem.profile), Text: m.Reason, Target: r.Name,
			MinRole: r.shade(mem.role),
		},
		Silent:  !r.recorded(),
		Members: remember(Member{Profile: mem.profile}, false),
		Intent:  m,
	})
	mem.leaving = true
}

func (r *room) quitRecord(p people.Profile, role Role, reason string) journal.Record {
	return journal.Record{
		Kind: journal.Quit, Author: authorOf(p), Text: reason, Target: r.Name, MinRole: r.shade(role),
	}
}

// stay takes back that somebody is on the way out.
func (r *room) stay(ctx actor.Context, user *actor.PID) {
	mem := r.byUser[user.Id]
	if mem == nil {
		return
	}
	mem.leaving = false
	if then := mem.then; then != nil {
		mem.then = nil
		r.part(ctx, mem, *then)
	}
}

func (r *room) kick(ctx actor.Context, m Kick) {
	mem, ok := r.allowed(ctx, m.Ticket, m.User, Halfop)
	if !ok {
		return
	}
	target := r.byNick(m.Nick)
	switch {
	case target == nil:
		ask.Refuse(ctx, m.Ticket, ErrNoTarget)
	case !r.outranks(mem, target):
		ask.Refuse(ctx, m.Ticket, ErrNotOperator)
	case len(m.Reason) > r.Limits.Kick:
		ask.Refuse(ctx, m.Ticket, ErrTooLong)
	default:
		r.append(ctx, journal.Append{
			Record: journal.Record{
				Kind: journal.Kick, Author: authorOf(mem.profile),
				Subject: target.profile.Nick, Text: m.Reason, Target: r.Name,
				MinRole: r.shade(target.role),
			},
			Members: remember(Member{Profile: target.profile}, false),
			Intent:  kicked{Ticket: m.Ticket, target: target.user},
		})
		target.leaving = true
	}
}

// exit takes out somebody of whom item at of the bulletin tells: the sessions
// are shown it, and nothing after it.
func (r *room) exit(ctx actor.Context, b *bulletin, at int, user *actor.PID) {
	mem := r.byUser[user.Id]
	if mem == nil {
		return
	}
	r.tellUser(ctx, mem, false)
	for len(mem.sessions) > 0 {
		s := mem.sessions[0]
		own := b.special(s.conn)
		if at >= 0 && !s.owner.role.AtLeast(b.items[at].min) && !own.replaces(at) {
			own.put(at, b.alone(s.Class, at)) // one's own going is always seen
		}
		if !r.talk() {
			own.say(at+1, Expelled{Room: ctx.Self(), Name: r.Name})
		}
		own.to = at + 1
		b.dismiss(s)
		r.forgetSession(s)
	}
	r.removeMember(ctx, mem)
	if mem.then != nil {
		b.answer(mem.then.Ticket, Left{Ref: mem.then.Ref})
	}
}

// expel takes somebody out without a line.
func (r *room) expel(ctx actor.Context, user *actor.PID) {
	b := r.newBulletin(nil)
	r.exit(ctx, b, -1, user)
	r.dispatch(ctx, b)
}

// gone: an actor that the room watches has ended.
func (r *room) gone(ctx actor.Context, who *actor.PID) {
	if r.relayGone(ctx, who) {
		return
	}
	r.uninvite(who)
	quit := Leave{User: who, Kind: journal.Quit, Reason: "connection lost"}
	mem := r.byUser[who.Id]
	switch {
	case mem != nil && r.talk():
		r.expel(ctx, who)
		r.touch(ctx)
	case mem == nil && r.entrantOf(who) == nil:
	case r.ready():
		r.leave(ctx, quit)
	default:
		r.keep(quit)
	}
}

// profileChanged takes over a member's new profile and shows what there is to
// show of it. Records written from now on bear the new name.
func (r *room) profileChanged(ctx actor.Context, m ProfileChanged) {
	mem := r.knows(m)
	if mem == nil || m.Event.Record.Kind == 0 || r.talk() {
		ask.Reply(ctx, m.Ticket, Noted{Ref: m.Ref})
		return
	}
	record := m.Event.Record
	record.Target, record.MinRole = r.Name, r.shade(mem.role)
	if record.Kind != journal.Rename || !r.recorded() {
		r.showSoon(ctx, record, m)
		return
	}
	r.append(ctx, journal.Append{Record: record, Intent: m})
}

// knows keeps the new profile of somebody who is here or on the way in, and
// returns who is here.
func (r *room) knows(m ProfileChanged) *member {
	if m.User == nil {
		return nil
	}
	if e := r.entrantOf(m.User); e != nil {
		e.member.Profile = m.Profile
		return nil
	}
	mem := r.byUser[m.User.Id]
	if mem != nil {
		r.setProfile(mem, m.Profile)
	}
	return mem
}

// onceOf numbers a QUIT, so that a connection shows it once.
func onceOf(m Leave) uint64 {
	if m.Kind != journal.Quit {
		return 0
	}
	if m.Once != 0 {
		return m.Once
	}
	h := fnv.New64a()
	h.Write([]byte(m.User.Id))
	return h.Sum64() | 1
}
