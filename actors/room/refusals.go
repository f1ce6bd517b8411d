package room

import "errors"

// Reasons for a refusal, besides those of packages ask and journal.
var (
	ErrNotPresent   = errors.New("not in this room")
	ErrPresent      = errors.New("already in this room")
	ErrNoTarget     = errors.New("they are not in this room")
	ErrCannotSpeak  = errors.New("cannot speak in this room")
	ErrMembersOnly  = errors.New("only members may speak in this room")
	ErrNotOperator  = errors.New("not an operator of this room")
	ErrBanned       = errors.New("banned from this room")
	ErrNeedsAccount = errors.New("an account is needed here")
	ErrAccountsOnly = errors.New("they take messages of accounts alone")
	ErrNoMachine    = errors.New("programs may not be asked things here")
	ErrFull         = errors.New("the room is full")
	ErrInviteOnly   = errors.New("invitation only")
	ErrBadKey       = errors.New("wrong room key")
	ErrListFull     = errors.New("the list is full")
	ErrBadMode      = errors.New("unknown mode")
	ErrTooLong      = errors.New("too long")
	ErrNoNote       = errors.New("no such note")
	ErrTooManyNotes = errors.New("too many notes")
	ErrQuarantined  = errors.New("the room has failed repeatedly and is closed for now")
)
