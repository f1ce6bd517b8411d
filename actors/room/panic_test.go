package room_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// fragile is an encoder that fails the first time it sees a record, for one
// record in n.
func fragile(n uint64) room.Encoder {
	failed := map[uint64]bool{}
	return func(dst []byte, class room.Class, e room.Event) []byte {
		if seq := e.Record.Seq; seq%n == n-1 && !failed[seq] {
			failed[seq] = true
			panic(actortest.Injected{Site: "encoder"})
		}
		return encode(dst, class, e)
	}
}

// TestMembersStayMembersWhenTheRoomPanics: the room fails while it shows what
// is stored, and before it sees a command or what the journal has done. Nobody
// misses a line, nobody has
// to join again, and each question has one answer.
func TestMembersStayMembersWhenTheRoomPanics(t *testing.T) {
	for _, test := range []struct {
		name   string
		relays float64 // probability that one fails
		fail   float64 // that a commit does
		opts   []option
	}{
		{"small", 0, 0, nil},
		{"with relays", 0, 0, []option{relays}},
		{"with failing relays and commits", 0.02, 0.1, []option{relays}},
	} {
		t.Run(test.name, func(t *testing.T) {
			sys := actortest.System(t)
			restarts, relayed := uint64(0), 0
			for seed := range uint64(seeds) {
				t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
					faults := faultyRelays(rand.New(rand.NewPCG(seed, 1)), test.relays, &relayed)
					opts := append([]option{on(sys), under(actortest.NewSchedule(seed, faults)), func(w *world) {
						w.cfg.Encode, w.disk.fail = fragile(40), test.fail
					}}, test.opts...)
					w := newWorld(t, seed, opts...)
					w.storm(w.start(panicBefore(w.disk.rng, 0.02)), 120)
					w.audit(t, false)
					for _, p := range w.people {
						restarts += p.epoch
					}
				})
			}
			if restarts < seeds {
				t.Errorf("only %d restarts were seen", restarts)
			}
		})
	}
}

func panicBefore(rng *rand.Rand, p float64) actor.PropsOption {
	return actor.WithReceiverMiddleware(func(next actor.ReceiverFunc) actor.ReceiverFunc {
		return func(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
			switch e.Message.(type) {
			case ask.Asked, journal.Committed, journal.NotCommitted:
				if rng.Float64() < p {
					panic(actortest.Injected{Site: "before"})
				}
			}
			next(ctx, e)
		}
	})
}

// TestChaosShowsNothingThatIsNotStored: with panics anywhere, even in the
// middle of a fan-out, a session may miss lines, but sees none that is not
// stored, none twice and none out of order.
func TestChaosShowsNothingThatIsNotStored(t *testing.T) {
	sys := actortest.System(t)
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			w := newWorld(t, seed, on(sys), func(w *world) { w.disk.fail = 0.1 })
			w.storm(w.start(actortest.Chaos(w.disk.rng, 0.01)), 120)
			stored := w.disk.stored()
			for _, p := range w.people {
				for _, c := range p.conns {
					c.auditOrder(t, p.profile.ID, stored)
				}
			}
		})
	}
}

// auditOrder is the part of audit that holds whatever happens. The echo of a
// post sent again is of old.
func (c *conn) auditOrder(t *testing.T, who string, stored []string) {
	t.Helper()
	last := 0
	for _, m := range c.probe.Got {
		echo, isEcho := m.(room.Echo)
		if isEcho && int(echo.Event.Record.Seq) <= last {
			continue
		}
		for _, line := range linesOf(m) {
			number, _, _ := strings.Cut(line, " ")
			seq, _ := strconv.Atoi(number)
			switch {
			case seq == 0:
			case seq > len(stored) || stored[seq-1] != line:
				t.Errorf("%s was shown %q, which is not stored", who, line)
			case seq <= last:
				t.Errorf("%s was shown %d after %d", who, seq, last)
			default:
				last = seq
			}
		}
	}
}

// TestAttack71PanicInRoomCostsOneMessage: a message that the room can never
// show is refused, and nothing else is.
func TestAttack71PanicInRoomCostsOneMessage(t *testing.T) {
	for seed := range uint64(50) {
		s := newScene(t, under(actortest.NewSchedule(seed)), func(w *world) {
			w.cfg.Encode = func(dst []byte, class room.Class, e room.Event) []byte {
				if e.Record.Text == "poison" {
					panic(actortest.Injected{Site: "encoder"})
				}
				return encode(dst, class, e)
			}
		})
		for i := range 20 {
			text := fmt.Sprint("good", i)
			if i == 10 {
				text = "poison"
			}
			s.ann.post(s.pid, s.ann.conns[0], text)
			s.bob.post(s.pid, s.bob.conns[0], "bob"+text)
		}
		s.s.Run()
		for _, p := range []*person{s.ann, s.bob} {
			refused := actortest.Of[ask.Refused](p.conns[0].probe)
			accepted := actortest.Of[room.Accepted](p.conns[0].probe)
			if lines := said(p.conns[0].shown()); len(lines) != 39 {
				t.Errorf("seed %d: %s was shown %d lines", seed, p.profile.Nick, len(lines))
			}
			want := 0
			if p == s.ann {
				want = 1
			}
			if len(refused) != want || len(accepted) != 20-want {
				t.Errorf("seed %d: %s has %d refused, %d accepted", seed, p.profile.Nick, len(refused), len(accepted))
			}
			if !p.in || p.epoch < 2 {
				t.Errorf("seed %d: %s is in: %v, epoch %d", seed, p.profile.Nick, p.in, p.epoch)
			}
		}
	}
}

