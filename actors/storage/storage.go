// Package storage is the vocabulary of the supervisor above the journal and
// the records: what it tells its parent, and the facts that it and its
// children publish on the event stream. The actors live in package
// persistence.
package storage

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// Told to the parent of the storage supervisor.
type (
	// Ready is sent once both children are up, and again when the supervisor
	// itself was restarted. The PIDs stay the same when a child is.
	Ready struct{ Journal, Records *actor.PID }
	// Failed is sent when a child has failed more often than Policy allows.
	// It is not restarted: the server must end.
	Failed struct{ Who *actor.PID }
)

// Facts on the event stream, for logs, operators and /readyz.
type (
	// Down: nothing is acknowledged until Up. It is published again when the
	// kind of reason changes.
	Down struct{ Reason error }
	// Up: appends are taken again. Only after a Down.
	Up struct{}
	// Damaged: a reader came upon stored data that is missing or altered.
	Damaged struct {
		Room   journal.Room // 0: not in the log of a room
		Reason error
	}
)

// Policy is the strategy that the supervisor's Props must name.
func Policy() *supervise.Backoff {
	return &supervise.Backoff{Base: 100 * time.Millisecond, Max: 5 * time.Second, Window: time.Minute, Limit: 5}
}
