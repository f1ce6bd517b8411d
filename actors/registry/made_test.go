package registry_test

import (
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/actors/user"
)

// TestAnAccountIsKnownWhateverRestartsWhileItIsMade: the registry, or the part
// that makes accounts, restarts at any moment of a registration. Nobody gets the name of an account that is
// stored, and its owner can be written to.
func TestAnAccountIsKnownWhateverRestartsWhileItIsMade(t *testing.T) {
	eachSeed(t, 200, func(t *testing.T, s order) {
		w := newWorld(t, s, nil)
		accounts := w.spawn(supervise.Props(account.New(account.Config{
			Records: w.store, Registry: w.registry, TestHash: true, Run: s.Worker,
		})))
		c := w.client()
		w.send(accounts, account.Register{Ticket: c.ticket(), Name: "ann", Nick: "n", Password: "Zq8#vLw2!xTe"})
		turns(s, 10)
		restart(w, w.registry)
		turns(s, 20)
		restart(w, []*actor.PID{w.registry, accounts}[s.Rand().IntN(2)])
		s.Run()
		if len(w.disk.accounts) == 0 {
			return
		}
		guest, asker := w.client(), w.people("bob")[0]
		w.signIn(guest, "ann", "")
		w.send(w.registry, registry.ToUser{Ticket: asker.ticket(), Nick: "ann", Offline: true, Command: user.Whois{Ticket: asker.ticket()}})
		s.Run()
		if guest.user != nil || !refusedWith(guest, registry.ErrNickReserved) {
			t.Errorf("a guest has the name of an account: %v", guest.Got)
		}
		if refusedWith(asker, registry.ErrNoNick) {
			t.Error("nobody can write to the account")
		}
	})
}

// A registration that has failed took its name before the registry restarted,
// and another has made an account of it since.
func TestTheNameOfAnAccountIsNotReleased(t *testing.T) {
	s := anyOrder(t)
	w := newWorld(t, s, nil)
	guest := w.client()
	w.send(w.registry, account.Made{Key: "ann", Name: "Ann"})
	w.send(w.registry, account.Release{Key: "ann"})
	w.signIn(guest, "ann", "")
	s.Run()
	if !refusedWith(guest, registry.ErrNickReserved) {
		t.Errorf("a guest has the name of an account: %v", guest.Got)
	}
}

// turns lets a few things happen.
func turns(s order, most int) {
	for range s.Rand().IntN(most) {
		s.Turn()
	}
}

func restart(w *world, pid *actor.PID) {
	if process, ok := w.sys.ProcessRegistry.GetLocal(pid.Id); ok {
		process.SendSystemMessage(pid, &actor.Restart{})
	}
}
