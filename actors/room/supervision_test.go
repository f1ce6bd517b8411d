package room_test

import (
	"strings"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// snare makes a room fail over its next command: before it, or in place of the
// first message that it sends for it.
type snare struct{ before, sending bool }

func (s *snare) option() actor.PropsOption {
	receive := actor.WithReceiverMiddleware(func(next actor.ReceiverFunc) actor.ReceiverFunc {
		return func(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
			if _, ok := e.Message.(ask.Asked); ok && s.before {
				s.before = false
				panic(actortest.Injected{Site: "before"})
			}
			next(ctx, e)
		}
	})
	send := actor.WithSenderMiddleware(func(next actor.SenderFunc) actor.SenderFunc {
		return func(ctx actor.SenderContext, to *actor.PID, e *actor.MessageEnvelope) {
			if _, ok := ctx.Message().(ask.Asked); ok && s.sending {
				s.sending = false
				panic(actortest.Injected{Site: "sending"})
			}
			next(ctx, to, e)
		}
	})
	return func(props *actor.Props) { props.Configure(receive, send) }
}

// TestAPanicOfARoomCostsOneCommand: at the very command its asker is told once
// that nobody knows; nobody loses a place, a role or a session; and the same
// command works when it is sent again.
func TestAPanicOfARoomCostsOneCommand(t *testing.T) {
	for _, test := range []struct {
		name    string
		command func(s *scene, k ask.Ticket) any
		answer  func(any) bool
	}{
		{"Join", func(s *scene, k ask.Ticket) any { return room.Join{Ticket: k, Member: s.eve.member()} }, actortest.Is[room.Joined]},
		{"Post", func(s *scene, k ask.Ticket) any {
			return room.Post{Ticket: k, User: s.bob.pid, Kind: journal.Message, Text: "words"}
		}, actortest.Is[room.Accepted]},
		{"Part", func(s *scene, k ask.Ticket) any { return room.Leave{Ticket: k, User: s.bob.pid, Kind: journal.Part} }, actortest.Is[room.Left]},
		{"Quit", func(s *scene, k ask.Ticket) any { return room.Leave{Ticket: k, User: s.bob.pid, Kind: journal.Quit} }, actortest.Is[room.Left]},
		{"SetTopic", func(s *scene, k ask.Ticket) any { return room.SetTopic{Ticket: k, User: s.ann.pid, Topic: "x"} }, actortest.Is[room.Done]},
		{"SetModes", func(s *scene, k ask.Ticket) any {
			return room.SetModes{Ticket: k, User: s.ann.pid, Changes: parse([]string{"+m"})}
		}, actortest.Is[room.Done]},
		{"Kick", func(s *scene, k ask.Ticket) any { return room.Kick{Ticket: k, User: s.ann.pid, Nick: "bob"} }, actortest.Is[room.Done]},
		{"Invite", func(s *scene, k ask.Ticket) any {
			return room.Invite{Ticket: k, User: s.ann.pid, Invited: s.eve.pid, Nick: "eve"}
		}, actortest.Is[room.Done]},
		{"Describe", func(s *scene, k ask.Ticket) any { return room.Describe{Ticket: k, User: s.bob.pid} }, actortest.Is[room.Description]},
		{"Roster", func(s *scene, k ask.Ticket) any { return room.Roster{Ticket: k, User: s.bob.pid} }, actortest.Is[room.Present]},
		{"History", func(s *scene, k ask.Ticket) any { return room.History{Ticket: k, User: s.bob.pid} }, actortest.Is[journal.Page]},
		{"Retire", func(_ *scene, k ask.Ticket) any { return room.Retire{Ticket: k} }, actortest.Is[room.Resting]},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, fault := range []snare{{before: true}, {sending: true}} {
				trap := &snare{}
				s := newScene(t, func(w *world) { w.faults = []actor.PropsOption{trap.option()} })
				*trap = fault
				c := s.eve.conns[0]
				s.sys.Root.Send(s.pid, test.command(s, c.ticket()))
				s.s.Run()
				if got := c.refusal(t); got != ask.ErrUnknown {
					t.Errorf("%+v: refused for %v", fault, got)
				}
				for _, p := range []*person{s.ann, s.bob} {
					if !p.in || p.epoch != 2 || len(actortest.Of[room.Expelled](p.conns[0].probe)) > 0 {
						t.Errorf("%+v: %s is in: %v, epoch %d", fault, p.profile.Nick, p.in, p.epoch)
					}
				}
				if s.ann.role != room.Operator {
					t.Errorf("%+v: ann has the role %d", fault, s.ann.role)
				}
				s.sys.Root.Send(s.pid, test.command(s, c.ticket()))
				s.s.Run()
				if got := c.answer(t); !test.answer(got) {
					t.Errorf("%+v: the same command was answered %v", fault, got)
				}
			}
		})
	}
}

// TestWhoWasComingInWhenTheRoomFailedIsInIt: the room fails in the midst of a
// JOIN, when it has the member and the member does not know. The next
// incarnation lets them in, and nobody sees them go.
func TestWhoWasComingInWhenTheRoomFailedIsInIt(t *testing.T) {
	armed := false
	s := newScene(t, func(w *world) {
		w.faults = []actor.PropsOption{actor.WithSenderMiddleware(func(next actor.SenderFunc) actor.SenderFunc {
			return func(ctx actor.SenderContext, to *actor.PID, e *actor.MessageEnvelope) {
				if _, ok := e.Message.(room.Membership); ok && armed {
					armed = false
					panic(actortest.Injected{Site: "membership"})
				}
				next(ctx, to, e)
			}
		})}
	})
	armed = true
	if _, ok := s.joinAs(t, s.eve, "").(room.Joined); !ok || !s.eve.in || s.eve.epoch != 2 {
		t.Errorf("answered %v, is in: %v, epoch %d", s.eve.conns[0].answer(t), s.eve.in, s.eve.epoch)
	}
	if _, ok := s.postAs(t, s.eve).(room.Accepted); !ok {
		t.Error("cannot speak")
	}
	for _, p := range []*person{s.ann, s.bob} {
		lines := strings.Join(p.conns[0].shown(), "\n")
		if strings.Count(lines, "JOIN eve") != 1 || strings.Contains(lines, "QUIT") {
			t.Errorf("%s was shown %q", p.profile.Nick, lines)
		}
	}
}

// TestWhatWasNotSentToTheJournalIsNotWaitedFor: a room that fails before it has
// asked the journal is as if it had not been asked.
func TestWhatWasNotSentToTheJournalIsNotWaitedFor(t *testing.T) {
	trap := &snare{}
	s := newScene(t, func(w *world) { w.faults = []actor.PropsOption{trap.option()} })
	trap.sending = true
	if r, _ := s.topicAs(t, s.ann, "lost").(ask.Refused); r.Reason != ask.ErrUnknown {
		t.Fatalf("the topic was refused for %v", r.Reason)
	}
	for _, p := range []*person{s.ann, s.bob} {
		if _, ok := s.postAs(t, p).(room.Accepted); !ok {
			t.Errorf("%s cannot speak", p.profile.Nick)
		}
		s.send(t, p, func(k ask.Ticket) any { return room.Leave{Ticket: k, User: p.pid, Kind: journal.Part} })
	}
	if !s.summary(t).Empty {
		t.Error("the room is not empty when all have gone")
	}
}
