package people

// Mode is a set of what somebody has chosen to be, or has been made.
type Mode uint8

// What a Mode is made of.
const (
	// Invisible: only who names their nick or shares a room finds them.
	Invisible Mode = 1 << iota
	// Wallops: they are told what operators tell everybody.
	Wallops
	// Operator of the server.
	Operator
	// NoMachine: nobody may ask their program anything (CTCP).
	NoMachine
	// Secure: all their connections are over TLS.
	Secure
	// AccountsOnly: guests may not write to them, unless they are accepted.
	AccountsOnly

	// Bot: a program writes under this name.
	Bot Mode = 1 << 7
)

// Has tells whether the set holds all of the others.
func (m Mode) Has(others Mode) bool { return m&others == others }
