package people

// Mode is a set of what somebody has chosen to be, or has been made.
type Mode uint8

// What a Mode is made of.
const (
	// Bot: a program writes under this name.
	Bot Mode = 1 << 7
)

// Has tells whether the set holds all of the others.
func (m Mode) Has(others Mode) bool { return m&others == others }
