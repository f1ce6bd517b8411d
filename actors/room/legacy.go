package room

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/people"
)

// Legacy is what one incarnation of a room leaves to the next. It belongs to
// the room's goroutine; the registry, which hands in an empty one, reads it
// only after the room has been terminated, and hands it in again with the next
// room of that name.
type Legacy struct {
	epoch    uint64 // incarnations so far
	roster   []former
	hand     *hand
	entering []*entrant
	outcomes []any // of the journal, not yet looked at
	underway int   // appends whose outcome is to come
	changing bool  // one of them changes the state
	branches []*branch
	waiting  []waiting
}

// former is a member of an earlier incarnation.
type former struct {
	user    *actor.PID
	profile people.Profile
	role    Role
	conns   []*actor.PID // sessions that have been shown the room
	leaving bool
}

// hand is what the room is showing. It is still there when that has failed.
type hand struct {
	entries []journal.Entry
	alone   bool // entries are shown one by one, after a failure
	begun   bool // some sessions may have been shown the entries
}

// Users lists the user actors of those who were members at the end.
func (l *Legacy) Users() []*actor.PID {
	users := make([]*actor.PID, len(l.roster))
	for i, f := range l.roster {
		users[i] = f.user
	}
	return users
}
