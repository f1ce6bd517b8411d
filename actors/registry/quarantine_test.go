package registry_test

import (
	"maps"
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

// watched is a fragile world whose rooms and users are counted.
func watched(t *testing.T, test func(w *world, census *actortest.Census)) {
	synctest.Test(t, func(t *testing.T) {
		census := actortest.NewCensus()
		test(newFragileWorld(t, func(p *actor.Props) { p.Configure(fragile, census.Option()) }, "ann", "bob"), census)
	})
}

// crash makes the named room fail once.
func (w *world) crash(c *client, name string) {
	t := c.ticket()
	w.toRoom(name, t, room.SetTopic{Ticket: t, Topic: "crash"})
	w.run()
}

// TestTheSixthFailureInAMinuteClosesARoom and no earlier one; failures that
// are spread over more than that close it never. Nobody else is restarted.
func TestTheSixthFailureInAMinuteClosesARoom(t *testing.T) {
	for _, test := range []struct {
		name     string
		pause    time.Duration
		failures int
		closed   int // RoomLost
	}{
		{"five in a minute", 6 * time.Second, 5, 0},
		{"six in a minute", 6 * time.Second, 6, 1},
		{"thirty, one each thirteen seconds", 13 * time.Second, 30, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			watched(t, func(w *world, census *actortest.Census) {
				cs := w.people("ann", "bob")
				for _, c := range cs {
					w.join(c, "#green")
					w.join(c, "#blue")
				}
				w.run()
				green := cs[0].place("#green").Id
				want := census.Starts()
				if want[green] += test.failures; test.closed > 0 {
					delete(want, green)
				}
				for range test.failures {
					w.crash(cs[0], "#green")
					time.Sleep(test.pause)
				}
				w.run()
				if got := census.Starts(); !maps.Equal(got, want) {
					t.Errorf("started %v, want %v", got, want)
				}
				for _, c := range cs {
					if n := len(actortest.Of[user.RoomLost](&c.Probe)); n != test.closed || c.ended {
						t.Errorf("%s was told %d times, want %d", c.profile.Nick, n, test.closed)
					}
				}
				if got := w.present("#blue"); got != "ann bob" {
					t.Errorf("in the other room: %q", got)
				}
				w.eachAnsweredOnceSince(cs[:1], 0)
			})
		})
	}
}

// TestAQuarantineDoublesUpToAnHour, and begins with a minute again after the
// room has run for longer than that. Its members are in it each time.
func TestAQuarantineDoublesUpToAnHour(t *testing.T) {
	watched(t, func(w *world, census *actortest.Census) {
		cs := w.people("ann", "bob")
		for _, c := range cs {
			w.join(c, "#green")
		}
		w.run()
		users := census.Starts()
		delete(users, cs[0].place("#green").Id)
		for round, minutes := range []int{1, 2, 4, 8, 16, 32, 60, 60, 1} {
			if round == 8 {
				time.Sleep(61 * time.Minute)
			}
			for range 5 {
				w.crash(cs[0], "#green")
				time.Sleep(5 * time.Second)
			}
			entries := len(actortest.Of[room.Entered](&cs[1].Probe))
			w.crash(cs[0], "#green")
			time.Sleep(time.Duration(minutes)*time.Minute - time.Second)
			w.run()
			if n := len(actortest.Of[room.Entered](&cs[1].Probe)); n != entries {
				t.Fatalf("round %d: back within %d minutes", round, minutes)
			}
			time.Sleep(2 * time.Second)
			w.run()
			if got := w.present("#green"); got != "ann bob" {
				t.Fatalf("round %d: after %d minutes %q are in it", round, minutes, got)
			}
			for _, c := range cs {
				if n := len(actortest.Of[user.RoomLost](&c.Probe)); n != round+1 {
					t.Errorf("round %d: %s was told %d times", round, c.profile.Nick, n)
				}
			}
		}
		delete(users, cs[0].place("#green").Id)
		got := census.Starts()
		for id, n := range users {
			if got[id] != n {
				t.Errorf("the user actor %s has started %d times", id, got[id])
			}
		}
	})
}

// TestAMemberOverWhomARoomFailsDoesNotCloseIt: the room fails whenever it is to
// let in an account that it remembers. That is tried again, but not so often
// that all others lose the room.
func TestAMemberOverWhomARoomFailsDoesNotCloseIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		curse := actor.WithReceiverMiddleware(func(next actor.ReceiverFunc) actor.ReceiverFunc {
			return func(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
				if m, ok := e.Message.(room.Join); ok && m.Silent && time.Since(begin) < 21*time.Minute {
					panic(actortest.Injected{Site: "join"})
				}
				next(ctx, e)
			}
		})
		w := newFragileWorld(t, curse, "ann", "bob")
		cs := w.people("ann", "bob")
		for _, c := range cs {
			w.join(c, "#green")
		}
		w.run()
		w.detach(cs[1])
		w.run()
		back := w.people("bob")[0]
		time.Sleep(20 * time.Minute)
		w.run()
		if lost := actortest.Of[user.RoomLost](&cs[0].Probe); len(lost) > 0 || w.present("#green") != "ann" {
			t.Errorf("the room was closed %d times; %q are in it", len(lost), w.present("#green"))
		}
		time.Sleep(3 * time.Minute)
		w.run()
		if got := w.present("#green"); got != "ann bob" || back.place("#green") == nil {
			t.Errorf("afterwards %q are in it", got)
		}
	})
}

