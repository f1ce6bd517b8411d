// Package persistence keeps what must not be lost: the other half of the
// journal and records actors, over Badger, with every value sealed.
package persistence

import (
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// Store is what the actors of this package need of a store. Badger is the
// first; one that follows a replicated log is to satisfy it too, and the
// conformance suite (storetest) runs against each.
//
// Commit has one caller at a time; the readers may run beside it and see a
// commit as a whole or not at all.
type Store interface {
	// Commit makes a batch durable: when it returns nil, every operation has
	// its outcome and all that were accepted have been synced, in the given
	// order, in one transaction. An error means nothing of the batch is
	// promised: ErrUnknownOutcome when parts may be there, ErrDiskLow when
	// nothing was tried.
	Commit(batch []Op) ([]Outcome, error)

	// Range reads a page. It passes over journal.MaxPassed records at most, and
	// then ends with a journal.Elided; looked is what it has cost.
	Range(room journal.Room, q journal.Query) (page []journal.Record, looked int, err error)

	Account(key string) (records.Account, error)
	Room(no journal.Room) (records.Room, error)
	RoomByName(key string) (records.Room, error)
	Conversation(pair [2]string) (records.Room, error)
	Memberships(account string) ([]records.Membership, error)
	// Search finds what was said in the rooms. What was acknowledged before it
	// began is found, unless the effort ends first.
	Search(scopes []records.Scope, terms records.Terms) (records.Hits, error)
	Names(cursor string, limit int) (page records.Named, err error)

	// Resume is called after a failed Commit, before the next one: it checks
	// the free space, reopens and verifies the tail where that is needed, and
	// returns nil when commits may go on.
	Resume() error
	// Health says why commits are refused at present, or nil.
	Health() error
	Close() error
}

// Op is one operation of a commit: exactly one field is set.
type Op struct {
	Append *journal.Append
	Create *records.Create
	Update *records.Update
	Open   *records.Open
	Forget *records.Forget
	Mark   *records.Mark
}

// Outcome is what became of the Op at the same place of the batch. Err is a
// refusal of this operation alone (ErrExists, ErrConflict ...); the others of
// the batch are not touched by it.
type Outcome struct {
	Err       error
	Record    journal.Record // Append: with Seq and Time
	Duplicate bool           // Append: found by its client id; Record is the first one's
	Account   records.Account
	Room      records.Room
	Made      bool
	Marker    time.Time
}
