package registry_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/user"
)

// TestDirectMessages: to somebody who is there, who is not, and who comes and
// goes meanwhile: each is stored once, answered once and shown to all sessions
// of both who were there all the time.
func TestDirectMessages(t *testing.T) {
	eachSeed(t, 200, func(t *testing.T, s order) {
		w := newWorld(t, s, nil, "ann", "bob", "cid")
		ann, guest := w.people("ann", "gus")[0], w.people("gil")[0]
		var bobs []*client
		for i := range 20 {
			switch s.Rand().IntN(3) {
			case 0:
				c := w.client()
				bobs = append(bobs, c)
				w.signIn(c, "bob", "bob")
			case 1:
				if n := len(bobs); n > 0 && bobs[n-1].user != nil {
					w.detach(bobs[n-1])
					bobs = bobs[:n-1]
				}
			}
			from, to := ann, []string{"bob", "cid", "gil", "ann"}[s.Rand().IntN(4)]
			if s.Rand().IntN(4) == 0 {
				from, to = guest, "bob"
			}
			w.converse(from, to, from.message(fmt.Sprint("text ", i)))
			for range s.Rand().IntN(30) {
				s.Turn()
			}
		}
		s.Run()
		w.eachAnsweredOnce()
		if len(w.disk.log) != 20 {
			t.Errorf("%d are stored", len(w.disk.log))
		}
		for _, r := range w.disk.log {
			from := ann
			if r.Author.Nick == "gil" {
				from = guest
			}
			if !from.heard(r.Text) {
				t.Errorf("%s has no echo of %q", r.Author.Nick, r.Text)
			}
		}
		for _, c := range w.clients {
			if c.user != nil {
				w.detach(c)
			}
		}
		s.Run()
		w.onlyClientsLeft()
	})
}

// TestAMessageToWhoNeverSignedInIsFoundAfterTheirLogin: whoever wrote it, and
// though nobody and nothing of the conversation is there any more.
func TestAMessageToWhoNeverSignedInIsFoundAfterTheirLogin(t *testing.T) {
	eachSeed(t, 100, func(t *testing.T, s order) {
		from := []string{"ann", "gil"}[s.Rand().IntN(2)]
		w := newWorld(t, s, nil, "ann", "Bob")
		author := w.people(from)[0]
		w.converse(author, "bob", author.message("hello"))
		s.Run()
		w.eachAnsweredOnce()
		w.detach(author)
		s.Run()
		w.onlyClientsLeft()

		bob := w.people("Bob")[0]
		w.send(w.store, records.Memberships{Ticket: bob.ticket(), Account: "bob"})
		s.Run()
		found := actortest.Of[records.Remembered](&bob.Probe)
		if len(found) != 1 || len(found[0].List) != 1 || !slices.Contains(found[0].List[0].Pair[:], author.profile.ID) {
			t.Fatalf("bob's conversations: %+v", found)
		}
		if from == "gil" {
			return // a guest who is gone has no name to ask by
		}
		w.converse(bob, "ann", room.History{Ticket: bob.ticket(), User: bob.user, Query: journal.Query{Where: journal.Latest, Limit: 1}})
		s.Run()
		pages := actortest.Of[journal.Page](&bob.Probe)
		if len(pages) != 1 || len(pages[0].Records) != 1 || pages[0].Records[0].Text != "hello" {
			t.Errorf("bob reads %+v, %v", pages, bob.Got)
		}
	})
}

// TestAUserThatFailsLeavesNoPostUnanswered: a post that was at the journal when
// one of the two user actors was given up is shown and accepted, and what comes
// after it goes to the next one.
func TestAUserThatFailsLeavesNoPostUnanswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFragileWorld(t, fragile, "ann", "bob")
		cs := w.people("ann", "bob")
		ann, bob := cs[0], cs[1]
		w.converse(ann, "bob", ann.message("first"))
		w.run()
		w.send(w.store, stuck{})
		w.converse(ann, "bob", ann.message("second"))
		w.run()
		w.tooOften(func() { w.send(bob.user, user.SetAway{Ticket: bob.ticket(), Text: "crash"}) })
		if !bob.ended {
			t.Fatal("the user actor was not given up")
		}
		w.converse(ann, "bob", ann.message("third"))
		w.run()
		w.send(w.store, repaired{})
		w.run()
		w.eachAnsweredOnce()
		if accepted := actortest.Of[room.Accepted](&ann.Probe); len(accepted) != 3 || len(w.disk.rooms) != 1 {
			t.Errorf("accepted %v in %d conversations", accepted, len(w.disk.rooms))
		}
	})
}

// converse sends a command to the conversation with somebody.
func (w *world) converse(c *client, with string, command ask.Asked) {
	w.send(w.registry, registry.ToConversation{Ticket: command.Asker(), User: c.user, With: with, Command: command})
}

func TestBothSidesOfAConversationHearEveryPost(t *testing.T) {
	eachSeed(t, 100, func(t *testing.T, s order) {
		w := newWorld(t, s, nil, "ann", "bob")
		cs := w.people("ann", "bob")
		second := w.client()
		w.signIn(second, "bob", "bob")
		s.Run()
		for i, c := range cs {
			w.converse(c, []string{"Bob", "ANN"}[i], c.message(fmt.Sprint("from ", i)))
		}
		s.Run()
		w.eachAnsweredOnce()
		for i, c := range []*client{cs[0], cs[1], second} {
			if !c.heard("from 0") || !c.heard("from 1") {
				t.Errorf("session %d: %v", i, c.Got)
			}
		}
		if len(w.disk.rooms) != 1 {
			t.Errorf("%d conversations", len(w.disk.rooms))
		}
	})
}

// Rooms that are full do not silence people, nor do conversations keep rooms
// from being made.
func TestConversationsAndRoomsAreLimitedApart(t *testing.T) {
	s := anyOrder(t)
	w := newWorld(t, s, func(cfg *registry.Config, _ *disk) {
		cfg.Limits.Rooms, cfg.Limits.Talks = 1, 1
	}, "ann", "bob", "cid")
	cs := w.people("ann", "bob", "cid")
	ann, bob, cid := cs[0], cs[1], cs[2]
	for _, test := range []struct {
		who  *client
		do   func(*client)
		want error
	}{
		{ann, func(c *client) { w.converse(c, "bob", c.message("first")) }, nil},
		{cid, func(c *client) { w.join(c, "#one") }, nil},
		{cid, func(c *client) { w.converse(c, "ann", c.message("second")) }, ask.ErrBusy},
		{cid, func(c *client) { w.join(c, "#two") }, registry.ErrTooManyRooms},
		{ann, func(c *client) { w.converse(c, "bob", c.message("third")) }, nil},
		{bob, w.detach, nil},
		{cid, func(c *client) { w.converse(c, "ann", c.message("fourth")) }, nil},
		{ann, func(c *client) { w.converse(c, "bob", c.message("fifth")) }, ask.ErrBusy},
	} {
		test.who.Take()
		test.do(test.who)
		s.Run()
		refused := actortest.Of[ask.Refused](&test.who.Probe)
		if test.want == nil && len(refused) > 0 || test.want != nil && !refusedWith(test.who, test.want) {
			t.Errorf("wanted %v: got %v", test.want, test.who.Got)
		}
	}
	if len(w.disk.log) != 4 { // three posts and a join
		t.Errorf("stored: %v", w.disk.log)
	}
}
