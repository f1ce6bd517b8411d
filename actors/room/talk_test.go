package room_test

import (
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// talk is a conversation of ann and bob.
func talk(w *world) (ann, bob *person) {
	ann, bob = w.person("ann", true, plain, modern), w.person("bob", true, plain)
	w.cfg.Key, w.cfg.Name = "", ""
	w.cfg.Pair = [2]string{"ann", "bob"}
	w.cfg.People = [2]*actor.PID{ann.pid, bob.pid}
	return ann, bob
}

// TestAConversationWaitsUntilBothHaveAttached: nothing said meanwhile is lost,
// both see one order, and both accounts remember it.
func TestAConversationWaitsUntilBothHaveAttached(t *testing.T) {
	sys := actortest.System(t)
	for seed := range uint64(seeds) {
		w := newWorld(t, seed, on(sys))
		ann, bob := talk(w)
		pid := w.start()
		for i := range 5 {
			ann.post(pid, ann.conns[i%2], fmt.Sprint("a", i))
			bob.post(pid, bob.conns[0], fmt.Sprint("b", i))
		}
		w.s.Run()
		for _, c := range append(ann.conns, bob.conns...) {
			if got, want := c.shown(), w.disk.stored(); len(want) != 10 || !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d: shown %q, stored %q", seed, got, want)
			}
			if n := len(actortest.Of[room.Entered](c.probe)); n != 0 {
				t.Errorf("seed %d: entered %d times", seed, n)
			}
		}
		want := []journal.Member{{Account: "ann", Joined: true}, {Account: "bob", Joined: true}}
		if len(w.disk.members) < 2 || !reflect.DeepEqual(w.disk.members[:2], want) {
			t.Errorf("seed %d: memberships %v", seed, w.disk.members)
		}
	}
}

// TestAConversationStoresWhatTheAbsentMiss: who is away has no session, and is
// shown it when a session comes; the room may be retired meanwhile.
func TestAConversationStoresWhatTheAbsentMiss(t *testing.T) {
	w := newWorld(t, 1)
	ann, bob := talk(w)
	gone := bob.conns
	bob.conns = nil
	pid := w.start()
	ann.post(pid, ann.conns[0], "are you there")
	w.s.Run()
	if _, ok := ann.conns[0].answer(t).(room.Accepted); !ok || len(w.disk.log) != 1 {
		t.Errorf("answered %v", ann.conns[0].answer(t))
	}
	if !w.summary(t).Empty {
		t.Error("half a conversation may be retired")
	}
	bob.conns = gone
	w.sys.Root.Send(pid, room.Attach{Member: bob.member()})
	ann.post(pid, ann.conns[0], "now you are")
	w.s.Run()
	if got := bob.conns[0].shown(); !reflect.DeepEqual(got, []string{"2 MSG ann  now you are"}) {
		t.Errorf("bob was shown %q", got)
	}
	w.sys.Root.Send(pid, room.Leave{Ticket: bob.conns[0].ticket(), User: bob.pid, Kind: journal.Quit})
	w.s.Run()
	if _, ok := bob.conns[0].answer(t).(room.Left); !ok || len(w.disk.log) != 2 {
		t.Errorf("bob's quit: %v, %q", bob.conns[0].answer(t), w.disk.stored())
	}
}

func TestStrangersHaveNoPartInAConversation(t *testing.T) {
	w := newWorld(t, 1)
	ann, _ := talk(w)
	eve := w.person("eve", true, plain)
	pid := w.start()
	for _, command := range []func(ask.Ticket) any{
		func(k ask.Ticket) any { return room.Join{Ticket: k, Member: eve.member()} },
		func(k ask.Ticket) any { return room.Post{Ticket: k, User: eve.pid, Kind: journal.Message, Text: "x"} },
		func(k ask.Ticket) any { return room.History{Ticket: k, User: eve.pid} },
		func(k ask.Ticket) any { return room.SetTopic{Ticket: k, User: ann.pid, Topic: "x"} },
		func(k ask.Ticket) any { return room.Kick{Ticket: k, User: ann.pid, Nick: "bob"} },
		func(k ask.Ticket) any { return room.Invite{Ticket: k, User: ann.pid, Invited: eve.pid} },
		func(k ask.Ticket) any {
			return room.SetModes{Ticket: k, User: ann.pid, Changes: parse([]string{"+b x"})}
		},
		func(k ask.Ticket) any { return room.Describe{Ticket: k, User: eve.pid} },
	} {
		w.sys.Root.Send(pid, command(eve.conns[0].ticket()))
		w.s.Run()
		if got := eve.conns[0].refusal(t); got != room.ErrNotPresent {
			t.Errorf("refused for %v", got)
		}
	}
	w.sys.Root.Send(pid, room.Attach{Member: eve.member()})
	w.s.Run()
	ann.post(pid, ann.conns[0], "private")
	w.s.Run()
	if len(eve.conns[0].shown()) != 0 {
		t.Errorf("eve was shown %q", eve.conns[0].shown())
	}
}

