// Package journal is the vocabulary spoken with the actor that keeps the log:
// Append is answered by Committed or NotCommitted, Read by Page. The actor
// itself lives in package persistence; another may come that takes its order
// from a replicated log.
//
// What a restart of the journal loses: appends that it had not yet committed.
// Each of them is answered NotCommitted first, or Committed when it is found
// to be stored after all.
package journal

import (
	"errors"
	"math"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/notes"
)

// Room is the number of a room or conversation. It is never used twice.
type Room uint64

// Kind says what a record is. The numbers are on disk: append only.
type Kind uint8

const (
	Message Kind = 1 // PRIVMSG
	Notice  Kind = 2 // NOTICE
	Join    Kind = 3 // Author has come in
	Part    Kind = 4 // Author has left; Text: the reason
	Quit    Kind = 5 // Author has signed off; Text: the reason
	Kick    Kind = 6 // Subject: who was kicked
	Topic   Kind = 7 // Text: the new topic, or empty
	Mode    Kind = 8 // Text: the change as a room prints it, "+o ann"
	Rename  Kind = 9 // Subject: the new nick

	Moved   Kind = 16 // the room is called Target now; Subject: what it was called before; Text: the reason
	TagOnly Kind = 10 // TAGMSG: Tags alone
	Redact  Kind = 11 // Redacts: what it takes away; Text: the reason
)

// Kinds of what a room shows and nobody stores: it is about people, and holds
// now. Room events have them, never records on disk.
const (
	Away     Kind = 200 // the Author is away or back, as the event's profile says
	Account  Kind = 201 // the Author has logged in, as the event's profile says
	Realname Kind = 202 // the Author has another realname, as the event's profile says
	Invite   Kind = 203 // Subject: who was invited
	Noted    Kind = 204 // the Author has changed a note: the event's
)

// Elided is in a page only: the place at which it ends because it has passed over
// MaxPassed records that are not for the reader. There is more beyond, which is
// read from there. It has a Seq and a Time and nothing else.
const Elided Kind = 230

// Said tells whether the record is something a person said, as opposed to an
// event around it.
func (k Kind) Said() bool { return k == Message || k == Notice }

// Posted tells whether the record is something a person sent to others, with
// words or without.
func (k Kind) Posted() bool { return k.Said() || k == TagOnly }

// Author is who wrote a record, as they were then.
type Author struct {
	ID, Nick, Username, Host, Account string

	Bot bool // a program, as it says itself
}

// Tag is one client-only message tag, kept with its '+'.
type Tag struct{ Key, Value string }

// Record is one entry of a room's log.
type Record struct {
	Room    Room
	Seq     uint64    // dense from 1 within the room
	Time    time.Time // UTC, whole milliseconds, strictly increasing within the room
	Kind    Kind
	Author  Author
	Subject string
	Text    string
	Target  string // to whom it was addressed: "#room", "@#room" or a nick
	MinRole uint8  // who may read it, a role of package room; 0: every member
	Tags    []Tag
	// Cuts are the places in Text, ascending, at which its sender had to break a
	// long line. Lines that were meant as such are parted by line feeds.
	Cuts []uint16
	// Redacts, of a Redact, is the Seq of the record whose Text and Tags are
	// gone since; that one is Redacted.
	Redacts  uint64
	Redacted bool
}

// ID is the message id of the record.
func (r Record) ID() ID { return ID{r.Room, r.Seq} }

// State is what a room is beyond its log: it is written whole, in the commit
// that holds the record of the change.
type State struct {
	Founder string // account key; empty for a room that guests made
	Topic   string
	TopicBy string
	TopicAt time.Time
	Modes   string // the flags in force, sorted letters without '+': "nt"
	Key     string
	Limit   int
	Roles   []RoleOf     // of accounts
	Bans    []Mask       // +b
	Excepts []Mask       // +e
	Invites []Mask       // +I
	Caught  []Caught     // by bans
	Notes   []notes.Note // what the room tells of itself, by key
}

// Caught is an account that a ban by nick has met: it stays banned under every
// nick, as long as the ban is there.
type Caught struct {
	Mask    string // of the ban
	Account string // account key
}

// RoleOf is the role that an account keeps in a room.
type RoleOf struct {
	Account string // account key
	Role    uint8  // bits, as package room has them
}

// Mask is an entry of a ban, exception or invitation list.
type Mask struct {
	Mask, By string
	At       time.Time
}

// Member is a change of the rooms that an account is remembered in.
type Member struct {
	Account string // account key
	Joined  bool   // false: forgotten
}

