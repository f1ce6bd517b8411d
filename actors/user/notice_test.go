package user_test

import (
	"testing"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/notes"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/user"
)

func TestChangesReachSessionsRoomsAndRegistry(t *testing.T) {
	onStage(t, guest, func(s *stage) {
		conn, me := s.session(guest)
		r, _ := s.enter(1)
		for _, test := range []struct {
			command any
			want    people.Profile
			shown   journal.Kind
		}{
			{user.Renamed{Ticket: s.ticket(me), Nick: "gila"}, people.Profile{ID: "~1", Nick: "gila"}, journal.Rename},
			{user.Identified{Ticket: s.ticket(me), ID: "ann", Account: "Ann"}, people.Profile{ID: "ann", Nick: "gila", Account: "Ann"}, journal.Account},
			{user.SetRealname{Ticket: s.ticket(me), Realname: "Gil A."}, people.Profile{ID: "ann", Nick: "gila", Account: "Ann", Realname: "Gil A."}, journal.Realname},
		} {
			conn.Take()
			s.tell(test.command)
			s.noted(last[room.ProfileChanged](t, r).Ref, last[user.Status](t, s.registry).Ref)
			if done := last[user.Done](t, conn); done.Profile != test.want {
				t.Errorf("done: %v", done)
			}
			shown, changed := last[user.Changed](t, conn), last[room.ProfileChanged](t, r)
			if changed.Profile != test.want || changed.Event.Record.Kind != test.shown || changed.Once == 0 || changed.Once != shown.Once {
				t.Errorf("room %v, session %v", changed, shown)
			}
			if m := last[user.Status](t, s.registry); m.Profile != test.want {
				t.Errorf("registry: %v", m)
			}
		}
		if m := last[records.Memberships](t, s.records); m.Account != "ann" {
			t.Errorf("rooms of %v", m)
		}
		conn.Take()
		s.tell(user.Renamed{Ticket: s.ticket(me), Nick: "gila"})
		last[user.Done](t, conn)
		none[user.Changed](t, conn)
	})
}

// TestAChangeIsDoneWhenAllHaveIt: who has changed something, and asks for
// nothing more than a PONG, knows by it that the others know.
func TestAChangeIsDoneWhenAllHaveIt(t *testing.T) {
	onStage(t, guest, func(s *stage) {
		conn, me := s.session(guest)
		one, _ := s.enter(1)
		two, _ := s.enter(2)
		s.tell(user.SetAway{Ticket: s.ticket(me), Text: "tea"})
		refs := []uint64{
			last[room.ProfileChanged](t, one).Ref, last[room.ProfileChanged](t, two).Ref, last[user.Status](t, s.registry).Ref,
		}
		s.noted(refs[0])
		s.tell(ask.Refused{Ref: refs[1], Reason: ask.ErrUnknown}) // that room has failed
		none[user.AwaySet](t, conn)
		s.noted(refs[2])
		if n := len(actortest.Of[user.AwaySet](conn)); n != 1 {
			t.Errorf("answered %d times", n)
		}
		s.tell(user.SetAway{Ticket: s.ticket(me)})
		s.tell(crash{})
		if m := last[ask.Refused](t, conn); m.Ref != s.ref || m.Reason != ask.ErrUnknown {
			t.Errorf("the user has failed meanwhile: %v", m)
		}
	})
}

// TestOfTwoChangesOfNotesTheLaterStoredHolds: in whatever order they are told.
func TestOfTwoChangesOfNotesTheLaterStoredHolds(t *testing.T) {
	onStage(t, account, func(s *stage) {
		conn, me := s.session(account)
		s.registry.Take()
		first := notes.Of([]notes.Note{{Key: "a", Value: "1"}}, 2)
		second := notes.Of([]notes.Note{{Key: "a", Value: "2"}, {Key: "b", Value: "x"}}, 3)
		s.tell(user.Annotated{Ticket: s.ticket(me), Notes: second})
		told := actortest.Of[user.Status](s.registry)
		if len(told) != 2 {
			t.Fatalf("the registry was told %d times of two keys", len(told))
		}
		s.noted(told[0].Ref)
		none[user.Done](t, conn)
		s.noted(told[1].Ref)
		if m := last[user.Done](t, conn); m.Profile.Notes != second {
			t.Errorf("done with %v", m.Profile.Notes)
		}
		s.tell(user.Annotated{Ticket: s.ticket(me), Notes: first})
		if m := last[user.Done](t, conn); m.Ref != s.ref || m.Profile.Notes != second {
			t.Errorf("the earlier one is taken: %v", m.Profile.Notes)
		}
		s.tell(user.Annotate{Ticket: s.ticket(me)})
		if m := last[ask.Refused](t, conn); m.Ref != s.ref {
			t.Errorf("what is not stored is taken: %v", m)
		}
	})
}
