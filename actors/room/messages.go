package room

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/notes"
	"github.com/greenroom-chat/greenroom/actors/people"
)

// Class stands for a set of capabilities under which a line is encoded in one
// way. It is opaque to rooms: net/conn numbers the classes and hands in the
// Encoder.
type Class uint32

// Encoder appends to dst what a session of the class is shown of the event;
// nothing when it is shown nothing. It is called from many goroutines.
type Encoder func(dst []byte, class Class, e Event) []byte

// Session is one connection of a member.
type Session struct {
	Conn  *actor.PID
	Class Class
}

// Member is somebody in the room, as their user actor describes them. The
// user actor's PID is the member's identity: nick and profile may change.
type Member struct {
	User     *actor.PID
	Profile  people.Profile
	Role     Role // when attaching again: the role held before
	Sessions []Session
}

// Event is something that the members of a room are shown.
type Event struct {
	Room    string // name as shown; empty in a conversation
	Record  journal.Record
	Profile people.Profile // of the author, where known
	ID      string         // of a post that is not stored; empty: the record has one
	Note    *notes.Change  // of a Noted
}

// Commands of members and of those who would be. Each names whom to answer.
type (
	// Join asks to enter. The asker is answered Joined; every session of the
	// member is sent Entered, its user actor Membership.
	Join struct {
		ask.Ticket
		Member Member
		Key    string // of a +k room
		Silent bool   // a member by account who comes back at login: only a ban keeps them out
	}
	// Attach gives a room the sessions of a member again: a new session has
	// come, an old one has gone or changed its class, or the room had
	// restarted. Sessions that the room did not know are sent Entered. Not answered.
	Attach struct{ Member Member }
	// Leave takes the whole member out; Kind is journal.Part or journal.Quit.
	// Answered by Left.
	Leave struct {
		ask.Ticket
		User   *actor.PID
		Kind   journal.Kind
		Reason string
		Once   uint64 // of a Quit, as in Lines; 0: made from User
	}
	// Post says something. Answered, once it is on disk, by Echo in its place
	// among the room's lines and then by Accepted, when every member has been
	// sent it.
	Post struct {
		ask.Ticket
		User     *actor.PID
		Author   journal.Author
		Kind     journal.Kind // Message, Notice or TagOnly
		Target   string       // as addressed: "#room", "@#room", or the peer's nick
		MinRole  Role         // shown only to members of this role and above, live and in history
		Text     string
		Machine  bool     // it asks a program something, and is no word of a person's (CTCP)
		Cuts     []uint16 // as in journal.Record
		Tags     []journal.Tag
		ClientID string
		// ID makes the post ephemeral: it is shown under this ID, behind all
		// that is stored already, and is in no log. Empty: it is stored.
		ID string
	}
	// Redact takes the content of a post away, one's own or, as an operator of
	// the room, anybody's. Answered as a Post is.
	Redact struct {
		ask.Ticket
		User   *actor.PID
		Warden *people.Profile // of an operator of the server, who need not be in the room
		ID     journal.ID
		Target string // as addressed
		Reason string
	}
	// Mark moves the user's read marker forward, never back, or only asks for
	// it. Answered by Marked, which the user's other sessions are sent too.
	Mark struct {
		ask.Ticket
		User *actor.PID
		At   time.Time // zero: only ask
	}
	// SetTopic changes the topic. Answered by Done.
	SetTopic struct {
		ask.Ticket
		User  *actor.PID
		Topic string
	}
	// SetModes changes modes, lists and roles, all or nothing. Answered by
	// Done with what was changed.
	SetModes struct {
		ask.Ticket
		User    *actor.PID
		Changes []ModeChange
	}
	// Rename gives the room another name, which the registry has kept free.
	// Answered by Renamed; every session is sent Moved.
	Rename struct {
		ask.Ticket
		User   *actor.PID
		Key    string // canonical
		Name   string
		Reason string
	}
	// Renamed answers Rename: this is what the room is called.
	Renamed struct {
		Ref       uint64
		Key, Name string
	}
	// Kick throws members out. Answered by Done.
	Kick struct {
		ask.Ticket
		User   *actor.PID
		Nick   string
		Reason string
	}
	// Accept lets the other of a conversation write, or no longer, although
	// they are a guest and User takes messages of accounts alone. To write to
	// them does the same. Answered by Done.
	Accept struct {
		ask.Ticket
		User *actor.PID
		On   bool
	}
	// Annotate changes what the room tells of itself, at most Most notes. It is
	// for operators. Answered by Done. Once is that of the first change, as in
	// Lines; the others count up.
	Annotate struct {
		ask.Ticket
		User    *actor.PID
		Changes []notes.Change
		Most    int
		Once    uint64
	}
	// Invite lets somebody in once, whatever the modes say, and tells them and
	// the members. Answered by Done.
	Invite struct {
		ask.Ticket
		User    *actor.PID
		Invited *actor.PID // the user actor of who is invited
		Nick    string
		Once    uint64 // as in Lines: who asks need not be shown it
	}
)

// ModeChange is one letter of a MODE command.
type ModeChange struct {
	Add   bool
	Mode  byte
	Param string
}

// BadChange refuses a SetModes over one of its changes.
type BadChange struct {
	Change ModeChange
	Reason error
}

func (b *BadChange) Error() string { return b.Reason.Error() }
func (b *BadChange) Unwrap() error { return b.Reason }

