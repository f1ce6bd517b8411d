package user_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/actors/user"
)

// TestTheEndOfAConnectionDoesNotOvertakeItsLastWord: in any order of turns a
// user whose connection says goodbye and ends at once has left with that
// goodbye, though the news of an end travels faster than any word.
func TestTheEndOfAConnectionDoesNotOvertakeItsLastWord(t *testing.T) {
	sys := actortest.System(t)
	for seed := range uint64(50) {
		s := actortest.NewSchedule(seed)
		_, home := s.Probe(sys)
		_, conn := s.Probe(sys)
		members, green := s.Probe(sys)
		props := user.Props(user.Config{Registry: home, Records: home, Now: time.Now}.WithDefaults(), guest)
		pid := s.Spawn(sys, supervise.Stopping(), props)
		sys.Root.Send(pid, user.Attach{Session: room.Session{Conn: conn}, Profile: guest})
		sys.Root.Send(pid, room.Membership{Room: green, No: 1, Name: "#green", In: true})
		s.Run()
		sys.Root.Send(pid, user.Detach{Conn: conn, Reason: "Quit: bye"})
		sys.Root.Stop(conn)
		s.Run()
		if m := last[room.Leave](t, members); m.Reason != "Quit: bye" {
			t.Errorf("seed %d: left with %q", seed, m.Reason)
		}
		for _, p := range []*actor.PID{pid, home, green} {
			sys.Root.Stop(p)
		}
		s.Run()
	}
}

// TestAPanicOfAUserCostsOneCommand: at the very command its asker is answered
// once, no session is lost, and the next command works.
func TestAPanicOfAUserCostsOneCommand(t *testing.T) {
	for _, test := range []struct {
		name    string
		command func(ask.Ticket) any
		answer  func(any) bool
	}{
		{"Attach", func(k ask.Ticket) any { return user.Attach{Ticket: k, Session: room.Session{Conn: k.ReplyTo}} }, actortest.Is[user.Welcome]},
		{"SetAway", func(k ask.Ticket) any { return user.SetAway{Ticket: k, Text: "tea"} }, actortest.Is[user.AwaySet]},
		{"Renamed", func(k ask.Ticket) any { return user.Renamed{Ticket: k, Nick: "new"} }, actortest.Is[user.Done]},
		{"Identified", func(k ask.Ticket) any { return user.Identified{Ticket: k, ID: "ann", Account: "ann"} }, actortest.Is[user.Done]},
		{"Whois", func(k ask.Ticket) any { return user.Whois{Ticket: k, By: k.ReplyTo} }, actortest.Is[user.Portrait]},
		{"Retire", func(k ask.Ticket) any { return user.Retire{Ticket: k} }, actortest.Is[user.Resting]},
		{"Settle", func(k ask.Ticket) any { return user.Settle{Ticket: k} }, actortest.Is[user.Settled]},
	} {
		t.Run(test.name, func(t *testing.T) {
			sys := actortest.System(t)
			kind := fmt.Sprintf("%T", test.command(ask.Ticket{}))
			fault := actortest.PanicOn(func(m any) bool {
				asked, ok := m.(ask.Asked)
				return ok && asked.Asker().Ref == 1 && fmt.Sprintf("%T", m) == kind
			}, 1, actortest.Before)
			s := actortest.NewSchedule(1)
			told, home := s.Probe(sys)
			session := &loyal{}
			conn := sys.Root.Spawn(s.Props(func() actor.Actor { return session }))
			asker, me := s.Probe(sys)
			props := user.Props(user.Config{Registry: home, Records: home, Now: time.Now}.WithDefaults(), guest)
			pid := s.Spawn(sys, &supervise.Backoff{Limit: 9}, props.Clone(fault))
			sys.Root.Send(pid, user.Attach{Session: room.Session{Conn: conn}, Profile: guest})
			s.Run()
			for ref := uint64(1); ref <= 2; ref++ {
				sys.Root.Send(pid, test.command(ask.Ticket{ReplyTo: me, Ref: ref}))
				s.Run()
			}
			for _, m := range actortest.Of[user.Status](told) {
				sys.Root.Send(pid, room.Noted{Ref: m.Ref})
			}
			s.Run()
			got := asker.Take()
			if len(got) != 2 || got[0] != any(ask.Refused{Ref: 1, Reason: ask.ErrUnknown}) || !test.answer(got[1]) {
				t.Errorf("answered %v", got)
			}
			if session.ups != 1 {
				t.Errorf("the session was asked %d times to attach again", session.ups)
			}
			for _, p := range []*actor.PID{pid, home, conn} {
				sys.Root.Stop(p)
			}
			s.Run()
		})
	}
}

// loyal is a session that attaches again.
type loyal struct{ ups int }

func (l *loyal) Receive(ctx actor.Context) {
	if m, ok := ctx.Message().(user.Up); ok {
		l.ups++
		ctx.Send(m.User, user.Reattach{Session: room.Session{Conn: ctx.Self()}, Profile: guest})
	}
}
