// Package fault is what goes wrong on purpose: a plan drawn from a seed, and
// the injectors that make it happen, all of which are put in through ordinary
// parameters of what they disturb.
package fault

import (
	"fmt"
	"time"
)

// Kind is a way in which something goes wrong.
type Kind string

// Faults within the server, which injectors of this package make.
const (
	PanicBefore Kind = "panic-before" // at the nth message, which is lost
	PanicAfter  Kind = "panic-after"  // when the nth message has been handled
	CrashLoop   Kind = "crash-loop"   // before every message, while For lasts
	Delay       Kind = "delay"        // each message is handled late, while For lasts
	Reorder     Kind = "reorder"      // two commands of different askers change places

	StoreFails   Kind = "store-fails"   // commits fail and nothing is stored
	StoreHangs   Kind = "store-hangs"   // a commit takes as long as For
	StoreUnknown Kind = "store-unknown" // commits are durable and answer "unknown"
	DiskLow      Kind = "disk-low"      // commits and Resume answer that there is no space
	SyncFails    Kind = "sync-fails"    // commits fail, and Resume until For is over

	AcceptFails Kind = "accept-fails" // accepting fails with EMFILE
	ClockJumps  Kind = "clock-jumps"  // by an hour, back after For
)

// Faults around the server, which prove makes itself.
const (
	Kill      Kind = "kill"      // kill -9, and started again
	Terminate Kind = "terminate" // SIGTERM under load, and started again

	Reset    Kind = "reset"     // a connection is reset
	HalfOpen Kind = "half-open" // a peer that is silent for good
	Stall    Kind = "stall"     // a reader that stops reading
	Trickle  Kind = "trickle"   // a client that sends a byte at a time
)

// Targets of the faults that strike actors.
const (
	Room     = "room"
	Journal  = "journal"
	Records  = "records"
	Storage  = "storage"
	Registry = "registry"
	Account  = "account"
	User     = "user"
	Conn     = "conn"
	Listener = "listener"
	Net      = "net"
)

// Fault is one entry of a plan. Two with the same At happen at once.
type Fault struct {
	ID     int           `json:"id"` // from 1, in the order of the plan
	At     time.Duration `json:"at"` // after the load has begun
	Kind   Kind          `json:"kind"`
	Target string        `json:"target,omitempty"` // an actor, or which member or room
	Nth    int           `json:"nth,omitempty"`    // the message that is struck, counted from 1 after At
	For    time.Duration `json:"for,omitempty"`
}

// String is a line of the plan, as people read it.
func (f Fault) String() string {
	s := fmt.Sprintf("%8s  %-13s", f.At.Round(time.Millisecond), f.Kind)
	if f.Target != "" {
		s += " " + f.Target
	}
	if f.Nth > 0 {
		s += fmt.Sprintf(" at message %d", f.Nth)
	}
	if f.For > 0 {
		s += " for " + f.For.String()
	}
	return s
}