// Questions.
type (
	// Describe asks for topic, modes and numbers; answered by Description.
	Describe struct {
		ask.Ticket
		User *actor.PID
	}
	// Description answers Describe.
	Description struct {
		Ref     uint64
		Name    string
		Created time.Time
		State   journal.State // Key is empty for those outside
		Members int
		Inside  bool // the asker is a member
		Role    Role // of the asker
	}
	// Roster asks who is here; answered by Present.
	Roster struct {
		ask.Ticket
		User *actor.PID
	}
	// Present answers Roster; empty for a stranger to a secret room.
	Present struct {
		Ref    uint64
		Name   string
		Secret bool
		Inside bool
		People []Presence
	}
	// Presence is one member as others see it.
	Presence struct {
		Profile people.Profile
		Role    Role
	}
	// History asks for a page of the log. It is answered by journal.Page, or
	// refused: only members may read. The room sets Query.Role: a member reads
	// what it may read now, whatever its role was then.
	History struct {
		ask.Ticket
		User  *actor.PID
		Query journal.Query
	}
)

// Answers.
type (
	// Joined answers Join.
	Joined struct {
		Ref  uint64
		Name string
	}
	// Left answers Leave.
	Left struct{ Ref uint64 }
	// Accepted answers Post: it is on disk, and every member's connection has
	// it in its mailbox.
	Accepted struct {
		Ref       uint64
		ID        journal.ID
		Time      time.Time
		Duplicate bool // the client id was known: this is the first one's id
	}
	// Done answers SetTopic, SetModes, Kick, Annotate and Invite.
	Done struct {
		Ref     uint64
		Changes []ModeChange // those that took effect
	}
	// Masks is sent instead of Done for a mode query such as "+b" alone.
	Masks struct {
		Ref  uint64
		Name string
		Mode byte
		List []journal.Mask
	}
)

// What connections are sent.
type (
	// Lines is what a room shows one class of sessions, encoded once and
	// shared: nobody may change Bytes.
	Lines struct {
		Bytes []byte
		// Once is not 0 where several rooms may show the same event (a nick
		// changes): a connection shows it only the first time.
		Once uint64
		// Parts is not empty where Bytes has several events of which some are of
		// that kind; Once is then 0.
		Parts []Part
		// Key is not empty where only those are shown it who care for the key
		// of a note.
		Key string
	}
	// Part is a piece of Lines that ends at byte End; Once is as there.
	Part struct {
		End  int
		Once uint64
	}
	// Echo is a post, or the effect of a SetTopic, SetModes, Kick or Leave, in its
	// place, for the connection that sent it.
	Echo struct {
		Ref   uint64
		Event Event
	}
	// Entered tells a session that its member is in the room, with all that a
	// client shows at that moment. After a restart of the room only Epoch is
	// new, and Again is set; after a quarantine the session is told all.
	Entered struct {
		Room        *actor.PID
		Epoch       uint64
		Again       bool
		Ref         uint64 // of the Join, for the connection that asked
		Event       Event  // the JOIN
		Description Description
		People      []Presence
		Marker      time.Time // read up to here; zero: never said
	}
	// Marked tells the sessions of a user how far they have read.
	Marked struct {
		Ref  uint64 // of the Mark, for the connection that asked; 0: another has
		Name string // of the room, or the nick of the other in a conversation
		At   time.Time
	}
	// Moved tells a session that the room has another name, with all that a
	// client shows who has come into a room.
	Moved struct {
		Room        *actor.PID
		Old         string
		Event       Event // the record of it
		Description Description
		People      []Presence
		Marker      time.Time
	}
	// Expelled tells a session that its member is no longer in the room, after
	// the line that says why (a PART or KICK) has been sent.
	Expelled struct {
		Room *actor.PID
		Name string
	}
	// Invited tells the sessions of who was invited (by way of their user).
	Invited struct {
		By   people.Profile
		Nick string
		Room string
	}
)

// What user actors and the registry exchange with rooms.
type (
	// Membership tells a user actor that it is in the room, or no longer.
	Membership struct {
		Room  *actor.PID
		No    journal.Room
		Name  string // empty for a conversation
		Epoch uint64
		In    bool
		Role  Role
		// Public: strangers may be told that the user is here (WHOIS). Sent
		// again when it changes.
		Public bool
	}
	// Up is sent to the members' user actors by a restarted room; each answers
	// with Attach, or Absent when it is in no such room. A conversation sends
	// it to its two people whenever it starts, and both attach.
	Up struct {
		Room         *actor.PID
		No           journal.Room
		Epoch        uint64
		Conversation bool
	}
	// Absent answers Up.
	Absent struct{ User *actor.PID }
	// ProfileChanged tells a room that a member's profile is now another.
	// Event is what members are shown of it, such as journal.Rename; zero:
	// nothing. Answered by Noted when they have been shown it.
	ProfileChanged struct {
		ask.Ticket
		User    *actor.PID
		Profile people.Profile
		Event   Event
		Once    uint64
	}
	// Noted answers ProfileChanged.
	Noted struct{ Ref uint64 }
	// Summary is reported to the registry when it changes, coalesced.
	Summary struct {
		Room    *actor.PID
		No      journal.Room
		Key     string
		Name    string
		Members int
		Topic   string
		TopicAt time.Time
		Modes   string
		Created time.Time
		Empty   bool // nobody is here and nothing is under way: may be retired
		Keep    bool // belongs to an account: its name outlives its members
	}
	// Retire is the registry's question to a room that reported itself empty:
	// is it still? Until the answer comes the registry forwards nothing to it.
	// Answered by Resting, at once and in every state.
	Retire struct{ ask.Ticket }
	// Resting answers Retire; after Empty the room is stopped. When it is not
	// Empty, the room says so again with a Summary as soon as it is.
	Resting struct {
		Ref   uint64
		Room  *actor.PID
		Empty bool
	}
)
