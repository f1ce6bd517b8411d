package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/notes"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/persistence"
)

func appendsAreDense(t *testing.T, s *subject) {
	a, b := s.room("#a"), s.room("#b")
	want := map[journal.Room]uint64{}
	last := map[journal.Room]time.Time{}
	for range 20 {
		for _, o := range s.commit(say(a, "1"), say(b, "2"), say(a, "3")) {
			r := o.Record
			if want[r.Room]++; r.Seq != want[r.Room] {
				t.Fatalf("room %d: got %d, want %d", r.Room, r.Seq, want[r.Room])
			}
			if !r.Time.After(last[r.Room]) {
				t.Fatalf("room %d: %v does not follow %v", r.Room, r.Time, last[r.Room])
			}
			last[r.Room] = r.Time
		}
	}
	room, err := s.Room(a)
	if err != nil || room.LastSeq != want[a] || !room.Last.Equal(last[a]) {
		t.Fatalf("%+v, %v", room, err)
	}
}

func outcomeIsWhatIsRead(t *testing.T, s *subject) {
	a := s.room("#a")
	op := say(a, "hello")
	op.Append.Record.MinRole = 2
	wrote := s.commit(op)[0].Record
	got := s.read(a, journal.Query{Where: journal.Latest, Limit: 1, Role: 2})
	if len(got) != 1 || !reflect.DeepEqual(got[0], wrote) {
		t.Fatalf("wrote %+v, read %+v", wrote, got)
	}
	if wrote.Text != "hello" || wrote.MinRole != 2 || wrote.Author.Nick != "Ann" || len(wrote.Tags) != 1 || wrote.Time.Location() != time.UTC {
		t.Fatalf("%+v", wrote)
	}
}

func clientIDStoresOnce(t *testing.T, s *subject) {
	a := s.room("#a")
	out := s.commit(post(a, journal.Message, "x", "one"), post(a, journal.Message, "y", "one"), say(a, "z"))
	again := s.commit(post(a, journal.Message, "x", "one"))[0]
	for _, o := range []persistence.Outcome{out[1], again} {
		if !o.Duplicate || !reflect.DeepEqual(o.Record, out[0].Record) {
			t.Fatalf("got %+v, want the first: %+v", o, out[0].Record)
		}
	}
	if out[0].Duplicate || out[2].Record.Seq != 2 {
		t.Fatalf("%+v", out)
	}
	if got := seqs(s.read(a, journal.Query{Where: journal.Latest, Limit: 10})); got != "[1 2]" {
		t.Fatal(got)
	}
}

func clientIDIsTheAuthorsOwn(t *testing.T, s *subject) {
	a := s.room("#a")
	other := post(a, journal.Message, "x", "one")
	other.Append.Record.Author.ID = "~guest"
	elsewhere := post(s.room("#b"), journal.Message, "x", "one")
	for i, o := range s.commit(post(a, journal.Message, "x", "one"), other, elsewhere) {
		if o.Duplicate {
			t.Fatalf("operation %d was taken for a duplicate", i)
		}
	}
}

func clientIDExpires(t *testing.T, s *subject) {
	a := s.room("#a")
	s.commit(post(a, journal.Message, "x", "one"))
	s.advance(10*time.Minute - time.Second)
	if !s.commit(post(a, journal.Message, "x", "one"))[0].Duplicate {
		t.Fatal("forgotten too early")
	}
	s.advance(2 * time.Second)
	if s.commit(post(a, journal.Message, "x", "one"))[0].Duplicate {
		t.Fatal("remembered too long")
	}
}

func silentAppend(t *testing.T, s *subject) {
	a := s.room("#a")
	op := member(a, "ann", true)
	op.Append.Silent, op.Append.State, op.Append.ClientID = true, &journal.State{Topic: "tea"}, "one"
	if o := s.commit(op)[0]; o.Record.Seq != 0 || o.Duplicate {
		t.Fatalf("%+v", o)
	}
	if o := s.commit(op)[0]; o.Record.Seq != 0 || !o.Duplicate {
		t.Fatalf("%+v", o)
	}
	room, err := s.Room(a)
	if err != nil || room.LastSeq != 0 || room.State.Topic != "tea" {
		t.Fatalf("%+v, %v", room, err)
	}
	if list, err := s.Memberships("ann"); err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
}

func stateIsTheLast(t *testing.T, s *subject) {
	a := s.room("#a")
	at := s.now()
	var want journal.State
	for i := range 3 {
		want = journal.State{
			Notes:   []notes.Note{{Key: "url", Value: "https://example.org"}},
			Founder: "ann", Topic: fmt.Sprint("topic ", i), TopicBy: "ann", TopicAt: at, Modes: "nt", Key: "k", Limit: i,
			Roles: []journal.RoleOf{{Account: "ann", Role: 4}}, Bans: []journal.Mask{{Mask: "*!*@bad", By: "ann", At: at}},
			Excepts: []journal.Mask{{Mask: "e", At: at}}, Invites: []journal.Mask{{Mask: "i", At: at}},
			Caught: []journal.Caught{{Mask: "*!*@bad", Account: "eve"}},
		}
		op := post(a, journal.Topic, want.Topic, "")
		op.Append.State = &want
		s.commit(op, say(a, "between"))
	}
	room, err := s.Room(a)
	if err != nil || !reflect.DeepEqual(room.State, want) || room.LastSeq != 6 {
		t.Fatalf("got %+v, %v, want %+v", room, err, want)
	}
}

func refusalIsAlone(t *testing.T, s *subject) {
	a := s.room("#a")
	s.commit(create("ann"))
	huge := member(a, "eve", true)
	huge.Append.State = &journal.State{Topic: strings.Repeat("x", 1<<20)}
	long := post(a, journal.Message, "x", strings.Repeat("i", 65))
	out := s.try(say(a, "1"), create("ann"), say(a+100, "no such room"), say(0, "none"), huge, long,
		mark("ann", a+100, s.now()), say(a, "2"), create(strings.Repeat("x", 1<<20)), create("bob"))
	wants := []error{nil, records.ErrExists, persistence.ErrNoRoom, persistence.ErrNoRoom, journal.ErrTooLarge,
		journal.ErrTooLarge, persistence.ErrNoRoom, nil, journal.ErrTooLarge, nil}
	for i, want := range wants {
		if !errors.Is(out[i].Err, want) || want == nil && out[i].Err != nil {
			t.Errorf("operation %d: got %v, want %v", i, out[i].Err, want)
		}
	}
	if out[7].Record.Seq != 2 {
		t.Errorf("a refused append took a number: %d", out[7].Record.Seq)
	}
	if list, err := s.Memberships("eve"); err != nil || len(list) != 0 {
		t.Errorf("a refused append left something: %v %v", list, err)
	}
	if _, err := s.Account("bob"); err != nil {
		t.Error(err)
	}
	if page, err := s.Names("", 10); err != nil || len(page.Accounts) != 2 {
		t.Error(page, err)
	}
}
