package room

import (
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/people"
)

func (r *room) join(ctx actor.Context, m Join) {
	if r.talk() || m.Member.User == nil {
		ask.Refuse(ctx, m.Ticket, ErrNotPresent)
		return
	}
	if r.byUser[m.Member.User.Id] != nil || r.entrantOf(m.Member.User) != nil {
		ask.Refuse(ctx, m.Ticket, ErrPresent)
		return
	}
	if reason := r.barred(m); reason != nil {
		ask.Refuse(ctx, m.Ticket, reason)
		return
	}
	ctx.Watch(m.Member.User)
	r.append(ctx, journal.Append{
		Record: journal.Record{
			Kind: journal.Join, Author: authorOf(m.Member.Profile), Target: r.Name,
			MinRole: r.shade(r.roleOf(m.Member.Profile)),
		},
		Silent:  !r.recorded(),
		Members: remember(m.Member, true),
		Mark:    markerOf(m.Member.Profile),
		Intent:  m,
	})
	r.entering = append(r.entering, &entrant{member: m.Member})
}

// barred says why somebody may not come in. Who was invited by an operator, or
// is one by account, may always; a ban made after the invitation ends it. Who
// comes back at login is a member already: only a ban keeps them out.
func (r *room) barred(m Join) error {
	who := identify(m.Member.Profile)
	if r.roleOf(m.Member.Profile).AtLeast(Operator) || r.isInvited(m.Member.User, who) {
		return nil
	}
	switch {
	case r.isBanned(who):
		return ErrBanned
	case m.Silent:
		return nil
	case r.has('R') && m.Member.Profile.Guest():
		return ErrNeedsAccount
	case r.has('i') && !matches(r.state.Invites, who):
		return ErrInviteOnly
	case r.has('k') && m.Key != r.state.Key:
		return ErrBadKey
	case r.has('l') && len(r.members)+len(r.entering) >= r.state.Limit:
		return ErrFull
	}
	return nil
}

// joined lets in somebody whose JOIN, item at of the bulletin, is stored.
func (r *room) joined(ctx actor.Context, b *bulletin, at int, m Join, marker time.Time) {
	waiting := r.entrantOf(m.Member.User)
	if waiting != nil {
		m.Member = waiting.member
	}
	mem := r.byUser[m.Member.User.Id]
	isNew := mem == nil
	if isNew {
		role := r.roleOf(m.Member.Profile)
		if len(r.members) == 0 && r.state.Founder == "" {
			role = Operator
		}
		mem = r.addMember(ctx, m.Member, role)
	}
	mem.read(marker)
	r.uninvite(mem.user)
	r.tellUser(ctx, mem, true)
	for _, s := range mem.sessions {
		entered := r.entered(ctx, s)
		entered.Event = b.items[at].event
		if m.ReplyTo != nil && s.conn.Equal(m.ReplyTo) {
			entered.Ref = m.Ref
		}
		b.entered = append(b.entered, s)
		b.enlist(s)
		own := b.special(s.conn)
		own.put(at, entered)
		if isNew {
			own.become(s, len(b.items))
			own.from = at
		}
	}
	b.answer(m.Ticket, Joined{Ref: m.Ref, Name: r.Name})
	if waiting != nil && waiting.then != nil {
		b.after = append(b.after, *waiting.then)
	}
	r.takeEntrant(m.Member.User)
}

// notJoined forgets somebody whose JOIN could not be stored.
func (r *room) notJoined(ctx actor.Context, m Join) {
	waiting := r.takeEntrant(m.Member.User)
	if r.byUser[m.Member.User.Id] == nil {
		ctx.Unwatch(m.Member.User)
	}
	if waiting != nil && waiting.then != nil {
		ask.Reply(ctx, waiting.then.Ticket, Left{Ref: waiting.then.Ref})
	}
}

// arriving is who comes in, as they are by now.
func (r *room) arriving(m Join) people.Profile {
	if waiting := r.entrantOf(m.Member.User); waiting != nil {
		return waiting.member.Profile
	}
	return m.Member.Profile
}

// attach takes over a member's profile and sessions.
func (r *room) attach(ctx actor.Context, m Member) {
	if m.User == nil {
		return
	}
	if e := r.entrantOf(m.User); e != nil {
		e.member = m
		return
	}
	mem := r.byUser[m.User.Id]
	switch {
	case mem != nil:
		r.setProfile(mem, m.Profile)
		r.setSessions(ctx, mem, m.Sessions)
	case r.talk() && slices.Contains(r.Pair[:], m.Profile.ID):
		ctx.Watch(m.User)
		r.tellUser(ctx, r.addMember(ctx, m, NoRole), true)
		r.touch(ctx)
	default:
		r.notMember(ctx, m)
	}
}

// notMember corrects somebody who believes to be here, such as one who was
// too slow after a restart.
func (r *room) notMember(ctx actor.Context, m Member) {
	r.tellUser(ctx, &member{user: m.User}, false)
	b := r.newBulletin(nil)
	for _, s := range m.Sessions {
		if s.Conn != nil {
			b.special(s.Conn).say(0, Expelled{Room: ctx.Self(), Name: r.Name})
		}
	}
	r.dispatch(ctx, b)
}

func (r *room) setSessions(ctx actor.Context, m *member, now []Session) {
	b := r.newBulletin(nil)
	for _, s := range slices.Clone(m.sessions) {
		if !slices.ContainsFunc(now, func(n Session) bool { return n.Conn.Equal(s.conn) }) {
			r.forgetSession(s)
			b.dismiss(s)
		}
	}
	for _, n := range now {
		if n.Conn == nil {
			continue
		}
		known := r.byConn[n.Conn.Id]
		if known == nil {
			r.newSession(ctx, b, m, n)
		} else if known.owner == m && known.Class != n.Class {
			r.countClass(known.Class, -1)
			r.countClass(n.Class, 1)
			known.Class = n.Class
			b.enlist(known)
		}
	}
	r.dispatch(ctx, b)
}

func (r *room) newSession(ctx actor.Context, b *bulletin, m *member, n Session) {
	s := r.addSession(ctx, m, n)
	b.enlist(s)
	if !r.talk() {
		b.special(s.conn).say(0, r.entered(ctx, s))
		s.again = true
	}
}

// enter tells a session after a restart of the room that it is in it.
func (r *room) enter(ctx actor.Context, s *session) {
	ctx.Send(s.conn, r.entered(ctx, s))
}

// entered is what a session is told that comes to be in the room.
func (r *room) entered(ctx actor.Context, s *session) Entered {
	e := Entered{Room: ctx.Self(), Epoch: r.epoch, Again: s.again}
	if s.again {
		return e
	}
	p := s.owner.profile
	e.Event = Event{Room: r.Name, Profile: p, Record: journal.Record{
		Room: r.no, Kind: journal.Join, Time: r.now(), Author: authorOf(p), Target: r.Name,
	}}
	e.Description = r.description(s.owner)
	e.People = r.seenBy(s.owner)
	e.Marker = s.owner.marker
	return e
}

func (r *room) setProfile(m *member, p people.Profile) {
	if m.profile != p {
		m.set(p)
		r.present = nil
	}
}

// recorded tells whether the comings and goings of the room are recorded.
func (r *room) recorded() bool { return len(r.members) <= r.Limits.Recorded }

// remember is the change of the memberships of the member's account.
func remember(m Member, in bool) []journal.Member {
	if m.Profile.Guest() {
		return nil
	}
	return []journal.Member{{Account: m.Profile.ID, Joined: in}}
}
