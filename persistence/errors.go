package persistence

import (
	"errors"
	"fmt"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// Errors of a store, besides journal.ErrDiskLow, journal.ErrIntegrity,
// journal.ErrGap and those of package records.
var (
	// ErrUnknownOutcome: the commit failed when parts of it may have been
	// applied. Resume tells; a repeated append with a client id is safe.
	ErrUnknownOutcome = errors.New("it is not known whether this was stored")
	// ErrSuspended: an earlier commit failed and Resume has not succeeded yet;
	// nothing was tried.
	ErrSuspended = errors.New("the store waits to be checked after a failure")
	// ErrClosed: nothing was tried.
	ErrClosed = errors.New("the store is closed")
	// ErrNoRoom: there is no such room or conversation.
	ErrNoRoom = errors.New("no such room")

	// ErrLocked: another process has the directory.
	ErrLocked = errors.New("the data directory is in use")
	// ErrMasterKey: the master key is missing, unreadable or not the right one.
	ErrMasterKey = errors.New("master key")
	// ErrNewer: the data were written by a later version of greenroom.
	ErrNewer = errors.New("the data were written by a newer greenroom")
)

// damaged reports what was found damaged, always with what to do about it.
func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s; nothing was changed: keep a copy of the data directory as it is, "+
		"then restore the last backup", journal.ErrIntegrity, fmt.Sprintf(format, args...))
}
