package persistence

import (
	"bytes"
	"fmt"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// What is stored is a version byte and then CBOR, in core deterministic
// encoding with small integers as field names: it is nearly as small and fast
// as bytes laid out by hand (half a microsecond a record, see bench_test.go),
// a field can be added without touching what is stored, and another program
// can read it. A number once given to a field is never used for another.

// codecVersion counts up when an older reader would misunderstand.
const codecVersion = 1

// Times are milliseconds since 1970 in UTC; 0 means never.
type (
	storedCommit struct {
		G        uint64 `cbor:"1,keyasint"`
		Accounts uint64 `cbor:"2,keyasint"`
		Rooms    uint64 `cbor:"3,keyasint"`
		Versions uint64 `cbor:"4,keyasint"`           // of all accounts, added up
		Form     uint8  `cbor:"5,keyasint,omitempty"` // that all heads have
	}
	storedNumber struct {
		No uint64 `cbor:"1,keyasint"`
	}
	storedHead struct {
		Seq   uint64 `cbor:"1,keyasint"`
		Time  int64  `cbor:"2,keyasint"`
		Said  uint64 `cbor:"3,keyasint"`           // how many of the records were said
		Hash  []byte `cbor:"4,keyasint"`           // of all records, see head.add
		State uint64 `cbor:"5,keyasint"`           // version of the room's state
		Form  uint8  `cbor:"6,keyasint,omitempty"` // see upgrade.go

		Blocks   uint64 `cbor:"7,keyasint,omitempty"` // of the index, see index.go
		Chapters uint64 `cbor:"8,keyasint,omitempty"`
	}
	storedRecord struct {
		Time     int64       `cbor:"1,keyasint"`
		Kind     uint8       `cbor:"2,keyasint"`
		Said     uint64      `cbor:"3,keyasint"` // said records up to and with this one
		ID       string      `cbor:"4,keyasint,omitempty"`
		Nick     string      `cbor:"5,keyasint,omitempty"`
		Username string      `cbor:"6,keyasint,omitempty"`
		Host     string      `cbor:"7,keyasint,omitempty"`
		Account  string      `cbor:"8,keyasint,omitempty"`
		Subject  string      `cbor:"9,keyasint,omitempty"`
		Text     string      `cbor:"10,keyasint,omitempty"`
		Target   string      `cbor:"11,keyasint,omitempty"`
		Tags     []storedTag `cbor:"12,keyasint,omitempty"`
		MinRole  uint8       `cbor:"13,keyasint,omitempty"`
		Bot      bool        `cbor:"20,keyasint,omitempty"`

		// Of a redaction, see redact.go.
		Redacts  uint64 `cbor:"14,keyasint,omitempty"`
		Stub     []byte `cbor:"15,keyasint,omitempty"`
		Redacted uint64 `cbor:"16,keyasint,omitempty"`
		Digest   []byte `cbor:"17,keyasint,omitempty"`

		Cuts []uint16 `cbor:"18,keyasint,omitempty"`
	}
	storedTag struct {
		_     struct{} `cbor:",toarray"`
		Key   string
		Value string
	}
	storedDedupe struct {
		Room uint64 `cbor:"1,keyasint"`
		Seq  uint64 `cbor:"2,keyasint"`
		At   int64  `cbor:"3,keyasint"`
	}
	storedAccount struct {
		Key       string `cbor:"1,keyasint"`
		Name      string `cbor:"2,keyasint"`
		Password  string `cbor:"3,keyasint"`
		Created   int64  `cbor:"4,keyasint"`
		Suspended bool   `cbor:"5,keyasint,omitempty"`
		Version   uint64 `cbor:"6,keyasint"`

		Scram        string       `cbor:"7,keyasint,omitempty"`
		Certificates []string     `cbor:"8,keyasint,omitempty"`
		Notes        []storedNote `cbor:"9,keyasint,omitempty"`
	}
	storedNote struct {
		_     struct{} `cbor:",toarray"`
		Key   string
		Value string
	}
	storedMember struct {
		Joined bool  `cbor:"1,keyasint"`
		Marker int64 `cbor:"2,keyasint"`
	}
	storedCount struct {
		N uint64 `cbor:"1,keyasint"`
	}
	storedRoom struct {
		Key     string      `cbor:"1,keyasint,omitempty"`
		Name    string      `cbor:"2,keyasint,omitempty"`
		A       string      `cbor:"3,keyasint,omitempty"`
		B       string      `cbor:"4,keyasint,omitempty"`
		Created int64       `cbor:"5,keyasint"`
		Version uint64      `cbor:"6,keyasint"` // of State
		State   storedState `cbor:"7,keyasint"`
	}
	storedState struct {
		Founder string       `cbor:"1,keyasint,omitempty"`
		Topic   string       `cbor:"2,keyasint,omitempty"`
		TopicBy string       `cbor:"3,keyasint,omitempty"`
		TopicAt int64        `cbor:"4,keyasint,omitempty"`
		Modes   string       `cbor:"5,keyasint,omitempty"`
		Key     string       `cbor:"6,keyasint,omitempty"`
		Limit   int          `cbor:"7,keyasint,omitempty"`
		Roles   []storedRole `cbor:"8,keyasint,omitempty"`
		Bans    []storedMask `cbor:"9,keyasint,omitempty"`
		Excepts []storedMask `cbor:"10,keyasint,omitempty"`
		Invites []storedMask `cbor:"11,keyasint,omitempty"`

		Caught []storedCaught `cbor:"12,keyasint,omitempty"`
		Notes  []storedNote   `cbor:"13,keyasint,omitempty"`
	}
	storedRole struct {
		_       struct{} `cbor:",toarray"`
		Account string
		Role    uint8
	}
	storedCaught struct {
		_       struct{} `cbor:",toarray"`
		Mask    string
		Account string
	}
	storedMask struct {
		_    struct{} `cbor:",toarray"`
		Mask string
		By   string
		At   int64
	}
)

var encMode, decMode = cborModes()

func cborModes() (cbor.UserBufferEncMode, cbor.DecMode) {
	enc, err := cbor.CoreDetEncOptions().UserBufferEncMode()
	if err != nil {
		panic(err) // the options are constants
	}
	dec, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return enc, dec
}

// encode appends v to dst. The stored types are plain, so it fails only on a
// programming error.
func encode(dst []byte, v any) ([]byte, error) {
	buf := bytes.NewBuffer(append(dst, codecVersion))
	if err := encMode.MarshalToBuffer(v, buf); err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return buf.Bytes(), nil
}

func decode(plain []byte, v any) error {
	if len(plain) == 0 {
		return damaged("an empty value where a %T should be", v)
	}
	if plain[0] > codecVersion {
		return fmt.Errorf("%w (a value of version %d, this one reads up to %d)", ErrNewer, plain[0], codecVersion)
	}
	if err := decMode.Unmarshal(plain[1:], v); err != nil {
		return damaged("a value does not decode as %T: %v", v, err)
	}
	return nil
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func timeOf(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func storeRecord(r journal.Record, said uint64) storedRecord {
	s := storedRecord{
		Time: millis(r.Time), Kind: uint8(r.Kind), Said: said,
		ID: r.Author.ID, Nick: r.Author.Nick, Username: r.Author.Username, Host: r.Author.Host, Account: r.Author.Account,
		Subject: r.Subject, Text: r.Text, Target: r.Target, MinRole: r.MinRole, Bot: r.Author.Bot,
		Redacts: r.Redacts, Cuts: r.Cuts,
	}
	for _, t := range r.Tags {
		s.Tags = append(s.Tags, storedTag{Key: t.Key, Value: t.Value})
	}
	return s
}

func (s storedRecord) record(no journal.Room, seq uint64) journal.Record {
	r := journal.Record{
		Room: no, Seq: seq, Time: timeOf(s.Time), Kind: journal.Kind(s.Kind),
		Author:  journal.Author{ID: s.ID, Nick: s.Nick, Username: s.Username, Host: s.Host, Account: s.Account, Bot: s.Bot},
		Subject: s.Subject, Text: s.Text, Target: s.Target, MinRole: s.MinRole,
		Redacts: s.Redacts, Redacted: s.Redacted > 0, Cuts: s.Cuts,
	}
	for _, t := range s.Tags {
		r.Tags = append(r.Tags, journal.Tag{Key: t.Key, Value: t.Value})
	}
	return r
}

func storeAccount(a records.Account) storedAccount {
	return storedAccount{
		Key: a.Key, Name: a.Name, Password: string(a.Password),
		Created: millis(a.Created), Suspended: a.Suspended, Version: a.Version,
		Scram: string(a.Scram), Certificates: a.Certificates, Notes: storeNotes(a.Notes),
	}
}

func (s storedAccount) account() records.Account {
	return records.Account{
		Key: s.Key, Name: s.Name, Password: records.Hash(s.Password),
		Created: timeOf(s.Created), Suspended: s.Suspended, Version: s.Version,
		Scram: records.Hash(s.Scram), Certificates: s.Certificates, Notes: notesOf(s.Notes),
	}
}