// TestAMessageToOneself: one person, one member.
func TestAMessageToOneself(t *testing.T) {
	w := newWorld(t, 1)
	ann := w.person("ann", true, plain, plain)
	w.cfg.Key, w.cfg.Name, w.cfg.Pair = "", "", [2]string{"ann", "ann"}
	w.cfg.People = [2]*actor.PID{ann.pid, ann.pid}
	pid := w.start()
	ann.post(pid, ann.conns[0], "note")
	w.s.Run()
	for _, c := range ann.conns {
		if got := c.shown(); len(got) != 1 {
			t.Errorf("shown %q", got)
		}
	}
	if !reflect.DeepEqual(w.disk.members, []journal.Member{{Account: "ann", Joined: true}}) {
		t.Errorf("memberships %v", w.disk.members)
	}
}

// bubble runs a scene in virtual time, on the system's own dispatchers.
func bubble(t *testing.T, system func(testing.TB) *actor.ActorSystem, f func(t *testing.T, s *scene)) {
	synctest.Test(t, func(t *testing.T) {
		s := &scene{world: &world{
			t: t, sys: system(t), s: actortest.NewSchedule(1), disk: newDisk(1), legacy: &room.Legacy{},
		}}
		s.cfg = room.Config{Key: "#green", Name: "#Green", Encode: encode, Now: time.Now}
		spawn := func(a actor.Producer) *actor.PID { return s.sys.Root.Spawn(supervise.Props(a)) }
		s.reg, s.cfg.Registry = actortest.NewProbe(s.sys)
		s.cfg.Journal, s.cfg.Records = spawn(s.disk.journal), spawn(s.disk.records)
		for _, nick := range []string{"ann", "bob", "eve"} {
			p := &person{w: s.world}
			p.profile.ID, p.profile.Account, p.profile.Nick = nick, nick, nick
			p.pid = spawn(func() actor.Actor { return p })
			probe, pid := actortest.NewProbe(s.sys)
			p.conns = []*conn{{probe: probe, pid: pid, class: plain}}
			s.people = append(s.people, p)
		}
		s.ann, s.bob, s.eve = s.people[0], s.people[1], s.people[2]
		f(t, s)
		s.sys.Root.Stop(s.pid)
		synctest.Wait()
	})
}

// raise starts the room on the system's own dispatcher.
func (s *scene) raise() {
	props := room.Props(s.cfg, s.legacy).Clone(actor.WithGuardian(&supervise.Backoff{Limit: 100}))
	s.pid = s.sys.Root.Spawn(props)
	synctest.Wait()
}

func (s *scene) enter(people ...*person) {
	for _, p := range people {
		p.join(s.pid)
		synctest.Wait()
	}
}

// TestGatheringEndsWithoutThoseWhoDoNotAnswer: five seconds after a restart
// the room goes on, and who comes later is told that they are out.
func TestGatheringEndsWithoutThoseWhoDoNotAnswer(t *testing.T) {
	bubble(t, actortest.System, func(t *testing.T, s *scene) {
		s.cfg.Encode = fragileOnce("boom")
		s.raise()
		s.enter(s.ann, s.bob)
		s.sys.Root.Send(s.bob.pid, mute{})
		synctest.Wait()
		s.ann.post(s.pid, s.ann.conns[0], "boom")
		synctest.Wait()
		asked := time.Now()
		s.ann.post(s.pid, s.ann.conns[0], "waits")
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if n := len(actortest.Of[room.Accepted](s.ann.conns[0].probe)); n != 0 {
			t.Errorf("%d posts were accepted before bob had answered", n)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		got := s.ann.conns[0].shown()
		want := []string{"1 JOIN ann  ", "2 JOIN bob  ", "3 MSG ann  boom", "0 QUIT bob  connection lost", "4 MSG ann  waits"}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("after %v ann was shown %q", time.Since(asked), got)
		}
		s.sys.Root.Send(s.pid, room.Attach{Member: s.bob.member()})
		synctest.Wait()
		if s.bob.in {
			t.Error("bob was not told")
		}
	})
}

// TestWhoComesLateToAConversationTakesPart, until their user actor ends.
func TestWhoComesLateToAConversationTakesPart(t *testing.T) {
	bubble(t, actortest.System, func(t *testing.T, s *scene) {
		s.cfg.Key, s.cfg.Name, s.cfg.Pair = "", "", [2]string{"ann", "bob"}
		s.cfg.People = [2]*actor.PID{s.ann.pid, s.bob.pid}
		s.sys.Root.Send(s.bob.pid, mute{})
		s.raise()
		s.ann.post(s.pid, s.ann.conns[0], "alone")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		s.sys.Root.Send(s.pid, room.Attach{Member: s.bob.member()})
		s.ann.post(s.pid, s.ann.conns[0], "together")
		synctest.Wait()
		if got := s.bob.conns[0].shown(); !reflect.DeepEqual(got, []string{"2 MSG ann  together"}) {
			t.Errorf("bob was shown %q", got)
		}
		if s.summary(t).Empty {
			t.Error("a conversation of two may not be retired")
		}
		s.sys.Root.Stop(s.bob.pid)
		synctest.Wait()
		if !s.summary(t).Empty {
			t.Error("a conversation that lost one may be retired")
		}
	})
}