// TestAPacketThatKillsRelaysIsLeftOut: after two relays the room goes on
// without it, and the answers that waited for it are given.
func TestAPacketThatKillsRelaysIsLeftOut(t *testing.T) {
	var poison any
	fault := actor.WithReceiverMiddleware(func(next actor.ReceiverFunc) actor.ReceiverFunc {
		return func(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
			if fmt.Sprintf("%T", e.Message) == "*room.packet" {
				if poison == nil {
					poison = e.Message
				}
				if poison == e.Message {
					panic(actortest.Injected{Site: "relay"})
				}
			}
			next(ctx, e)
		}
	})
	s := newScene(t, under(actortest.NewSchedule(1, fault)), func(w *world) { w.cfg.Limits.RelayAt = 1 })
	for range 2 {
		if _, ok := s.postAs(t, s.bob).(room.Accepted); !ok {
			t.Errorf("answered %v", s.bob.conns[0].answer(t))
		}
	}
	if got := said(s.ann.conns[0].shown()); len(got) != 1 {
		t.Errorf("ann was shown %q", got)
	}
}

// TestAPanicBeforeAnythingIsShownCostsNothing: the room fails while it applies
// a commit, in the middle of one of two JOINs. All of it is shown later; who
// came with it enters with the next incarnation.
func TestAPanicBeforeAnythingIsShownCostsNothing(t *testing.T) {
	for at := 1; at <= 2; at++ {
		calls := 0
		s := newScene(t, func(w *world) {
			now := w.cfg.Now
			w.cfg.Now = func() time.Time {
				if calls--; calls == 0 {
					panic(actortest.Injected{Site: "clock"})
				}
				return now()
			}
		})
		zoe := s.person("zoe", true, plain)
		s.disk.hold = true
		s.ann.post(s.pid, s.ann.conns[0], "first")
		s.s.Run()
		for _, p := range []*person{s.eve, zoe} {
			p.join(s.pid)
			s.s.Run()
		}
		s.bob.post(s.pid, s.bob.conns[0], "last")
		s.s.Run()
		calls = at
		s.release()
		for _, p := range []*person{s.ann, s.bob, s.eve, zoe} {
			if r, ok := p.conns[0].answer(t).(ask.Refused); ok || !p.in || p.epoch != 2 {
				t.Errorf("at %d: %s: %v, is in: %v, epoch %d", at, p.profile.Nick, r.Reason, p.in, p.epoch)
			}
		}
		want := []string{"3 MSG ann  first", "4 JOIN eve  ", "5 JOIN zoe  ", "6 MSG bob  last"}
		for _, p := range []*person{s.ann, s.bob} {
			if lines := p.conns[0].shown(); !reflect.DeepEqual(lines[len(lines)-4:], want) {
				t.Errorf("at %d: %s was shown %q", at, p.profile.Nick, lines)
			}
			p.conns[0].audit(t, p.profile.Nick, s.disk.stored(), false)
		}
		for _, p := range []*person{s.eve, zoe} {
			lines := p.conns[0].shown()
			if !strings.Contains(lines[0], "JOIN "+p.profile.Nick) || lines[len(lines)-1] != want[3] {
				t.Errorf("at %d: %s was shown %q", at, p.profile.Nick, lines)
			}
		}
	}
}

// TestAParkedCommandThatPanicsIsRefused, and no other is lost with it.
func TestAParkedCommandThatPanicsIsRefused(t *testing.T) {
	s := newScene(t, func(w *world) {
		w.cfg.Limits.Recorded = 1
		w.cfg.Encode = func(dst []byte, class room.Class, e room.Event) []byte {
			if e.Record.Text == "poison" {
				panic(actortest.Injected{Site: "encoder"})
			}
			return encode(dst, class, e)
		}
	})
	s.disk.hold = true
	topic := s.ann.conns[0].ticket()
	s.sys.Root.Send(s.pid, room.SetTopic{Ticket: topic, User: s.ann.pid, Topic: "x"})
	quit := s.bob.conns[0].ticket()
	s.sys.Root.Send(s.pid, room.Leave{Ticket: quit, User: s.bob.pid, Kind: journal.Quit, Reason: "poison"})
	s.s.Run()
	s.release()
	if _, ok := s.ann.conns[0].answers()[topic.Ref][0].(room.Done); !ok {
		t.Errorf("topic: %v", s.ann.conns[0].answers()[topic.Ref])
	}
	r, _ := s.bob.conns[0].answers()[quit.Ref][0].(ask.Refused)
	if r.Reason != ask.ErrUnknown || s.bob.in || !s.ann.in {
		t.Errorf("quit: %v, bob is in: %v, ann is in: %v", r.Reason, s.bob.in, s.ann.in)
	}
	if _, ok := s.postAs(t, s.ann).(room.Accepted); !ok {
		t.Error("the room does not go on")
	}
}
