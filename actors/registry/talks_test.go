package registry_test

import (
	"fmt"
	"testing"

	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
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
			w.send(w.registry, registry.ToConversation{
				Ticket: from.ticket(), User: from.user, With: to,
				Command: withRef(from.message(fmt.Sprint("text ", i)), from),
			})
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

// withRef gives a command the number of the question that carries it.
func withRef(m room.Post, c *client) room.Post {
	c.ref--
	m.Ref = c.ref
	return m
}

func TestBothSidesOfAConversationHearEveryPost(t *testing.T) {
	eachSeed(t, 100, func(t *testing.T, s order) {
		w := newWorld(t, s, nil, "ann", "bob")
		cs := w.people("ann", "bob")
		second := w.client()
		w.signIn(second, "bob", "bob")
		s.Run()
		for i, c := range cs {
			m := c.message(fmt.Sprint("from ", i))
			w.send(w.registry, registry.ToConversation{
				Ticket: m.Ticket, User: c.user, With: []string{"Bob", "ANN"}[i], Command: m,
			})
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
