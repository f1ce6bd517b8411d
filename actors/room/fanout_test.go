package room_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// TestSessionsComeAndGo: a new one is told all, one that is gone is sent
// nothing, one that changed its class is shown the other encoding.
func TestSessionsComeAndGo(t *testing.T) {
	for name, opt := range map[string]option{"small": func(*world) {}, "with relays": func(w *world) { w.cfg.Limits.RelayAt = 1 }} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, opt)
			old, fresh := s.bob.conns[0], s.bob.connect(modern)
			s.attach(s.bob)
			entered := actortest.Of[room.Entered](fresh.probe)
			if len(entered) != 1 || entered[0].Again || len(entered[0].People) != 2 || !entered[0].Description.Inside {
				t.Fatalf("the new session was told %+v", entered)
			}
			s.postAs(t, s.ann)
			s.bob.conns = s.bob.conns[1:]
			fresh.class = talker
			s.attach(s.bob)
			s.postAs(t, s.ann)
			if got := said(old.shown()); len(got) != 1 {
				t.Errorf("the old session was shown %q", got)
			}
			var raw []string
			for _, l := range actortest.Of[*room.Lines](fresh.probe) {
				raw = append(raw, string(l.Bytes))
			}
			if want := []string{"2 3 MSG ann  words\n", "3 4 MSG ann  words\n"}; !reflect.DeepEqual(raw, want) {
				t.Errorf("the new session was shown %q", raw)
			}
			if n := len(actortest.Of[room.Entered](fresh.probe)); n != 1 {
				t.Errorf("entered %d times", n)
			}
		})
	}
}

func (s *scene) attach(p *person) {
	s.sys.Root.Send(s.pid, room.Attach{Member: p.member()})
	s.s.Run()
}

func TestAttachOfAStrangerIsCorrected(t *testing.T) {
	s := newScene(t)
	s.eve.in = true
	s.attach(s.eve)
	if s.eve.in || len(actortest.Of[room.Expelled](s.eve.conns[0].probe)) != 1 {
		t.Error("eve still believes to be a member")
	}
}

// TestRestrictedPostsReachOnlyTheirRoles, and whoever wrote them.
func TestRestrictedPostsReachOnlyTheirRoles(t *testing.T) {
	s := newScene(t)
	s.joinAs(t, s.eve, "")
	s.mode(t, s.ann, "+v bob", "+v eve")
	dan := s.person("dan", false, plain)
	s.joinAs(t, dan, "")
	for role, text := range map[room.Role]string{room.Voice: "voices", room.Operator: "operators"} {
		m := room.Post{User: s.eve.pid, Kind: journal.Notice, MinRole: role, Text: text}
		s.send(t, s.eve, func(k ask.Ticket) any { m.Ticket = k; return m })
	}
	for p, want := range map[*person]int{s.ann: 2, s.bob: 1, s.eve: 2, dan: 0} {
		got := slices.DeleteFunc(p.conns[0].shown(), func(l string) bool { return !strings.Contains(l, " NOTICE ") })
		if len(got) != want {
			t.Errorf("%s was shown %q", p.profile.Nick, got)
		}
	}
}

// TestAPostSentAgainIsShownOnce: its sender is told the first one's id.
func TestAPostSentAgainIsShownOnce(t *testing.T) {
	s := newScene(t)
	var ids []journal.ID
	for i := range 2 {
		a := s.send(t, s.bob, func(k ask.Ticket) any {
			return room.Post{Ticket: k, User: s.bob.pid, Kind: journal.Message, Text: "once", ClientID: "x"}
		}).(room.Accepted)
		if a.Duplicate != (i == 1) {
			t.Errorf("post %d: duplicate is %v", i, a.Duplicate)
		}
		ids = append(ids, a.ID)
	}
	if ids[0] != ids[1] || len(said(s.ann.conns[0].shown())) != 1 || len(actortest.Of[room.Echo](s.bob.conns[0].probe)) != 2 {
		t.Errorf("ids %v, ann was shown %q", ids, s.ann.conns[0].shown())
	}
}

// TestEachCommitIsEncodedOncePerClass, however many are shown it.
func TestEachCommitIsEncodedOncePerClass(t *testing.T) {
	calls := map[room.Class]int{}
	s := newScene(t, func(w *world) {
		w.cfg.Encode = func(dst []byte, class room.Class, e room.Event) []byte {
			calls[class]++
			return encode(dst, class, e)
		}
	})
	for i := range 20 {
		s.person(fmt.Sprint("p", i), false, plain, modern).join(s.pid)
	}
	s.s.Run()
	clear(calls)
	s.postAs(t, s.ann)
	if want := (map[room.Class]int{plain: 1, modern: 1}); !reflect.DeepEqual(calls, want) {
		t.Errorf("calls by class: %v", calls)
	}
	first := actortest.Of[*room.Lines](s.people[5].conns[0].probe)
	other := actortest.Of[*room.Lines](s.people[9].conns[0].probe)
	if first[len(first)-1] != other[len(other)-1] {
		t.Error("two sessions of a class were sent two copies")
	}
}

// TestAcceptedComesAfterEveryMailbox: with relays or without, when the asker is
// told, each session has been sent the post.
func TestAcceptedComesAfterEveryMailbox(t *testing.T) {
	for name, at := range map[string]int{"small": 100, "with relays": 2} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(50) {
				delivered, accepted := 0, 0
				count := actor.WithSenderMiddleware(func(next actor.SenderFunc) actor.SenderFunc {
					return func(ctx actor.SenderContext, to *actor.PID, e *actor.MessageEnvelope) {
						switch m := e.Message.(type) {
						case *room.Lines:
							if strings.Contains(string(m.Bytes), "words") {
								delivered++
							}
						case room.Echo:
							delivered++
						case room.Accepted:
							if accepted++; delivered != 10 {
								t.Errorf("seed %d: accepted when %d of 10 were sent it", seed, delivered)
							}
						}
						next(ctx, to, e)
					}
				})
				s := newScene(t, under(actortest.NewSchedule(seed, count)), func(w *world) {
					w.cfg.Limits.RelayAt, w.cfg.Limits.RelaySize = at, 2
				})
				for i := range 8 {
					s.person(fmt.Sprint("p", i), false, plain).join(s.pid)
				}
				s.s.Run()
				s.postAs(t, s.ann)
				if accepted != 1 {
					t.Errorf("seed %d: accepted %d times", seed, accepted)
				}
			}
		})
	}
}

// TestLargeRoomsDoNotRecordComingsAndGoings, but memberships are stored.
func TestLargeRoomsDoNotRecordComingsAndGoings(t *testing.T) {
	s := newScene(t, func(w *world) { w.cfg.Limits.Recorded = 1 })
	cid := s.person("cid", true, plain)
	s.joinAs(t, cid, "")
	s.send(t, cid, func(k ask.Ticket) any { return room.Leave{Ticket: k, User: cid.pid, Kind: journal.Part} })
	if n := len(s.disk.log); n != 2 {
		t.Errorf("%d records: %q", n, s.disk.stored())
	}
	lines := s.ann.conns[0].shown()
	if got := lines[len(lines)-2:]; !reflect.DeepEqual(got, []string{"0 JOIN cid  ", "0 PART cid  "}) {
		t.Errorf("ann was shown %q", got)
	}
	want := []journal.Member{{Account: "ann", Joined: true}, {Account: "bob", Joined: true}, {Account: "cid", Joined: true}, {Account: "cid"}}
	if !reflect.DeepEqual(s.disk.members, want) {
		t.Errorf("memberships: %v", s.disk.members)
	}
}
