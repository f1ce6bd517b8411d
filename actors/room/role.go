package room

import "github.com/greenroom-chat/greenroom/actors/journal"

// Role is what a member may do in a room: a set, of which the part with the
// most power counts. The bits are on disk.
type Role uint8

// The parts of a role; their power is in the order of journal.Rank.
const (
	NoRole   Role = 0  // may speak, unless the room is moderated
	Voice    Role = 1  // may speak in a moderated room
	Halfop   Role = 4  // may kick who has less, give voice, invite and ban
	Operator Role = 2  // may change the room
	Admin    Role = 8  // may not be kicked by operators, nor lose roles to them
	Founder  Role = 16 // may make admins and founders
)

// Rank is the power of a role, for comparison.
func (r Role) Rank() int { return journal.Rank(uint8(r)) }

// AtLeast tells whether a role has the power of another.
func (r Role) AtLeast(other Role) bool { return r.Rank() >= other.Rank() }

// roleOfMode is the part of a role that a letter of MODE gives or takes.
func roleOfMode(letter byte) Role {
	switch letter {
	case 'v':
		return Voice
	case 'h':
		return Halfop
	case 'o':
		return Operator
	case 'a':
		return Admin
	case 'q':
		return Founder
	}
	return NoRole
}

// needed is the role that it takes to change a mode.
func needed(letter byte) Role {
	switch letter {
	case 'q', 'a':
		return Founder
	case 'v', 'b', 'e', 'I':
		return Halfop
	}
	return Operator
}

// power is what a member may do: the account that founded the room always has
// all of it, whatever role it is shown in.
func (r *room) power(m *member) Role {
	if r.isFounder(m) {
		return m.role | Founder
	}
	return m.role
}

func (r *room) isFounder(m *member) bool {
	return !m.profile.Guest() && m.profile.ID == r.state.Founder
}

// outranks tells whether one member may act against another: never below the
// rank of the other, and half operators only above it.
func (r *room) outranks(by, other *member) bool {
	mine, theirs := r.power(by).Rank(), r.power(other).Rank()
	return by == other || mine > theirs || mine == theirs && mine >= Operator.Rank()
}
