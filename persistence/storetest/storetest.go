// Package storetest is what every persistence.Store must satisfy, as tests.
// Run it against a store from that store's own tests.
package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/persistence"
)

// Opener opens the store that lives in dir, or makes it. The store takes its
// time from now.
type Opener func(t testing.TB, dir string, now func() time.Time) persistence.Store

// Run runs the suite.
func Run(t *testing.T, open Opener) {
	tests := []struct {
		name string
		run  func(t *testing.T, s *subject)
	}{
		{"appends are dense in each room and ascend in time", appendsAreDense},
		{"an outcome is the record as it is read", outcomeIsWhatIsRead},
		{"a client id stores once, also within a batch", clientIDStoresOnce},
		{"a client id is the author's own", clientIDIsTheAuthorsOwn},
		{"a client id is forgotten after ten minutes", clientIDExpires},
		{"a silent append makes no record", silentAppend},
		{"the state is the last one written", stateIsTheLast},
		{"a refused operation leaves the others alone", refusalIsAlone},
		{"ranges", ranges},
		{"ranges without events", rangesWithoutEvents},
		{"ranges by role", rangesByRole},
		{"a room full of events is crossed", eventsAreCrossed},
		{"a page passes over a bounded number of records", passingIsBounded},
		{"an account is created once", accountIsCreatedOnce},
		{"an update needs the version it read", updateNeedsVersion},
		{"a name and a pair open the same room again", openIsIdempotent},
		{"a room keeps its number under another name", roomIsRenamed},
		{"a forgotten name is free and its number is not", forgottenName},
		{"memberships are remembered until parted", memberships},
		{"a marker never goes back", markerIsMonotonic},
		{"a redaction takes the content away", redactionTakesAway},
		{"the lines of a message are kept", linesAreKept},
		{"a redaction is refused", redactionIsRefused},
		{"a marker moves beside other changes", markWithAnAppend},
		{"a search", searching},
		{"a search of what was redacted", searchOfTheRedacted},
		{"a search of many rooms", searchOfManyRooms},
		{"a search misses nothing", searchMissesNothing},
		{"a search is bounded", searchIsBounded},
		{"a search that has ended early goes on", searchGoesOn},
		{"names come in pages", namesInPages},
		{"everything is there after a reopen", reopen},
		{"readers see whole commits", readersSeeWholeCommits},
		{"a closed store refuses", closedRefuses},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &subject{t: t, open: open, dir: t.TempDir(), clock: time.UnixMilli(1_700_000_000_000).UTC()}
			s.Store = open(t, s.dir, s.now)
			t.Cleanup(func() { s.Close() })
			test.run(t, s)
		})
	}
}

// subject is a store under test and its clock.
type subject struct {
	persistence.Store
	t     *testing.T
	open  Opener
	dir   string
	mu    sync.Mutex
	clock time.Time
}

func (s *subject) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock
}

func (s *subject) advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock = s.clock.Add(d)
}

// commit commits and fails the test on any refusal.
func (s *subject) commit(ops ...persistence.Op) []persistence.Outcome {
	s.t.Helper()
	out := s.try(ops...)
	for i, o := range out {
		if o.Err != nil {
			s.t.Fatalf("operation %d: %v", i, o.Err)
		}
	}
	return out
}

// try commits and leaves the refusals to the test.
func (s *subject) try(ops ...persistence.Op) []persistence.Outcome {
	s.t.Helper()
	out, err := s.Commit(ops)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(out) != len(ops) {
		s.t.Fatalf("%d outcomes for %d operations", len(out), len(ops))
	}
	return out
}

func (s *subject) room(key string) journal.Room {
	s.t.Helper()
	return s.commit(openRoom(key))[0].Room.No
}

func openRoom(key string) persistence.Op {
	return persistence.Op{Open: &records.Open{Key: key, Name: key}}
}

func say(room journal.Room, text string) persistence.Op {
	return post(room, journal.Message, text, "")
}

func post(room journal.Room, kind journal.Kind, text, clientID string) persistence.Op {
	return persistence.Op{Append: &journal.Append{
		Record: journal.Record{
			Room: room, Kind: kind, Text: text, Target: "#room", Subject: "bob",
			Author: journal.Author{ID: "ann", Nick: "Ann", Username: "ann", Host: "example.org", Account: "ann"},
			Tags:   []journal.Tag{{Key: "+a", Value: "1"}},
		},
		ClientID: clientID,
	}}
}

func create(key string) persistence.Op {
	return persistence.Op{Create: &records.Create{Account: records.Account{Key: key, Name: key, Password: "$argon2id$" + records.Hash(key)}}}
}

func update(a records.Account) persistence.Op {
	return persistence.Op{Update: &records.Update{Account: a}}
}

func member(room journal.Room, account string, joined bool) persistence.Op {
	return persistence.Op{Append: &journal.Append{
		Record:  journal.Record{Room: room, Kind: journal.Join, Author: journal.Author{ID: account}},
		Members: []journal.Member{{Account: account, Joined: joined}},
	}}
}

func mark(account string, room journal.Room, at time.Time) persistence.Op {
	return persistence.Op{Mark: &records.Mark{Account: account, Room: room, At: at}}
}

// read reads a page and checks its order.
func (s *subject) read(room journal.Room, q journal.Query) []journal.Record {
	s.t.Helper()
	page, _, err := s.Range(room, q)
	if err != nil {
		s.t.Fatalf("%+v: %v", q, err)
	}
	if !slices.IsSortedFunc(page, func(a, b journal.Record) int { return int(a.Seq) - int(b.Seq) }) {
		s.t.Fatalf("%+v: the page does not ascend", q)
	}
	return page
}

func seqs(page []journal.Record) string {
	out := []uint64{}
	for _, r := range page {
		out = append(out, r.Seq)
	}
	return fmt.Sprint(out)
}
