// Package people holds the value that says who somebody is. Rooms, the
// registry and connections each keep a copy; only the user actor makes a new
// one and sends it around.
package people

import "github.com/greenroom-chat/greenroom/actors/notes"

// Profile is immutable; a change is a new Profile.
type Profile struct {
	// ID never changes while the person is known: the key of the account, or
	// for a guest a random word that begins with '~' and is never used again.
	ID       string
	Nick     string
	Username string
	Host     string // what others may see of the address
	Realname string
	Account  string // as written at registration; empty for a guest
	Away     string // empty: here
	Modes    Mode
	// Address is where they come from. They themselves and operators of the
	// server are told; it is not stored.
	Address string
	Notes   *notes.Set
}

// Guest tells whether the person has no account.
func (p Profile) Guest() bool { return p.Account == "" }