// closeTalk makes the conversation of a client with somebody fail until it is
// closed.
func (w *world) closeTalk(c *client, with string) {
	w.tooOften(func() { w.converse(c, with, room.SetTopic{Ticket: c.ticket(), Topic: "crash"}) })
}

// TestAConversationThatFailsIsClosedForAWhile: it is refused, others are not;
// afterwards it goes on, with one order for both.
func TestAConversationThatFailsIsClosedForAWhile(t *testing.T) {
	watched(t, func(w *world, census *actortest.Census) {
		cs := w.people("ann", "bob")
		ann, bob := cs[0], cs[1]
		w.join(ann, "#green")
		w.converse(ann, "bob", ann.message("before"))
		w.converse(ann, "ann", ann.message("to myself"))
		w.run()
		before := census.Starts()
		w.closeTalk(ann, "bob")
		w.converse(bob, "ann", bob.message("while closed"))
		w.converse(ann, "ann", ann.message("to myself again"))
		w.run()
		if !refusedWith(bob, room.ErrQuarantined) || !ann.heard("to myself again") {
			t.Errorf("while closed: %v", bob.Got)
		}
		time.Sleep(time.Minute)
		w.converse(bob, "ann", bob.message("afterwards"))
		w.run()
		if !ann.heard("afterwards") || !bob.heard("afterwards") || ann.heard("while closed") {
			t.Errorf("afterwards: %v", ann.Got)
		}
		w.eachAnsweredOnce()
		restarted := 0
		for id, n := range before {
			if census.Starts()[id] != n {
				restarted++
			}
		}
		if restarted != 1 || len(w.disk.rooms) != 3 {
			t.Errorf("%d actors are not as they were; %d rooms are stored", restarted, len(w.disk.rooms))
		}
	})
}

// TestAConversationOfAFormerGuestIsNotOpenedAgain: who has become an account
// while it was closed is in that account's conversation, which is one.
func TestAConversationOfAFormerGuestIsNotOpenedAgain(t *testing.T) {
	watched(t, func(w *world, census *actortest.Census) {
		cs := w.people("ann", "gil")
		ann, gil := cs[0], cs[1]
		w.converse(gil, "ann", gil.message("as a guest"))
		w.run()
		w.closeTalk(gil, "ann")
		w.send(w.registry, registry.Identify{Ticket: gil.ticket(), User: gil.user, Account: "bob"})
		w.converse(gil, "ann", gil.message("as bob"))
		w.run()
		time.Sleep(2 * time.Minute)
		w.converse(ann, "gil", ann.message("to bob"))
		w.run()
		w.eachAnsweredOnce()
		heard := 0
		for _, m := range actortest.Of[*room.Lines](&gil.Probe) {
			if string(m.Bytes) == "1 ann  to bob\n" {
				heard++
			}
		}
		if heard != 1 {
			t.Errorf("gil was shown it %d times: %v", heard, gil.Got)
		}
		for no, r := range w.disk.rooms {
			if r.Pair[0] > r.Pair[1] {
				t.Errorf("room %d is of the pair %q", no, r.Pair)
			}
		}
		if n := len(w.disk.rooms); n != 2 || len(census.Starts()) != 3 {
			t.Errorf("%d conversations are stored; %d actors live, want two users and a room", n, len(census.Starts()))
		}
	})
}

// TestPostsAtTheJournalAreAnsweredWhenTheirRoomIsClosed: those which it would
// have shown as well as those which it has not seen.
func TestPostsAtTheJournalAreAnsweredWhenTheirRoomIsClosed(t *testing.T) {
	watched(t, func(w *world, _ *actortest.Census) {
		ann := w.people("ann")[0]
		w.join(ann, "#green")
		w.run()
		green := ann.place("#green")
		w.send(w.store, stuck{})
		w.post(ann, green, "at the journal")
		atJournal := ann.ref
		w.run()
		for range 5 {
			w.crash(ann, "#green")
			time.Sleep(5 * time.Second)
		}
		ann.Take()
		w.send(green, room.SetTopic{Topic: "crash"})
		w.post(ann, green, "in the queue")
		inQueue := ann.ref
		w.run()
		w.post(ann, green, "too late")
		tooLate := ann.ref
		w.send(w.store, repaired{})
		w.run()
		got := map[uint64]error{}
		for _, m := range ann.Take() {
			if r, ok := m.(ask.Refused); ok {
				got[r.Ref] = r.Reason
			}
		}
		want := map[uint64]error{atJournal: ask.ErrUnknown, inQueue: ask.ErrUnavailable, tooLate: ask.ErrUnavailable}
		if !maps.Equal(got, want) {
			t.Errorf("refused %v, want %v", got, want)
		}
	})
}