// TestASessionOfWhoIsLeavingEntersAfterwards: somebody who has quit comes back
// while the room that was to show it fails. The new session is not let in, to
// be thrown out again, but waits for the Join that follows.
func TestASessionOfWhoIsLeavingEntersAfterwards(t *testing.T) {
	bubble(t, actortest.System, func(t *testing.T, s *scene) {
		s.cfg.Encode = fragileOnce("boom")
		s.raise()
		s.enter(s.ann, s.bob)
		s.disk.set(func() { s.disk.hold = true })
		s.sys.Root.Send(s.pid, room.Leave{User: s.ann.pid, Kind: journal.Quit, Reason: "gone"})
		s.bob.post(s.pid, s.bob.conns[0], "boom")
		synctest.Wait()
		probe, pid := actortest.NewProbe(s.sys)
		s.ann.conns = []*conn{{probe: probe, pid: pid, class: plain}}
		s.disk.set(func() { s.disk.hold = false })
		s.bob.post(s.pid, s.bob.conns[0], "goes on")
		time.Sleep(time.Second)
		synctest.Wait()
		if len(probe.Got) > 0 {
			t.Errorf("the new session was sent %v", probe.Got)
		}
		if s.ann.in {
			t.Error("ann is still in")
		}
		if got := said(s.bob.conns[0].shown()); len(got) == 0 || got[len(got)-1] != "5 MSG bob  goes on" {
			t.Errorf("bob was shown %q", got)
		}
	})
}

// TestWhoMissedTheQuestionIsAskedAgain: a user that fails at Up takes part in
// the conversation all the same, and nobody waits longer than that takes.
func TestWhoMissedTheQuestionIsAskedAgain(t *testing.T) {
	bubble(t, actortest.System, func(t *testing.T, s *scene) {
		s.cfg.Key, s.cfg.Name, s.cfg.Pair = "", "", [2]string{"ann", "bob"}
		s.cfg.People = [2]*actor.PID{s.ann.pid, s.bob.pid}
		s.sys.Root.Send(s.bob.pid, mute{})
		s.raise()
		s.sys.Root.Send(s.bob.pid, loud{})
		s.bob.post(s.pid, s.bob.conns[0], "here")
		time.Sleep(time.Second)
		synctest.Wait()
		if got := s.bob.conns[0].refusal(t); got != nil {
			t.Errorf("bob's post was refused for %v", got)
		}
		if got := s.ann.conns[0].shown(); !reflect.DeepEqual(got, []string{"1 MSG bob  here"}) {
			t.Errorf("ann was shown %q", got)
		}
	})
}

func fragileOnce(text string) room.Encoder {
	failed := false
	return func(dst []byte, class room.Class, e room.Event) []byte {
		if e.Record.Text == text && !failed {
			failed = true
			panic(actortest.Injected{Site: "encoder"})
		}
		return encode(dst, class, e)
	}
}

// TestLoadingIsTriedAgain: while the records are down commands are refused,
// and the first one after that is done.
func TestLoadingIsTriedAgain(t *testing.T) {
	bubble(t, actortest.System, func(t *testing.T, s *scene) {
		s.disk.set(func() { s.disk.broken = ask.ErrUnavailable })
		s.raise()
		s.enter(s.ann)
		time.Sleep(1500 * time.Millisecond)
		synctest.Wait()
		if got := s.ann.conns[0].refusal(t); got != ask.ErrUnavailable {
			t.Errorf("refused for %v", got)
		}
		s.disk.set(func() { s.disk.broken = nil })
		time.Sleep(time.Second)
		s.enter(s.ann)
		if !s.ann.in {
			t.Error("ann is not in")
		}
		if s.disk.opens > 4 {
			t.Errorf("%d attempts", s.disk.opens)
		}
	})
}

// TestALostStateChangeIsGivenUp: the room begins again with what is stored.
func TestALostStateChangeIsGivenUp(t *testing.T) {
	bubble(t, tolerant, func(t *testing.T, s *scene) {
		s.raise()
		s.enter(s.ann)
		s.disk.set(func() { s.disk.hold = true })
		s.sys.Root.Send(s.pid, room.SetTopic{Ticket: s.ann.conns[0].ticket(), User: s.ann.pid, Topic: "lost"})
		synctest.Wait()
		s.disk.set(func() { s.disk.queue, s.disk.hold = nil, false })
		s.ann.post(s.pid, s.ann.conns[0], "waits")
		time.Sleep(46 * time.Second)
		synctest.Wait()
		if got := s.ann.conns[0].refusal(t); got != ask.ErrBusy {
			t.Errorf("what waited was refused for %v", got)
		}
		s.ann.post(s.pid, s.ann.conns[0], "goes")
		synctest.Wait()
		if got := s.ann.conns[0].refusal(t); got != nil || s.ann.epoch != 2 {
			t.Errorf("then: %v, epoch %d", got, s.ann.epoch)
		}
	})
}

// tolerant is a system in which actors may panic.
func tolerant(t testing.TB) *actor.ActorSystem {
	sys := supervise.NewSilentSystem()
	t.Cleanup(sys.Shutdown)
	return sys
}
