package registry

import (
	"errors"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/notes"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// Of people.
type (
	// SignIn brings a registered connection. It is answered by the user
	// actor's user.Welcome. Profile.Account is empty for a guest; ID is set by
	// the registry.
	SignIn struct {
		ask.Ticket
		Session room.Session
		Profile people.Profile
	}
	// Rename asks for another nick; answered by user.Done.
	Rename struct {
		ask.Ticket
		User *actor.PID
		Nick string
	}
	// Identify says that a guest has logged in; answered by user.Done.
	Identify struct {
		ask.Ticket
		User    *actor.PID
		Account string
		Notes   *notes.Set // of the account
	}
	// ToUser forwards Command to who has the nick or, when nobody has, to the
	// account of that name if Offline is set. Only a failure is answered here.
	ToUser struct {
		ask.Ticket
		Nick    string
		Offline bool
		Command any
	}
	// FindUser asks for a user's PID and profile; answered by UserFound.
	FindUser struct {
		ask.Ticket
		Nick string
	}
	// UserFound answers FindUser.
	UserFound struct {
		Ref     uint64
		User    *actor.PID
		Profile people.Profile
	}
)

// Of rooms and conversations. The registry forwards; what is asked is
// answered by the room. A PID that it handed out may go stale, so that only
// members keep one.
type (
	// ToRoom forwards Command to the room of that name. Make: it is made when
	// it is not there, by Founder (account key or empty).
	ToRoom struct {
		ask.Ticket
		Name    string
		Make    bool
		Founder string
		Command any
	}
	// RenameRoom gives a room another name, as User wants; answered by
	// room.Renamed.
	RenameRoom struct {
		ask.Ticket
		User             *actor.PID
		Old, New, Reason string
	}
	// ToConversation forwards Command to the conversation of the asker with
	// With, a nick or the name of an account that may be offline.
	ToConversation struct {
		ask.Ticket
		User    *actor.PID // who asks
		With    string
		Command any
	}
)

// Of those who were here, and to all who are.
type (
	// Whowas asks who had one of the nicks before; answered by Remembered.
	Whowas struct {
		ask.Ticket
		Nicks []string
		Most  int // 0: all that are remembered
	}
	// Remembered answers Whowas, the newest first.
	Remembered struct {
		Ref  uint64
		List []Past
	}
	// Past is somebody who had the nick of the profile.
	Past struct {
		Profile people.Profile
		Until   time.Time
	}
	// Announce tells everybody who wants to know such things, and the
	// operators of the server. Answered by Announced.
	Announce struct {
		ask.Ticket
		By   people.Profile
		Text string
	}
	// Announced answers Announce: it is on its way to them.
	Announced struct{ Ref uint64 }
)

// Questions about everybody.
type (
	// List asks for the rooms; answered by Listed. Secret rooms are listed
	// with Secret set: who asks leaves out those it is not in.
	List struct{ ask.Ticket }
	// Listed answers List; the rooms are in the order of their keys.
	Listed struct {
		Ref   uint64
		Rooms []room.Summary
	}
	// Everyone asks for the people whose nick, account or host match a mask
	// (as Match says); answered by People.
	Everyone struct {
		ask.Ticket
		Mask  string
		Limit int
	}
	// People answers Everyone.
	People struct {
		Ref       uint64
		List      []people.Profile
		Online    int // all who are online, for LUSERS
		Most      int // that were online at once
		Hidden    int // of those online, the invisible
		Operators int
		Rooms     int
	}
)

// Of who watches whom. A connection has one list; it is forgotten when the
// connection ends.
type (
	// Watch adds nicks to those that Conn is told of, at most Most in all.
	// Answered by Watched, with the nicks of the command.
	Watch struct {
		ask.Ticket
		Conn  *actor.PID
		Nicks []string
		Most  int
	}
	// Unwatch takes nicks away, or All. Answered by an empty Watched.
	Unwatch struct {
		ask.Ticket
		Conn  *actor.PID
		Nicks []string
		All   bool
	}
	// Watching asks for the list; answered by Watched.
	Watching struct {
		ask.Ticket
		Conn *actor.PID
	}
	// Watched answers the three above.
	Watched struct {
		Ref    uint64
		Sights []Sight
		Full   []string // nicks that were one too many
	}
	// Sight is a watched nick: as it was asked for, and who has it.
	Sight struct {
		Nick    string
		Online  bool
		Profile people.Profile
	}
	// Appeared tells a watcher that somebody has the nick now.
	Appeared struct{ Profile people.Profile }
	// Disappeared tells a watcher that nobody has the nick any more.
	Disappeared struct{ Nick string }
	// Seen tells a watcher what is new of somebody. Once is that of the lines
	// by which rooms show it.
	Seen struct {
		Old, New people.Profile
		Once     uint64
	}
)

// Ready is published to the registry's parent when all names are loaded.
type Ready struct{ Registry *actor.PID }

// Reasons for a refusal.
var (
	ErrNickInUse     = errors.New("nick is in use")
	ErrNickReserved  = errors.New("nick is the name of an account")
	ErrBadNick       = errors.New("not a nick")
	ErrBadRoomName   = errors.New("not a room name")
	ErrNoNick        = errors.New("no such nick")
	ErrNoRoom        = errors.New("no such room")
	ErrRoomNameInUse = errors.New("another room is called so")
	ErrTooManyRooms  = errors.New("too many rooms on this server")
	ErrNotMergeable  = errors.New("this account is already signed in; reconnect to join its session")
)
