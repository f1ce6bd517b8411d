package room_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// restless lets a room of three sessions rest for 6 ms.
func restless(s *scene) {
	s.cfg.Limits.Delivery = 2 * time.Millisecond
	s.raise()
	s.enter(s.ann, s.bob, s.eve)
	time.Sleep(maxRest)
	synctest.Wait()
}

const maxRest = 50 * time.Millisecond

// bulletins counts in how many parts somebody was shown posts.
func (p *person) bulletins() (n int) {
	for _, l := range actortest.Of[*room.Lines](p.conns[0].probe) {
		if strings.Contains(string(l.Bytes), " MSG ") {
			n++
		}
	}
	return n
}

// TestALargeRoomShowsInOneWhatWasStoredMeanwhile: the first post at once, those
// of the rest together when it is over, and no later.
func TestALargeRoomShowsInOneWhatWasStoredMeanwhile(t *testing.T) {
	bubble(t, actortest.System, func(t *testing.T, s *scene) {
		restless(s)
		for i := range 6 {
			s.ann.post(s.pid, s.ann.conns[0], fmt.Sprint(i))
			synctest.Wait()
			if n := s.bob.bulletins(); n != 1 {
				t.Errorf("after %d ms bob was shown %d bulletins", i, n)
			}
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		if got, want := said(s.bob.conns[0].shown()), said(s.disk.stored()); s.bob.bulletins() != 2 || !reflect.DeepEqual(got, want) {
			t.Errorf("bob was shown %q in %d bulletins, want %q in 2", got, s.bob.bulletins(), want)
		}
		if n := len(actortest.Of[room.Accepted](s.ann.conns[0].probe)); n != 6 {
			t.Errorf("%d of 6 posts are accepted", n)
		}
	})
}

// TestARestEndsWhenMuchIsKept, before it is too much for one write.
func TestARestEndsWhenMuchIsKept(t *testing.T) {
	bubble(t, actortest.System, func(t *testing.T, s *scene) {
		restless(s)
		for range 40 {
			s.ann.post(s.pid, s.ann.conns[0], strings.Repeat("x", 4000))
			synctest.Wait()
		}
		if n := len(said(s.bob.conns[0].shown())); n < 30 {
			t.Errorf("bob was shown %d posts of 40, and no time has passed", n)
		}
	})
}

// TestWhatIsNotStoredWaitsItsTurn: a refusal and a departure that is not worth
// a record come behind what was stored before them.
func TestWhatIsNotStoredWaitsItsTurn(t *testing.T) {
	bubble(t, actortest.System, func(t *testing.T, s *scene) {
		s.cfg.Limits.Recorded = 1
		restless(s)
		for i := range 2 {
			s.ann.post(s.pid, s.ann.conns[0], fmt.Sprint(i))
			synctest.Wait()
		}
		s.disk.set(func() { s.disk.broken = ask.ErrUnavailable })
		s.eve.post(s.pid, s.eve.conns[0], "lost")
		synctest.Wait()
		s.sys.Root.Stop(s.ann.pid)
		time.Sleep(maxRest)
		synctest.Wait()
		got := s.bob.conns[0].shown()
		want := []string{"4 MSG ann  0", "5 MSG ann  1", "0 QUIT ann  connection lost"}
		if len(got) < 3 || !reflect.DeepEqual(got[len(got)-3:], want) {
			t.Errorf("bob was shown %q", got)
		}
		if got := s.eve.conns[0].refusal(t); got != ask.ErrUnavailable {
			t.Errorf("eve's post was refused for %v", got)
		}
	})
}

// TestDeparturesFromALargeRoomGoTogether: what is not worth a record is shown with
// the rest, and each of it once by whoever has seen it elsewhere.
func TestDeparturesFromALargeRoomGoTogether(t *testing.T) {
	bubble(t, actortest.System, func(t *testing.T, s *scene) {
		s.cfg.Limits.Recorded = 1
		restless(s)
		s.bob.post(s.pid, s.bob.conns[0], "who is there?")
		synctest.Wait()
		before := len(actortest.Of[*room.Lines](s.bob.conns[0].probe))
		for _, p := range []*person{s.ann, s.eve} {
			s.sys.Root.Send(s.pid, room.Leave{Ticket: p.conns[0].ticket(), User: p.pid, Kind: journal.Quit, Reason: "bye"})
			s.sys.Root.Send(s.pid, room.Post{Ticket: p.conns[0].ticket(), User: p.pid, Kind: journal.Message, Text: "too late"})
		}
		synctest.Wait()
		shown := actortest.Of[*room.Lines](s.bob.conns[0].probe)
		if len(shown) != before {
			t.Error("bob was shown a departure while the room rests")
		}
		time.Sleep(maxRest)
		synctest.Wait()
		shown = actortest.Of[*room.Lines](s.bob.conns[0].probe)[before:]
		if len(shown) != 1 || string(shown[0].Bytes) != "1 0 QUIT ann  bye\n1 0 QUIT eve  bye\n" {
			t.Fatalf("bob was shown %q", s.bob.conns[0].shown())
		}
		half := len(shown[0].Bytes) / 2
		if p := shown[0].Parts; len(p) != 2 || p[0].End != half || p[1].End != 2*half || p[0].Once == 0 || p[0].Once == p[1].Once {
			t.Errorf("it has the parts %v", p)
		}
	})
}

// TestRestsAndHoldingChangeNothingElse: under any schedule, with a journal that
// refuses one commit in seven, and with relays.
func TestRestsAndHoldingChangeNothingElse(t *testing.T) {
	sys := actortest.System(t)
	for name, set := range map[string]func(l *room.Limits, seed uint64){
		"rests": func(l *room.Limits, _ uint64) { l.Delivery = time.Millisecond },
		"holds": func(l *room.Limits, seed uint64) {
			l.HoldAt = 1
			if seed%3 == 0 {
				l.Delivery = time.Millisecond
			}
		},
	} {
		for seed := range uint64(seeds) {
			t.Run(fmt.Sprint(name, "/seed=", seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, seed, on(sys), func(w *world) { w.disk.fail = 0.15 })
					set(&w.cfg.Limits, seed)
					if seed%2 == 0 {
						relays(w)
					}
					w.idle = func() {
						time.Sleep(time.Duration(w.s.Rand().IntN(5)) * time.Millisecond)
						synctest.Wait()
					}
					w.storm(w.start(), 120)
					for turns := 1; turns > 0; turns = w.s.Run() {
						time.Sleep(maxRest)
						synctest.Wait()
					}
					w.audit(t, false)
				})
			})
		}
	}
}
