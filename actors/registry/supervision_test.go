package registry_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
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

// TestQuarantine: a room that fails again and again is closed, its members are
// told, others are refused; when it has cooled off its members are in it.
func TestQuarantine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fragile := actor.WithReceiverMiddleware(func(next actor.ReceiverFunc) actor.ReceiverFunc {
			return func(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
				if m, ok := e.Message.(room.SetTopic); ok && m.Topic == "crash" {
					panic(actortest.Injected{})
				}
				next(ctx, e)
			}
		})
		w := newFragileWorld(t, fragile, "ann", "bob")
		cs := w.people("ann", "bob")
		for _, c := range cs {
			w.join(c, "#green")
			w.join(c, "#blue")
		}
		w.run()
		blue := cs[0].place("#blue")
		for round, coolOff := range []time.Duration{time.Minute, 2 * time.Minute} {
			for range 6 {
				w.toRoom("#green", cs[0].ticket(), room.SetTopic{
					Ticket: ask.Ticket{ReplyTo: cs[0].pid, Ref: cs[0].ref}, Topic: "crash",
				})
				time.Sleep(5 * time.Second)
			}
			w.run()
			for _, c := range cs {
				if n := len(actortest.Of[user.RoomLost](&c.Probe)); n != round+1 || c.ended {
					t.Fatalf("%s was told %d times", c.profile.Nick, n)
				}
			}
			late := w.client()
			w.toRoom("#green", late.ticket(), room.Describe{Ticket: ask.Ticket{ReplyTo: late.pid, Ref: late.ref}})
			w.run()
			if !refusedWith(late, room.ErrQuarantined) {
				t.Errorf("while closed: %v", late.Got)
			}
			entries := len(actortest.Of[room.Entered](&cs[1].Probe))
			time.Sleep(coolOff - 10*time.Second)
			w.run()
			if n := len(actortest.Of[room.Entered](&cs[1].Probe)); n != entries {
				t.Errorf("back too soon, after less than %v", coolOff)
			}
			time.Sleep(10 * time.Second)
			w.run()
			if n := len(actortest.Of[room.Entered](&cs[1].Probe)); n != entries+1 {
				t.Errorf("the session was told %d times that the room is back", n-entries)
			}
			if got := w.present("#green"); got != "ann bob" {
				t.Errorf("after the cool-off: %q", got)
			}
			text := fmt.Sprint("again ", round)
			entered := actortest.Of[room.Entered](&cs[0].Probe)
			w.post(cs[0], entered[len(entered)-1].Room, text)
			w.run()
			if !cs[1].heard(text) || !cs[0].place("#blue").Equal(blue) {
				t.Errorf("after the cool-off nothing is heard")
			}
		}
		w.eachAnsweredOnceSince(cs[:1], 0)
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
