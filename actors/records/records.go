// Package records is the vocabulary spoken with the actor that keeps what is
// not a log: accounts, the names and numbers of rooms, memberships and read
// markers. The actor itself lives in package persistence; its writes go
// through the journal's group commit, so that there is one writer.
//
// A restart of it loses questions in flight, which are refused.
package records

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/notes"
)

// Account is one stored account.
type Account struct {
	Key       string // canonical name, see package names
	Name      string // as written at registration
	Password  Hash
	Scram     Hash // verifier for SCRAM-SHA-256; empty: none
	Created   time.Time
	Suspended bool
	// Certificates are the fingerprints that the account is known by.
	Certificates []string
	Notes        []notes.Note
	Version      uint64 // 1 when created, counted up by each Update
}

// Hash is a password hash in PHC form. It prints as "[secret]".
type Hash string

func (Hash) String() string               { return "[secret]" }
func (Hash) GoString() string             { return "[secret]" }
func (Hash) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, "[secret]") }
func (Hash) MarshalJSON() ([]byte, error) { return []byte(`"[secret]"`), nil }

// Accounts.
type (
	// Create stores a new account; answered by Created.
	Create struct {
		ask.Ticket
		Account Account
	}
	// Created answers Create; Err is ErrExists or a storage error.
	Created struct {
		Ref     uint64
		Account Account
		Err     error
	}
	// Find asks for an account by its key; answered by Found.
	Find struct {
		ask.Ticket
		Key string
	}
	// Found answers Find; Err is ErrNoAccount or a storage error.
	Found struct {
		Ref     uint64
		Account Account
		Err     error
	}
	// Update replaces an account if its stored version is Account.Version;
	// answered by Updated.
	Update struct {
		ask.Ticket
		Account Account
	}
	// Updated answers Update with the new version; Err is ErrConflict,
	// ErrNoAccount or a storage error.
	Updated struct {
		Ref     uint64
		Account Account
		Err     error
	}
)

// Rooms.
type (
	// Open asks for a room by name, or for the conversation of two people; it
	// is made when it is not there. Answered by Opened.
	Open struct {
		ask.Ticket
		No      journal.Room // known from before, whatever it is called now; 0: not known
		Key     string       // canonical name; empty for a conversation
		Name    string       // as written by who made it
		Pair    [2]string    // IDs of the two, ascending; only for a conversation
		Initial journal.State
	}
	// Opened answers Open.
	Opened struct {
		Ref  uint64
		Room Room
		Made bool // it was not there before
		Err  error
	}
	// Room is a stored room.
	Room struct {
		No      journal.Room
		Key     string
		Name    string
		Pair    [2]string
		Created time.Time
		State   journal.State
		LastSeq uint64
		Last    time.Time // of the last record; zero when there is none
	}
	// Forget frees the name of a room that belongs to no account; its number
	// and log are not used again. Answered by Forgotten.
	Forget struct {
		ask.Ticket
		No  journal.Room
		Key string
	}
	// Forgotten answers Forget.
	Forgotten struct {
		Ref uint64
		Err error
	}
)

// What an account is remembered with.
type (
	// Memberships asks for the rooms of an account; answered by Remembered.
	Memberships struct {
		ask.Ticket
		Account string // key
	}
	// Remembered answers Memberships, by room number.
	Remembered struct {
		Ref  uint64
		List []Membership
		Err  error
	}
	// Membership is one room or conversation of an account.
	Membership struct {
		Room   journal.Room
		Key    string // empty for a conversation
		Name   string
		Pair   [2]string
		Marker time.Time // read up to here; zero: never said
		Last   time.Time // of the last record
	}
	// Mark moves a read marker forward, never back; answered by Marked.
	Mark struct {
		ask.Ticket
		Account string
		Room    journal.Room
		At      time.Time
	}
	// Marked answers Mark with the marker in force.
	Marked struct {
		Ref uint64
		At  time.Time
		Err error
	}
)

// Read at start.
type (
	// Names asks for all names, a page at a time; answered by Named.
	Names struct {
		ask.Ticket
		Cursor string // empty: from the beginning
	}
	// Named answers Names with one page.
	Named struct {
		Ref      uint64
		Accounts []Name
		Rooms    []Name
		Next     string // empty: this was the last page
		Err      error
	}
	// Name is a name that is taken.
	Name struct {
		Key, Name    string
		Certificates []string     // accounts only
		Room         journal.Room // rooms only
	}
)

// Errors.
var (
	ErrExists    = errors.New("already exists")
	ErrNoAccount = errors.New("no such account")
	ErrConflict  = errors.New("changed by somebody else meanwhile")
)
