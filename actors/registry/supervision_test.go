package registry_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/user"
)

// TestRestartedRoomKeepsItsMembers: the room crashes at any message; in the
// end all who joined are in it, siblings have not noticed, and all hear.
func TestRestartedRoomKeepsItsMembers(t *testing.T) {
	eachSeed(t, 200, func(t *testing.T, s order) {
		w := newWorld(t, s, nil, "ann", "bob")
		cs := w.people("ann", "bob", "cid")
		for _, c := range cs {
			w.join(c, "#green")
			w.join(c, "#blue")
		}
		s.Run()
		for _, c := range cs {
			c.Take()
			w.toRoom("#green", c.ticket(), room.Describe{
				Ticket: ask.Ticket{ReplyTo: c.pid, Ref: c.ref}, User: c.user,
			})
			w.post(c, c.place("#green"), "hello from "+c.profile.Nick)
		}
		s.Run()
		refused := 0
		for _, c := range cs {
			if refusedWith(c, ask.ErrUnknown) {
				refused++
			}
			for _, other := range cs {
				if !c.heard("hello from " + other.profile.Nick) {
					t.Errorf("%s did not hear %s", c.profile.Nick, other.profile.Nick)
				}
			}
			again := actortest.Of[room.Entered](&c.Probe)
			if len(again) != 1 || !again[0].Again || c.ended {
				t.Errorf("%s was told %v", c.profile.Nick, again)
			}
		}
		w.eachAnsweredOnceSince(cs, 3)
		if refused != 1 {
			t.Errorf("%d commands were lost", refused)
		}
		if got := w.present("#green"); got != "ann bob cid" {
			t.Errorf("present: %q", got)
		}
	}, func() actor.PropsOption {
		return actortest.PanicOn(actortest.Is[room.Describe], 2, actortest.Before)
	})
}

// place is the room that the client knows by that name.
func (c *client) place(name string) *actor.PID {
	for _, p := range c.places {
		if p.Name == name {
			return p.Room
		}
	}
	return nil
}

// eachAnsweredOnceSince checks the questions after the first n of each.
func (w *world) eachAnsweredOnceSince(cs []*client, n uint64) {
	w.t.Helper()
	for _, c := range cs {
		got := c.answers()
		for ref := n + 1; ref <= c.ref; ref++ {
			if got[ref] != 1 {
				w.t.Errorf("%s: question %d was answered %d times", c.profile.Nick, ref, got[ref])
			}
		}
	}
}

// fragile fails over a topic or an away message.
var fragile = actor.WithReceiverMiddleware(func(next actor.ReceiverFunc) actor.ReceiverFunc {
	return func(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
		topic, _ := e.Message.(room.SetTopic)
		away, _ := e.Message.(user.SetAway)
		if topic.Topic == "crash" || away.Text == "crash" {
			panic(actortest.Injected{})
		}
		next(ctx, e)
	}
})

// tooOften does what makes an actor fail until it is stopped.
func (w *world) tooOften(fail func()) {
	for range 6 {
		fail()
		time.Sleep(5 * time.Second)
	}
	w.run()
}

// closeRoom makes #green fail until it is closed.
func (w *world) closeRoom(c *client) {
	w.tooOften(func() {
		t := c.ticket()
		w.toRoom("#green", t, room.SetTopic{Ticket: t, Topic: "crash"})
	})
}

// TestARoomThatFailsAgainAndAgainIsClosedForAWhile: its members are told, others
// are refused; when it has cooled off its members are in it, and their
// sessions, which saw it close, are shown all of it.
func TestARoomThatFailsAgainAndAgainIsClosedForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFragileWorld(t, fragile, "ann", "bob")
		cs := w.people("ann", "bob")
		for _, c := range cs {
			w.join(c, "#green")
			w.join(c, "#blue")
		}
		w.run()
		blue := cs[0].place("#blue")
		for round, coolOff := range []time.Duration{time.Minute, 2 * time.Minute} {
			w.closeRoom(cs[0])
			w.isClosed(cs, round+1)
			entries := len(actortest.Of[room.Entered](&cs[1].Probe))
			time.Sleep(coolOff - 10*time.Second)
			w.run()
			if n := len(actortest.Of[room.Entered](&cs[1].Probe)); n != entries {
				t.Errorf("back too soon, after less than %v", coolOff)
			}
			time.Sleep(10 * time.Second)
			w.run()
			back := actortest.Of[room.Entered](&cs[1].Probe)[entries:]
			if len(back) != 1 || back[0].Again || back[0].Event.Room != "#green" || len(back[0].People) != 2 {
				t.Errorf("the session was told %+v", back)
			}
			if got := w.present("#green"); got != "ann bob" {
				t.Errorf("after the cool-off: %q", got)
			}
			text := fmt.Sprint("again ", round)
			w.post(cs[0], cs[0].place("#green"), text)
			w.run()
			if !cs[1].heard(text) || !cs[0].place("#blue").Equal(blue) {
				t.Errorf("after the cool-off nothing is heard")
			}
		}
		w.eachAnsweredOnceSince(cs[:1], 0)
	})
}

