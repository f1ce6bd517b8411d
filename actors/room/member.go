package room

import (
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/people"
)

// member is somebody in the room.
type member struct {
	user     *actor.PID
	profile  people.Profile
	key      string // of the nick
	who      identity
	role     Role
	sessions []*session
	leaving  bool   // a record that takes them out is at the journal
	then     *Leave // came while leaving

	accepts bool      // of a conversation: the other may write, though a guest
	marker  time.Time // read up to here, as far as this room knows

	judged uint64 // the state of the ban lists for which muted holds
	muted  bool
}

// session is a connection of a member.
type session struct {
	Session
	conn   *actor.PID
	owner  *member
	branch *branch // nil: served by the room itself
	again  bool    // has been shown the room
}

// entrant is somebody whose JOIN is at the journal.
type entrant struct {
	member Member // with the sessions as they are now
	then   *Leave // came meanwhile
}

// addMember adds somebody whose user actor is watched already.
func (r *room) addMember(ctx actor.Context, m Member, role Role) *member {
	mem := &member{user: m.User, role: role}
	mem.set(m.Profile)
	r.members = append(r.members, mem)
	r.byUser[m.User.Id] = mem
	if r.present != nil {
		r.present = append(r.present, Presence{mem.profile, mem.role})
	}
	for _, s := range m.Sessions {
		r.addSession(ctx, mem, s)
	}
	return mem
}

// removeMember forgets the member; the sessions are dismissed by the caller.
func (r *room) removeMember(ctx actor.Context, m *member) {
	if i := slices.Index(r.members, m); i >= 0 {
		r.members = slices.Delete(r.members, i, i+1)
	}
	delete(r.byUser, m.user.Id)
	r.present = nil
	ctx.Unwatch(m.user)
}

// addSession returns nil for a session that is already known.
func (r *room) addSession(ctx actor.Context, m *member, s Session) *session {
	if s.Conn == nil || r.byConn[s.Conn.Id] != nil {
		return nil
	}
	known := &session{Session: s, conn: s.Conn, owner: m, branch: r.branchFor(ctx, s.Conn)}
	m.sessions = append(m.sessions, known)
	r.byConn[s.Conn.Id] = known
	r.countClass(s.Class, 1)
	if known.branch == nil {
		r.direct.put(known.listener())
	} else {
		known.branch.load++
	}
	return known
}

// forgetSession takes the session out of the books, not out of its relay.
func (r *room) forgetSession(s *session) {
	delete(r.byConn, s.conn.Id)
	r.countClass(s.Class, -1)
	if s.branch != nil {
		s.branch.load--
	}
	if i := slices.Index(s.owner.sessions, s); i >= 0 {
		s.owner.sessions = slices.Delete(s.owner.sessions, i, i+1)
	}
}

func (s *session) listener() listener {
	return listener{conn: s.conn, class: s.Class, level: s.owner.role}
}

func (m *member) set(p people.Profile) {
	m.profile, m.key, m.who, m.judged = p, names.Fold(p.Nick), identify(p), 0
}

func (m *member) asFormer() former {
	f := former{
		user: m.user, profile: m.profile, role: m.role, leaving: m.leaving, accepts: m.accepts, marker: m.marker,
	}
	for _, s := range m.sessions {
		if s.again {
			f.conns = append(f.conns, s.conn)
		}
	}
	return f
}

// byNick finds a member who is not on the way out.
func (r *room) byNick(nick string) *member {
	key := names.Fold(nick)
	for _, m := range r.members {
		if !m.leaving && m.key == key {
			return m
		}
	}
	return nil
}

// memberOf finds who is in the room and not on the way out.
func (r *room) memberOf(user *actor.PID) *member {
	if user == nil {
		return nil
	}
	if m := r.byUser[user.Id]; m != nil && !m.leaving {
		return m
	}
	return nil
}

func (r *room) entrantOf(user *actor.PID) *entrant {
	i := slices.IndexFunc(r.entering, func(e *entrant) bool { return e.member.User.Equal(user) })
	if i < 0 {
		return nil
	}
	return r.entering[i]
}

// takeEntrant ends the waiting of an entrant.
func (r *room) takeEntrant(user *actor.PID) *entrant {
	e := r.entrantOf(user)
	if e != nil {
		r.entering = slices.DeleteFunc(r.entering, func(x *entrant) bool { return x == e })
	}
	return e
}

// roleOf is the role that the room keeps for an account.
func (r *room) roleOf(p people.Profile) Role {
	if p.Guest() || r.talk() {
		return NoRole
	}
	role := NoRole
	if p.ID == r.state.Founder {
		role = Operator
	}
	for _, kept := range r.state.Roles {
		if kept.Account == p.ID {
			role |= Role(kept.Role)
		}
	}
	return role
}

// tellUser tells a member's user actor what it is here.
func (r *room) tellUser(ctx actor.Context, m *member, in bool) {
	ctx.Send(m.user, Membership{
		Room: ctx.Self(), No: r.no, Name: r.Name, Epoch: r.epoch,
		In: in, Role: m.role, Public: !r.talk() && !r.has('s'),
	})
}

func authorOf(p people.Profile) journal.Author {
	return journal.Author{ID: p.ID, Nick: p.Nick, Username: p.Username, Host: p.Host, Account: p.Account, Bot: p.Modes.Has(people.Bot)}
}

func profileOf(a journal.Author) people.Profile {
	return people.Profile{ID: a.ID, Nick: a.Nick, Username: a.Username, Host: a.Host, Account: a.Account}
}
