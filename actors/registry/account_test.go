package registry_test

import (
	"fmt"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// ATTACKS.md 44: two registrations of one name at once: exactly one wins. A
// third person, who has the name as their nick by then, cannot lose it either.
func TestAttack44(t *testing.T) {
	eachSeed(t, 100, func(t *testing.T, s order) {
		w := newWorld(t, s, nil)
		accounts := w.spawn(supervise.Props(account.New(account.Config{
			Records: w.store, Registry: w.registry, TestHash: true, WeakPasswords: true, Run: s.Worker,
		})))
		squatter := w.client()
		w.signIn(squatter, "ann", "")
		for range s.Rand().IntN(8) {
			s.Turn()
		}
		for i := range 4 {
			c := w.client()
			w.send(accounts, account.Register{
				Ticket: c.ticket(), Name: []string{"Ann", "ann", "ANN", "\uff41nn"}[i], Nick: fmt.Sprint("n", i), Password: "correct horse",
			})
		}
		s.Run()
		winners := 0
		for _, c := range w.clients[1:] {
			winners += len(actortest.Of[account.Registered](&c.Probe))
			if n := len(actortest.Of[account.Registered](&c.Probe)) + len(actortest.Of[ask.Refused](&c.Probe)); n != 1 {
				t.Errorf("%d answers", n)
			}
		}
		if squatter.user != nil {
			winners++
		} else if !refusedWith(squatter, registry.ErrNickReserved) {
			t.Errorf("the guest got %v", squatter.Got)
		}
		if winners != 1 || len(w.disk.accounts) > 1 {
			t.Errorf("%d have the name, %d accounts", winners, len(w.disk.accounts))
		}
	})
}

func TestNameOfAFailedRegistrationIsFree(t *testing.T) {
	s := anyOrder(t)
	w := newWorld(t, s, nil)
	c := w.people("bob")[0]
	asker := w.client()
	w.send(w.registry, account.Reserve{Ticket: asker.ticket(), Key: "ann", Name: "Ann"})
	w.send(w.registry, registry.Rename{Ticket: c.ticket(), User: c.user, Nick: "ann"})
	s.Run()
	if !refusedWith(c, registry.ErrNickReserved) {
		t.Errorf("while reserved: %v", c.Got)
	}
	w.send(w.registry, account.Release{Key: "ann"})
	w.send(w.registry, registry.Rename{Ticket: c.ticket(), User: c.user, Nick: "ann"})
	s.Run()
	if c.profile.Nick != "ann" {
		t.Errorf("after the release: %v", c.Got)
	}
	w.send(w.registry, account.Reserve{Ticket: asker.ticket(), Key: "ann", Name: "Ann"})
	w.send(w.registry, account.Reserve{Ticket: asker.ticket(), Key: "ann", Name: "Ann", By: c.user})
	s.Run()
	if !refusedWith(asker, account.ErrHeld) || len(actortest.Of[account.Reserved](&asker.Probe)) != 2 {
		t.Errorf("a nick as a name: %v", asker.Got)
	}
}

// An account's nick need not be its name; whoever else asks is refused, too.
func TestNickIsRegisteredByItsHolderOnly(t *testing.T) {
	s := anyOrder(t)
	w := newWorld(t, s, nil, "robert")
	robert, other, stranger := w.client(), w.people("cid")[0], w.client()
	w.signIn(robert, "bob", "robert")
	s.Run()
	for _, by := range []*actor.PID{nil, other.user} {
		stranger.Take()
		w.send(w.registry, account.Reserve{Ticket: stranger.ticket(), Key: "bob", Name: "bob", By: by})
		s.Run()
		if !refusedWith(stranger, account.ErrHeld) {
			t.Errorf("by %v: %v", by, stranger.Got)
		}
	}
	w.send(w.registry, account.Reserve{Ticket: robert.ticket(), Key: "bob", Name: "bob", By: robert.user})
	s.Run()
	if len(actortest.Of[account.Reserved](&robert.Probe)) != 1 {
		t.Errorf("by its holder: %v", robert.Got)
	}
}
