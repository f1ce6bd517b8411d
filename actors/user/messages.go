package user

import (
	"errors"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/notes"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// Of sessions.
type (
	// Attach brings a session; the registry forwards it at sign-in. The
	// connection is answered Welcome and then, for each room, room.Entered.
	Attach struct {
		ask.Ticket
		Session room.Session
		Profile people.Profile // of the first session; later ones take what is there
	}
	// Welcome answers Attach. Profile.Nick may differ from what was asked for:
	// all sessions of an account share one nick.
	Welcome struct {
		Ref     uint64
		User    *actor.PID
		Profile people.Profile
	}
	// Settle asks to be told when the rooms that the account is remembered in
	// have been entered, or have refused; answered by Settled.
	Settle struct{ ask.Ticket }
	// Settled answers Settle.
	Settled struct{ Ref uint64 }
	// Reattach is a connection's answer to Up: the session is still there, and
	// these are the rooms that it is shown.
	Reattach struct {
		Session room.Session
		Profile people.Profile
		Rooms   []Place
	}
	// Place is a room that a user is in.
	Place struct {
		Room *actor.PID
		No   journal.Room
		Name string
		Role room.Role
	}
	// Up is sent to its sessions by a restarted user actor.
	Up struct{ User *actor.PID }
	// Reclass says that a session's capabilities have changed. Not answered.
	Reclass struct{ Session room.Session }
	// Detach takes a session away. After the last one the rooms see the user
	// quit. Answered by Done when they have and the nick is free, or at once by
	// Remains.
	Detach struct {
		ask.Ticket
		Conn   *actor.PID
		Reason string
	}
	// Remains answers Detach when the user has other sessions.
	Remains struct{ Ref uint64 }
)

// Commands of a session.
type (
	// Join enters a room by name, which is made when it is not there. Answered
	// by room.Joined.
	Join struct {
		ask.Ticket
		Name string
		Key  string
	}
	// SetAway sets or, when empty, clears the away text. NobodyHere says that no
	// one sits at that session, which then counts as if it were not there.
	// Answered by AwaySet.
	SetAway struct {
		ask.Ticket
		Session *actor.PID // the connection
		Text    string
	}
	// AwaySet answers SetAway.
	AwaySet struct{ Ref uint64 }
	// SetRealname changes the realname. Answered by Done.
	SetRealname struct {
		ask.Ticket
		Realname string
	}
	// SetMode sets or clears modes of the user. Answered by Done.
	SetMode struct {
		ask.Ticket
		Mode people.Mode
		On   bool
	}
	// Kill ends all sessions. Answered by Done when that is so of all
	// of them, as for Detach.
	Kill struct {
		ask.Ticket
		By     people.Profile
		Reason string
	}
	// Revoke ends all sessions but one, in which the password was changed. Answered
	// by Done when they are told.
	Revoke struct {
		ask.Ticket
		By *actor.PID // the connection of that one
	}
	// Annotate changes the notes of a guest. Answered by Done.
	Annotate struct {
		ask.Ticket
		Changes []notes.Change
	}
	// Annotated brings the notes of the user's account after a change that is
	// stored. Answered by Done.
	Annotated struct {
		ask.Ticket
		Notes *notes.Set
	}
	// Renamed is sent by the registry when the nick has been granted; the user
	// tells its sessions and rooms, and answers the Ticket with Done.
	Renamed struct {
		ask.Ticket
		Nick string
	}
	// Identified is sent by the registry when a guest has become an account.
	Identified struct {
		ask.Ticket
		ID, Account string
		Notes       *notes.Set // of the account
	}
	// Done answers Renamed, Identified and the commands above, when everybody has been
	// told: this is the profile now.
	Done struct {
		Ref     uint64
		Profile people.Profile
	}
)

// Questions.
type (
	// Whois asks who this is; answered by Portrait. By sees only rooms that are
	// public or that it is in itself.
	Whois struct {
		ask.Ticket
		By         *actor.PID
		AskerRooms []journal.Room
	}
	// Portrait answers Whois. Active is when a session last came, or the user
	// last joined a room or changed nick or away text.
	Portrait struct {
		Ref      uint64
		Profile  people.Profile
		Rooms    []PortraitRoom
		SignedOn time.Time
		Active   time.Time
		Online   bool
	}
	// PortraitRoom is a room that the asker may know of.
	PortraitRoom struct {
		Name string
		Role room.Role
	}
)

// NobodyHere is the away text of a session that nobody sits at, and of a
// person who has no other.
const NobodyHere = "*"

// What sessions are sent.
type (
	// Changed tells the user's own sessions of a new profile; Old is what it
	// was. Shown to a session once, with Once as in room.Lines.
	Changed struct {
		Old, New people.Profile
		Once     uint64
	}
	// Barred says that a room which the account is remembered in does not let
	// it in, and why; with room.ErrQuarantined, not yet.
	Barred struct {
		Name   string
		Reason error
	}
	// Killed tells a session that an operator of the server ends it.
	Killed struct {
		By     people.Profile
		Reason string
	}
	// Revoked tells a session that the password was changed in another one.
	Revoked struct{}
	// Announced is what an operator of the server tells many (WALLOPS).
	Announced struct {
		By   people.Profile
		Text string
	}
	// RoomLost says that a room has been closed after repeated failures.
	RoomLost struct {
		Room *actor.PID
		Name string
	}
)

// What the registry is sent.
type (
	// Status is the user's profile as the registry keeps it for WHO, ISON and
	// the like. After a change it is answered by room.Noted; Once is that of the
	// change.
	Status struct {
		ask.Ticket
		User     *actor.PID
		Profile  people.Profile
		Sessions int
		Old      people.Profile // before the change
		Once     uint64
	}
	// Enter wants Join forwarded to the room of that name; Make: which is made,
	// for Founder (account key or empty), when it is not there.
	Enter struct {
		ask.Ticket
		Name    string
		Make    bool
		Founder string
		Join    room.Join
	}
	// Retire is the registry's question to a user without sessions: is it
	// still so? Until the answer comes the registry forwards nothing to it.
	// Answered by Resting, at once and in every state.
	Retire struct{ ask.Ticket }
	// Resting answers Retire. Busy: rooms have not yet answered its Leave;
	// another Status follows.
	Resting struct {
		Ref      uint64
		User     *actor.PID
		Sessions int
		Busy     bool
	}
)

// Reasons for a refusal.
var (
	ErrTooManyRooms    = errors.New("in too many rooms")
	ErrTooManySessions = errors.New("too many sessions")
)