// Redaction says what a record has to be for its content to be taken away.
type Redaction struct {
	Author string // whose it is; empty: anybody's
	Role   uint8  // of who asks: a record that wants a higher one is not there
}

// Mark moves the read marker of an account in the room forward, never back.
type Mark struct {
	Account string    // account key
	At      time.Time // zero: only ask
}

// Append asks for one record to be made durable, together with the changes
// that belong to it. Appends of one room are committed in the order in which
// they arrive. The journal sets Record.Seq and Record.Time.
type Append struct {
	Record Record
	// Silent: store the changes only; no record is made and Seq stays 0.
	Silent bool
	// ClientID makes the append idempotent: a second one by the same
	// Author.ID in the same room within ten minutes is answered with the first
	// one's record and Duplicate. Empty: no such promise. At most 64 bytes.
	ClientID string
	Members  []Member
	State    *State // nil: unchanged; never modified after sending
	// Name is what the room is to be called from now on; nil: as before. It is
	// refused with ErrNameTaken when another room is called so.
	Name *Naming
	// Redaction is there when the record is a Redact: the content of what it
	// names is taken away in the same commit, or it is refused with
	// ErrNoMessage or ErrNotTheirs. It gets the MinRole of that record.
	Redaction *Redaction
	Mark      *Mark
	// Intent is handed back untouched with the outcome, so that a room that
	// was restarted meanwhile can still complete the command.
	Intent  any
	ReplyTo *actor.PID
}

// Naming is the name of a room.
type Naming struct{ Key, Name string } // canonical, and as shown

// Entry is the outcome of one Append.
type Entry struct {
	Record    Record
	Silent    bool
	Duplicate bool
	Name      *Naming
	State     *State    // as sent
	Marker    time.Time // in force, where a Mark was sent; zero: none yet
	Intent    any
}

// Committed says that the entries are on disk. A room is sent one per commit,
// with its entries in order.
type Committed struct {
	Room    Room
	Entries []Entry
	// Late: NotCommitted with ask.ErrUnknown has answered for the entries
	// before, as the commit took too long. They are what people said, which is
	// to be shown all the same; nothing else comes late.
	Late bool
}

// NotCommitted says that none of the entries is in the log nor ever will be,
// unless Reason is ask.ErrUnknown.
type NotCommitted struct {
	Room    Room
	Entries []Entry
	Reason  error
}

// Reasons for NotCommitted and Page.Err, besides those of package ask.
var (
	ErrDiskLow   = errors.New("the disk is nearly full")
	ErrIntegrity = errors.New("stored data is damaged")
	ErrGap       = errors.New("a stored message is missing")
	ErrNoMessage = errors.New("no such message")
	ErrTooLarge  = errors.New("record too large")
	ErrNameTaken = errors.New("another room is called so")
	ErrNotTheirs = errors.New("a message of somebody else")
)

// Where says which side of its points a Read wants. Points are exclusive.
type Where uint8

const (
	Latest  Where = 1 // the newest; if From is set, only those after it
	Before  Where = 2 // the newest before From
	After   Where = 3 // the oldest after From
	Around  Where = 4 // about half on each side of From, From itself included
	Between Where = 5 // from From towards To, which may lie earlier
)

// Point is a place in a room's log: a Seq, or a time when Seq is 0.
type Point struct {
	Seq  uint64
	Time time.Time
}

// IsZero tells whether the point says nothing.
func (p Point) IsZero() bool { return p.Seq == 0 && p.Time.IsZero() }

// Query selects a page of a room's log.
type Query struct {
	Where    Where
	From, To Point
	Limit    int  // 1 to MaxPage
	Events   bool // false: only what was said
	Redacted bool // false: what was redacted is left out
	// Role is the reader's: records that it may not read are left out, as if
	// they were not there.
	Role uint8
}

// AnyRole reads every record.
const AnyRole = math.MaxUint8

// MaxPage is the largest page that is read at once.
const MaxPage = 1000

// MaxPassed is how many records a page passes over on one side of a place: what
// was redacted, is for other roles, or is an event where none are wanted.
const MaxPassed = 10_000

// Read asks for a page. It is answered by Page, which is sent to
// Ticket.ReplyTo.
type Read struct {
	ask.Ticket
	Room  Room
	Query Query
}

// Page answers Read; the records are in ascending order. Damage is an error,
// never a shorter page; a page that is short because much was passed over ends
// with an Elided on that side.
type Page struct {
	Ref     uint64
	Room    Room
	Records []Record
	Looked  int // records that were looked at for it
	Err     error
}
