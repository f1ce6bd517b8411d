package user_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/user"
)

// TestRestartGathersSessions: one has ended meanwhile, one does not answer;
// what is asked before they have answered waits, as far as there is room.
func TestRestartGathersSessions(t *testing.T) {
	onStage(t, account, func(s *stage) {
		_, dead := s.session(account)
		mute, _ := s.session(account)
		good, goodPID := s.session(account)
		r, pid := s.enter(1)
		s.sys.Root.Send(s.pid, crash{})
		s.sys.Root.Stop(dead)
		synctest.Wait()
		last[user.Up](t, mute)
		last[user.Up](t, good)
		asker, me := actortest.NewProbe(s.sys)
		for range 5 {
			s.tell(user.Whois{Ticket: s.ticket(me), By: me, AskerRooms: []journal.Room{1}})
		}
		if got := fmt.Sprint(asker.Take()); got != fmt.Sprint([]any{ask.Refused{Ref: s.ref, Reason: ask.ErrBusy}}) {
			t.Errorf("while gathering: %v", got)
		}
		s.tell(user.Reattach{Session: room.Session{Conn: goodPID}, Profile: account, Rooms: []user.Place{{Room: pid, No: 1, Name: "#1"}}})
		s.pass(6 * time.Second)
		if p := actortest.Of[user.Portrait](asker); len(p) != 4 || len(p[0].Rooms) != 1 || !p[0].Online {
			t.Errorf("afterwards: %v", p)
		}
		if n := last[user.Status](t, s.registry).Sessions; n != 2 {
			t.Errorf("%d sessions are reported", n)
		}
		s.tell(user.SetAway{Ticket: s.ticket(me), Text: "tea"})
		if m := last[room.ProfileChanged](t, r); m.Profile.Away != "tea" {
			t.Errorf("the room was told %v", m)
		}
	})
}

func TestRoomThatAsksDuringTwoRestartsIsAnswered(t *testing.T) {
	onStage(t, guest, func(s *stage) {
		_, conn := s.session(guest)
		r, pid := s.enter(1)
		s.tell(crash{})
		s.tell(room.Up{Room: pid, No: 1})
		s.tell(crash{})
		s.tell(user.Reattach{Session: room.Session{Conn: conn}, Rooms: []user.Place{{Room: pid, No: 1, Name: "#1"}}})
		last[room.Attach](t, r)
	})
}

// TestRoomsAreGivenTheSessionsAfterARestart: the incarnation before may have
// failed over a room's question.
func TestRoomsAreGivenTheSessionsAfterARestart(t *testing.T) {
	onStage(t, guest, func(s *stage) {
		_, conn := s.session(guest)
		r, pid := s.enter(1)
		s.tell(crash{})
		s.tell(user.Reattach{Session: room.Session{Conn: conn}, Rooms: []user.Place{{Room: pid, No: 1, Name: "#1"}}})
		if n := len(last[room.Attach](t, r).Member.Sessions); n != 1 {
			t.Errorf("%d sessions", n)
		}
	})
}

func TestSessionThatEndsAfterARestartIsNoticed(t *testing.T) {
	onStage(t, guest, func(s *stage) {
		_, conn := s.session(guest)
		r, pid := s.enter(1)
		s.tell(crash{})
		s.tell(user.Reattach{Session: room.Session{Conn: conn}, Rooms: []user.Place{{Room: pid, No: 1, Name: "#1"}}})
		s.sys.Root.Stop(conn)
		synctest.Wait()
		last[room.Leave](t, r)
	})
}

func TestConversationsSurviveARestart(t *testing.T) {
	onStage(t, guest, func(s *stage) {
		_, conn := s.session(guest)
		talk, _ := s.converse(1)
		_, gone := s.converse(2)
		s.tell(crash{})
		s.tell(crash{})
		s.sys.Root.Stop(gone)
		synctest.Wait()
		lost := 0
		s.sys.EventStream.Subscribe(func(m any) {
			if dead, ok := m.(*actor.DeadLetterEvent); ok && dead.PID.Equal(gone) {
				lost++
			}
		})
		talk.Take()
		s.tell(user.Reattach{Session: room.Session{Conn: conn}})
		if n := len(last[room.Attach](t, talk).Member.Sessions); n != 1 {
			t.Errorf("%d sessions after the restart", n)
		}
		_, second := s.session(guest)
		if n := len(last[room.Attach](t, talk).Member.Sessions); n != 2 {
			t.Errorf("%d sessions with a new one", n)
		}
		s.tell(user.Detach{Conn: conn})
		none[room.Leave](t, talk)
		s.tell(user.Detach{Conn: second})
		last[room.Leave](t, talk)
		if lost > 0 {
			t.Errorf("%d messages to the one that had ended", lost)
		}
	})
}

func TestConversationIsLeftWhenAllSessionsEndInARestart(t *testing.T) {
	onStage(t, guest, func(s *stage) {
		_, conn := s.session(guest)
		talk, _ := s.converse(1)
		s.sys.Root.Send(s.pid, crash{})
		s.sys.Root.Stop(conn)
		synctest.Wait()
		last[room.Leave](t, talk)
	})
}

func TestUserWhoseSessionsAllEndInARestartQuits(t *testing.T) {
	onStage(t, guest, func(s *stage) {
		_, pid := s.session(guest)
		s.registry.Take()
		s.sys.Root.Send(s.pid, crash{})
		s.sys.Root.Stop(pid)
		synctest.Wait()
		if n := last[user.Status](t, s.registry).Sessions; n != 0 {
			t.Errorf("%d sessions are reported", n)
		}
	})
}

func TestStoppedUserRefusesWhatWaits(t *testing.T) {
	onStage(t, guest, func(s *stage) {
		s.session(guest)
		s.tell(crash{})
		asker, me := actortest.NewProbe(s.sys)
		s.tell(user.SetAway{Ticket: s.ticket(me)})
		s.sys.Root.Stop(s.pid)
		synctest.Wait()
		if r := last[ask.Refused](t, asker); r.Ref != s.ref {
			t.Errorf("refused %v", r)
		}
	})
}

// A field of the name would hide the method, and nobody would answer for a
// command that crashed.
func TestCommandsCanBeAnsweredForWhenTheyCrash(t *testing.T) {
	for _, m := range []any{
		user.Attach{}, user.Join{}, user.SetAway{}, user.Renamed{}, user.Identified{}, user.Whois{}, user.Retire{}, user.Enter{}, user.Settle{},
		user.SetRealname{}, user.SetMode{}, user.Annotate{}, user.Annotated{}, user.Status{}, room.ProfileChanged{}, room.Annotate{},
	} {
		if _, ok := m.(ask.Asked); !ok {
			t.Errorf("%T is not ask.Asked", m)
		}
	}
}
