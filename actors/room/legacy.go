package room

import "github.com/asynkron/protoactor-go/actor"

// Legacy is what one incarnation of a room leaves to the next. It belongs to
// the room's goroutine; the registry, which hands in an empty one, reads it
// only after the room has been terminated, and hands it in again with the next
// room of that name.
type Legacy struct {
	epoch  uint64
	roster []former
}

// former is a member of an earlier incarnation.
type former struct {
	user *actor.PID
	role Role
}

// Users lists the user actors of those who were members at the end.
func (l *Legacy) Users() []*actor.PID {
	users := make([]*actor.PID, len(l.roster))
	for i, f := range l.roster {
		users[i] = f.user
	}
	return users
}
