package records

import (
	"strings"
	"time"
	"unicode"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
)

// Searching.
type (
	// Search asks for what was said in rooms that the asker may read; answered
	// by Hits.
	Search struct {
		ask.Ticket
		Scopes []Scope
		Terms  Terms
	}
	// Scope is a room, and as whom it is read.
	Scope struct {
		Room journal.Room
		Role uint8 // a record that wants a higher one is not there
	}
	// Terms are what a message has to be; all of them that are set.
	Terms struct {
		Text string // has these words; one of four letters or more need only begin a word
		From string // was said by who had this nick or account, as names.Fold has it
		// After and Before bound its time, both included; zero: no bound.
		After, Before time.Time
		// Limit is how many are wanted: the oldest if After is set, else the
		// newest. At most journal.MaxPage.
		Limit int
		// Effort is how much may be looked at, counted in records.
		Effort int
	}
	// Hits answers Search; the records ascend in time.
	Hits struct {
		Ref     uint64
		Records []journal.Record
		Looked  int // as Effort is counted
		// Until: Effort was enough up to there and not beyond, in some of the
		// rooms; of none is anything told that lies there or beyond. A search
		// Before that time, or After, goes on. Zero: everything was looked at.
		Until time.Time
		Err   error
	}
)

// HasWord tells whether there is a word in a text for Terms to look for.
func HasWord(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}
