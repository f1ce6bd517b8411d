package storetest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/persistence"
)

// redact takes away message seq of the room, as somebody whose rule it is.
func redact(room journal.Room, seq uint64, rule journal.Redaction) persistence.Op {
	return persistence.Op{Append: &journal.Append{
		Record: journal.Record{
			Room: room, Kind: journal.Redact, Redacts: seq, Text: "why", Target: "#room",
			Author: journal.Author{ID: "bob", Nick: "Bob"},
		},
		Redaction: &rule,
	}}
}

func latest(limit int, events bool) journal.Query {
	return journal.Query{Where: journal.Latest, Limit: limit, Events: events}
}

// redactionTakesAway: what was redacted is left out, the redaction is an event,
// and whoever asks for all sees a record without contents in its place.
func redactionTakesAway(t *testing.T, s *subject) {
	room := s.room("#a")
	s.commit(say(room, "one"), say(room, "two"), say(room, "three"))
	out := s.commit(redact(room, 2, journal.Redaction{}), say(room, "four"))
	if r := out[0].Record; r.Seq != 4 || r.Redacts != 2 || r.Text != "why" {
		t.Errorf("the outcome is %+v", r)
	}
	for range 2 {
		if got := seqs(s.read(room, latest(10, false))); got != "[1 3 5]" {
			t.Errorf("said: %s", got)
		}
		if got := seqs(s.read(room, latest(10, true))); got != "[1 3 4 5]" {
			t.Errorf("with events: %s", got)
		}
		if got := seqs(s.read(room, latest(2, false))); got != "[3 5]" {
			t.Errorf("the latest two: %s", got)
		}
		all := latest(10, true)
		all.Redacted = true
		page := s.read(room, all)
		if got := seqs(page); got != "[1 2 3 4 5]" {
			t.Fatalf("all: %s", got)
		}
		stub := page[1]
		if !stub.Redacted || stub.Text != "" || stub.Tags != nil || stub.Author.Nick != "Ann" || stub.Kind != journal.Message {
			t.Errorf("what is left is %+v", stub)
		}
		if page[0].Redacted || page[3].Redacted || page[3].Redacts != 2 {
			t.Errorf("%+v, %+v", page[0], page[3])
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s.Store = s.open(t, s.dir, s.now)
	}
}

func redactionIsRefused(t *testing.T, s *subject) {
	room, other := s.room("#a"), s.room("#b")
	s.commit(say(room, "one"), post(room, journal.Topic, "topic", ""), say(other, "elsewhere"))
	hidden := say(room, "for operators")
	hidden.Append.Record.MinRole = 2
	s.commit(hidden)
	s.commit(say(room, "gone"))
	s.commit(redact(room, 4, journal.Redaction{Author: "ann"}))
	for _, test := range []struct {
		name string
		op   persistence.Op
		want error
	}{
		{"of somebody else", redact(room, 1, journal.Redaction{Author: "bob"}), journal.ErrNotTheirs},
		{"of an event", redact(room, 2, journal.Redaction{}), journal.ErrNoMessage},
		{"above the role", redact(room, 3, journal.Redaction{Role: 1}), journal.ErrNoMessage},
		{"twice", redact(room, 4, journal.Redaction{}), journal.ErrNoMessage},
		{"of a redaction", redact(room, 5, journal.Redaction{}), journal.ErrNoMessage},
		{"of nothing", redact(room, 0, journal.Redaction{}), journal.ErrNoMessage},
		{"of itself", redact(room, 6, journal.Redaction{}), journal.ErrNoMessage},
		{"of what will be", redact(room, 99, journal.Redaction{}), journal.ErrNoMessage},
	} {
		out := s.try(test.op, say(other, "beside"))
		if !errors.Is(out[0].Err, test.want) || out[1].Err != nil {
			t.Errorf("%s: %v, beside it %v", test.name, out[0].Err, out[1].Err)
		}
	}
	if got := seqs(s.read(room, latest(10, true))); got != "[1 2 5]" { // 3 wants a role
		t.Errorf("after all refusals: %s", got)
	}
	if out := s.commit(redact(room, 3, journal.Redaction{Role: 2})); out[0].Record.MinRole != 2 {
		t.Errorf("the redaction is for %d", out[0].Record.MinRole)
	}
	out := s.commit(say(room, "at once"), redact(room, 7, journal.Redaction{Author: "ann"}))
	if out[1].Record.Redacts != 7 {
		t.Errorf("in one batch: %+v", out[1].Record)
	}
}

// markWithAnAppend: a marker that is set, or asked for, beside other changes.
func markWithAnAppend(t *testing.T, s *subject) {
	room := s.room("#a")
	at := time.UnixMilli(5000).UTC()
	silent := func(m journal.Mark, members ...journal.Member) persistence.Op {
		return persistence.Op{Append: &journal.Append{
			Silent: true, Record: journal.Record{Room: room}, Mark: &m, Members: members,
		}}
	}
	for _, step := range []struct {
		op   persistence.Op
		want time.Time
	}{
		{silent(journal.Mark{Account: "ann"}, journal.Member{Account: "ann", Joined: true}), time.Time{}},
		{silent(journal.Mark{Account: "ann", At: at}), at},
		{silent(journal.Mark{Account: "ann", At: at.Add(-time.Second)}), at},
		{silent(journal.Mark{Account: "ann"}), at},
		{silent(journal.Mark{Account: "bob", At: at}, journal.Member{Account: "bob", Joined: true}), at},
	} {
		if got := s.commit(step.op)[0].Marker; !got.Equal(step.want) {
			t.Errorf("%+v: the marker is %v, want %v", step.op.Append.Mark, got, step.want)
		}
	}
	for _, account := range []string{"ann", "bob"} {
		list, err := s.Memberships(account)
		if err != nil || len(list) != 1 || !list[0].Marker.Equal(at) {
			t.Errorf("%s: %+v, %v", account, list, err)
		}
	}
}

// linesAreKept: a message of several lines is read back as it was broken.
func linesAreKept(t *testing.T, s *subject) {
	op := say(s.room("#a"), "one\n\ntwo and three")
	op.Append.Record.Cuts = []uint16{7, 11}
	want := s.commit(op)[0].Record
	page := s.read(want.Room, latest(1, false))
	if len(page) != 1 || !reflect.DeepEqual(page[0], want) || !reflect.DeepEqual(want.Cuts, op.Append.Record.Cuts) {
		t.Errorf("%+v, want %+v", page, want)
	}
	s.commit(redact(want.Room, want.Seq, journal.Redaction{}))
	all := latest(9, true)
	all.Redacted = true
	if page = s.read(want.Room, all); len(page) != 2 || page[0].Cuts != nil {
		t.Errorf("redacted: %+v", page)
	}
}