// isClosed: members have been told so many times that #green is closed, others
// are refused.
func (w *world) isClosed(members []*client, times int) {
	w.t.Helper()
	for _, c := range members {
		if n := len(actortest.Of[user.RoomLost](&c.Probe)); n != times || c.ended {
			w.t.Fatalf("%s was told %d times", c.profile.Nick, n)
		}
	}
	late := w.client()
	t := late.ticket()
	w.toRoom("#green", t, room.Describe{Ticket: t})
	w.run()
	if !refusedWith(late, room.ErrQuarantined) {
		w.t.Errorf("while closed: %v", late.Got)
	}
}

// TestWhoGoesWhileARoomIsClosedIsNotShownToQuit: the others are shown the room
// without them, and may see them elsewhere by then.
func TestWhoGoesWhileARoomIsClosedIsNotShownToQuit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFragileWorld(t, fragile, "ann", "bob")
		cs := w.people("ann", "bob")
		for _, c := range cs {
			w.join(c, "#green")
		}
		w.run()
		w.closeRoom(cs[0])
		w.detach(cs[1])
		time.Sleep(time.Minute)
		w.run()
		if got := w.present("#green"); got != "ann" {
			t.Errorf("after the cool-off: %q", got)
		}
		if quit := fmt.Sprintf("%d bob", journal.Quit); cs[0].heard(quit) {
			t.Errorf("ann was shown %v", cs[0].Got)
		}
	})
}

// TestWhoWasLeavingAQuarantinedRoomCanLeaveIt: the outcome of the PART goes to
// an actor that is no more, so the member is in the room that is opened again.
func TestWhoWasLeavingAQuarantinedRoomCanLeaveIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFragileWorld(t, fragile, "ann", "bob")
		cs := w.people("ann", "bob")
		for _, c := range cs {
			w.join(c, "#green")
		}
		w.run()
		leave := func() {
			w.send(cs[1].place("#green"), room.Leave{Ticket: cs[1].ticket(), User: cs[1].user, Kind: journal.Part})
			w.run()
		}
		w.send(w.store, stuck{})
		leave()
		w.closeRoom(cs[0])
		w.send(w.store, repaired{})
		time.Sleep(time.Minute)
		w.run()
		if got := w.present("#green"); got != "ann bob" {
			t.Errorf("after the cool-off: %q", got)
		}
		leave()
		if got := w.present("#green"); got != "ann" || len(actortest.Of[room.Left](&cs[1].Probe)) != 1 {
			t.Errorf("after the second PART: %q, %v", got, cs[1].Got)
		}
	})
}

func TestSessionsOfACrashedUserAttachAgain(t *testing.T) {
	eachSeed(t, 200, func(t *testing.T, s order) {
		w := newWorld(t, s, nil, "ann", "bob")
		one, two, bob := w.client(), w.client(), w.client()
		s.Run()
		w.signIn(one, "ann", "ann")
		w.signIn(two, "ann", "ann")
		w.signIn(bob, "bob", "bob")
		s.Run()
		w.send(one.user, user.SetAway{Ticket: one.ticket(), Text: "crash"})
		w.send(two.user, user.SetAway{Ticket: two.ticket(), Text: "tea"})
		s.Run()
		w.send(w.registry, registry.ToUser{Ticket: bob.ticket(), Nick: "ann", Command: user.Whois{
			Ticket: ask.Ticket{ReplyTo: bob.pid, Ref: bob.ref},
		}})
		s.Run()
		w.eachAnsweredOnce()
		if !refusedWith(one, ask.ErrUnknown) {
			t.Errorf("the message that failed: %v", one.Got)
		}
		p := actortest.Of[user.Portrait](&bob.Probe)
		if len(p) != 1 || !p[0].Online || p[0].Profile.Away != "tea" || one.ended || two.ended || bob.ended {
			t.Errorf("after the crash: %v", p)
		}
		if n := len(actortest.Of[user.Up](&one.Probe)) + len(actortest.Of[user.Up](&two.Probe)); n != 2 {
			t.Errorf("%d sessions were asked to attach again", n)
		}
	}, func() actor.PropsOption {
		return actortest.PanicOn(func(m any) bool {
			away, ok := m.(user.SetAway)
			return ok && away.Text == "crash"
		}, 1, actortest.Before)
	})
}
