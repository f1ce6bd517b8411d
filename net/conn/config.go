package conn

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/net/origin"
)

// maxInFlight is how many lines of one client may be under way (DESIGN.md 5),
// inFlightBefore how many before it has signed in: nobody knows it yet.
const (
	maxInFlight    = 32
	inFlightBefore = 4
)

// Config is what all connections of a server share. Start from Defaults.
type Config struct {
	Server      string // what clients see as the source of numerics
	Network     string
	Description string
	Version     string
	Started     time.Time
	MOTD        []string // empty: 422
	Password    Secret   // PASS; empty: none

	AccountRequired bool
	Scram           bool // offer SCRAM-SHA-256
	Register        Registration
	STS             STS

	History bool // offer CHATHISTORY
	// KeepTags are the client-only tags that make a TAGMSG be stored.
	KeepTags  []string
	Redaction bool // offer REDACT
	Limits    Limits
	SendQueue int // bytes that may wait for a client; beyond, it is cut
	Timeouts  Timeouts
	Rate      float64 // commands a second; 0: no limit
	Burst     int     // commands at once
	// AnswerBytes is how much of answers costs as much as a command: Rate
	// times this is what a client can make the server send in a second. 0:
	// answers cost nothing.
	AnswerBytes int

	// Strain tells how many times more a command costs those who send many: 1
	// or more. It is called from many goroutines. Nil: 1.
	Strain func() int

	// Output counts what is held to be sent, Commands the lines that have no
	// answer yet, of all connections.
	Output, Commands Pool

	// UserModes are those that everybody has at sign-in, as MODE writes them.
	UserModes string
	// Rehash asks who runs the server to load the configuration again; it must
	// not wait. Nil: that cannot be done.
	Rehash func()

	Registry, Account, Records *actor.PID

	// Go runs work in a goroutine: a write that the kernel does not take at
	// once, and what a client that was silent says.
	Go func(work func())

	Now func() time.Time
	// NewID names a message that is not stored. No two may be alike, ever, and
	// none like that of a journal.ID, which has no capital letters. It is
	// called from many goroutines.
	NewID func() string
	// Host tells what others may see of an address. The default is a word that
	// is the same for the same address until the server is restarted.
	Host func(net.Addr) string

	buffers *buffers
}

// STS is the policy by which clients go over to TLS and stay there.
type STS struct {
	Port     int // that speaks TLS; 0: there is no policy
	Duration time.Duration
}

// Registration says how accounts are made.
type Registration struct {
	Open          bool
	BeforeConnect bool // REGISTER before registration is complete
	EmailRequired bool
	CustomName    bool // an account may be named other than the nick
}

// Limits are those that a client is told of with 005.
type Limits struct {
	Nick, Channel, Topic, Kick, Away int // bytes
	Realname, Username               int // bytes; longer ones are cut
	Rooms                            int // rooms a user may be in
	Targets                          int // of one PRIVMSG, JOIN, KICK, NAMES ...
	ListEntries                      int // of +b, +e, +I
	Modes                            int // changes in one MODE
	History                          int // messages in one CHATHISTORY
	MultilineBytes, MultilineLines   int // of one draft/multiline batch
	Who                              int // lines of one WHO
	Invites                          int // invitations that a connection remembers
	MetadataKeys                     int // of one person or room; 0: no METADATA
	MetadataSubs                     int // keys that a connection wants to hear of
	MetadataValue                    int // bytes
	Monitor                          int // nicks that a connection watches; 0: no MONITOR
}

// Timeouts of a connection.
type Timeouts struct {
	Handshake    time.Duration // of TLS
	Registration time.Duration // absolute, from the first byte or none
	Idle         time.Duration // then the client is sent PING
	Pong         time.Duration // more; then it is cut
	Answer       time.Duration // of another actor
	Goodbye      time.Duration // for the last write
	Batch        time.Duration // until a batch that the client has opened is to be closed
}

// Defaults is a configuration that lacks names and PIDs only.
func Defaults() Config {
	return Config{
		Server: "localhost", Network: "Greenroom", Description: "a greenroom server", Version: "greenroom",
		AccountRequired: true,
		Register:        Registration{Open: true, BeforeConnect: true, CustomName: true},
		History:         true,
		Redaction:       true,
		KeepTags:        []string{"+draft/persist", "+persist"},
		Limits: Limits{
			Nick: 32, Channel: 64, Topic: 390, Kick: 390, Away: 200, Realname: 150, Username: 16,
			Rooms: 100, Targets: 8, ListEntries: 60, Modes: 12, History: 100, Who: 200, Invites: 32, Monitor: 100,
			MultilineBytes: 4096, MultilineLines: 32,
			MetadataKeys: 100, MetadataSubs: 100, MetadataValue: 479,
		},
		SendQueue: 256 << 10,
		Timeouts: Timeouts{
			Handshake: 10 * time.Second, Registration: 30 * time.Second,
			Idle: 90 * time.Second, Pong: 60 * time.Second,
			Answer: 30 * time.Second, Goodbye: 2 * time.Second, Batch: 30 * time.Second,
		},
		Rate: 20, Burst: 100, AnswerBytes: 4 << 10,
		Go:  (*supervise.Crew)(nil).Go,
		Now: time.Now, NewID: rand.Text,
		Host: Cloak(rand.Text()),

		buffers: new(buffers),
	}
}

// Cloak hides addresses behind a key: those of one IPv4 address, or of one
// IPv6 /64, are alike as long as the key is, so that a ban meets whoever comes
// from there again.
func Cloak(key string) func(net.Addr) string {
	return func(address net.Addr) string {
		mac := hmac.New(sha256.New, []byte(key))
		from := origin.Of(address)
		if from == "" {
			from = hostOf(address.String())
		}
		mac.Write([]byte(from))
		return hex.EncodeToString(mac.Sum(nil)[:6]) + ".cloak"
	}
}

// Secret is a text that prints as "[secret]".
type Secret string

func (Secret) String() string               { return "[secret]" }
func (Secret) GoString() string             { return "[secret]" }
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"[secret]"`), nil }
