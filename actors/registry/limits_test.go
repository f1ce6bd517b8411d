package registry_test

import (
	"errors"
	"testing"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// What rooms take of the memory is bounded by how many run, also of those that
// are known: one that is refused is there again when another has ended.
func TestNoMoreRoomsRunThanMay(t *testing.T) {
	s := anyOrder(t)
	w := newWorld(t, s, func(cfg *registry.Config, _ *disk) { cfg.Limits.Running = 2 }, "ann", "bob")
	cs := w.people("ann", "bob")
	for _, name := range []string{"#one", "#two"} {
		w.join(cs[0], name)
		s.Run()
	}
	for _, want := range []error{registry.ErrTooManyRooms, nil} {
		cs[1].Take()
		w.join(cs[1], "#three")
		s.Run()
		if refused := refusedWith(cs[1], registry.ErrTooManyRooms); refused != (want != nil) {
			t.Errorf("wanted %v: got %v", want, cs[1].Got)
		}
		w.send(cs[0].place("#one"), room.Leave{Ticket: cs[0].ticket(), User: cs[0].user})
		s.Run()
	}
	cs[0].Take()
	w.converse(cs[0], "bob", cs[0].message("conversations have a limit of their own"))
	s.Run()
	if got := actortest.Of[room.Accepted](&cs[0].Probe); len(got) != 1 {
		t.Errorf("got %v", cs[0].Got)
	}
}

func TestNoMoreAccountsAreMadeThanMay(t *testing.T) {
	s := anyOrder(t)
	w := newWorld(t, s, func(cfg *registry.Config, _ *disk) { cfg.Limits.Accounts = 2 }, "ann")
	c := w.client()
	reserve := func(name string) {
		w.send(w.registry, account.Reserve{Ticket: c.ticket(), Key: name, Name: name})
		s.Run()
	}
	reserve("bob")
	if got := actortest.Of[account.Reserved](&c.Probe); len(got) != 1 {
		t.Fatalf("got %v", c.Got)
	}
	reserve("cid")
	if !refusedWith(c, account.ErrFull) || !errors.Is(account.ErrFull, account.ErrClosed) { // so that it is told as that
		t.Errorf("got %v", c.Got)
	}
	w.send(w.registry, account.Release{Key: "bob"})
	c.Take()
	reserve("cid")
	if got := actortest.Of[account.Reserved](&c.Probe); len(got) != 1 {
		t.Errorf("a name that was given back counts: %v", c.Got)
	}
}
