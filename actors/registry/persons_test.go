package registry_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/user"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNickHasOneOwner(t *testing.T) {
	eachSeed(t, 200, func(t *testing.T, s order) {
		w := newWorld(t, s, nil)
		s.Run()
		for i := range 4 {
			w.signIn(w.client(), []string{"Ann", "ann", "ANN", "\uff41nn"}[i], "")
		}
		late := w.client()
		w.signIn(late, "late", "")
		for s.Turn() && late.user == nil {
		}
		w.send(w.registry, registry.Rename{Ticket: late.ticket(), User: late.user, Nick: "ann"})
		s.Run()
		w.eachAnsweredOnce()
		owners := 0
		for _, c := range w.clients {
			if c.user != nil && c.profile.Nick != "late" {
				owners++
			}
		}
		if owners != 1 {
			t.Errorf("%d have the nick", owners)
		}
	})
}

func TestSessionsOfAnAccountAreOneUser(t *testing.T) {
	eachSeed(t, 100, func(t *testing.T, s order) {
		w := newWorld(t, s, nil, "Ann")
		one, two, guest := w.client(), w.client(), w.client()
		s.Run()
		w.signIn(one, "annie", "Ann")
		w.signIn(two, "other", "Ann")
		w.signIn(guest, "ann", "")
		s.Run()
		w.eachAnsweredOnce()
		if !one.user.Equal(two.user) || one.profile.Nick != two.profile.Nick {
			t.Errorf("%v and %v", one.profile, two.profile)
		}
		if !refusedWith(guest, registry.ErrNickReserved) {
			t.Errorf("a guest was let in under the name of an account: %v", guest.Got)
		}
	})
}

func TestNamesAreRefusedWithTheirReason(t *testing.T) {
	for _, test := range []struct {
		name, nick, account string
		want                error
	}{
		{"bad nick", "#room", "", registry.ErrBadNick},
		{"too long", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", "", registry.ErrBadNick},
		{"somebody's account", "bob", "ann", registry.ErrNickReserved},
		{"in use", "first", "", registry.ErrNickInUse},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := anyOrder(t)
			w := newWorld(t, s, nil, "ann", "bob")
			s.Run()
			w.signIn(w.client(), "first", "")
			c := w.client()
			w.signIn(c, test.nick, test.account)
			s.Run()
			if !refusedWith(c, test.want) {
				t.Errorf("got %v", c.Got)
			}
		})
	}
}

func TestAskingForAUserWhoRetiresIsAnsweredOnce(t *testing.T) {
	eachSeed(t, 300, func(t *testing.T, s order) {
		w := newWorld(t, s, nil, "ann")
		asker := w.client()
		s.Run()
		var sessions []*client
		for range 40 {
			switch s.Rand().IntN(5) {
			case 0:
				c := w.client()
				sessions = append(sessions, c)
				w.signIn(c, "ann", "ann")
			case 1:
				if n := len(sessions); n > 0 && sessions[n-1].user != nil {
					c := sessions[n-1]
					w.detach(c)
				}
			case 2:
				w.send(w.registry, registry.ToUser{
					Ticket: asker.ticket(), Nick: "ann", Offline: true,
					Command: user.Whois{Ticket: ask.Ticket{ReplyTo: asker.pid, Ref: asker.ref}},
				})
			default:
				for range s.Rand().IntN(10) {
					s.Turn()
				}
			}
		}
		s.Run()
		w.eachAnsweredOnce()
		for _, m := range actortest.Of[ask.Refused](&asker.Probe) {
			t.Errorf("refused: %v", m.Reason)
		}
		for _, c := range sessions {
			if c.ended && attached(w, s, c) {
				t.Error("a session has lost its user")
			}
		}
	})
}

// attached tells whether the client has neither left nor been cut off.
func attached(w *world, s order, c *client) bool {
	c.Take()
	w.send(w.registry, registry.FindUser{Ticket: c.ticket(), Nick: c.profile.Nick})
	s.Run()
	found := actortest.Of[registry.UserFound](&c.Probe)
	return len(found) == 1 && found[0].User.Equal(c.user)
}

func TestUserWithoutSessionsGivesItsNickBack(t *testing.T) {
	eachSeed(t, 100, func(t *testing.T, s order) {
		w := newWorld(t, s, nil)
		s.Run()
		one, two := w.client(), w.client()
		w.signIn(one, "ann", "")
		s.Run()
		w.detach(one)
		for range s.Rand().IntN(12) {
			s.Turn()
		}
		w.signIn(two, "ann", "")
		s.Run()
		w.eachAnsweredOnce()
		if two.user == nil && !refusedWith(two, registry.ErrNickInUse) {
			t.Errorf("got %v", two.Got)
		}
		if two.user != nil {
			w.detach(two)
			s.Run()
		}
		w.onlyClientsLeft()
	})
}

func TestRenameIsShownToAllSessionsOnce(t *testing.T) {
	eachSeed(t, 100, func(t *testing.T, s order) {
		w := newWorld(t, s, nil, "ann")
		one, two := w.client(), w.client()
		s.Run()
		w.signIn(one, "ann", "ann")
		w.signIn(two, "ann", "ann")
		s.Run()
		w.send(w.registry, registry.Rename{Ticket: one.ticket(), User: one.user, Nick: "Anna"})
		w.send(w.registry, registry.FindUser{Ticket: two.ticket(), Nick: "anna"})
		s.Run()
		w.eachAnsweredOnce()
		for _, c := range w.clients {
			if got := actortest.Of[user.Changed](&c.Probe); len(got) != 1 || got[0].New.Nick != "Anna" || got[0].Once == 0 {
				t.Errorf("shown %v", got)
			}
		}
		if len(actortest.Of[registry.UserFound](&two.Probe)) != 1 {
			t.Error("not found under the new nick")
		}
	})
}

func TestGuestBecomesAnAccountOnlyIfThatIsNotSignedIn(t *testing.T) {
	eachSeed(t, 50, func(t *testing.T, s order) {
		w := newWorld(t, s, nil, "ann")
		guest, other := w.client(), w.client()
		s.Run()
		w.signIn(guest, "g", "")
		w.signIn(other, "o", "")
		s.Run()
		for _, c := range w.clients {
			w.send(w.registry, registry.Identify{Ticket: c.ticket(), User: c.user, Account: "Ann"})
		}
		s.Run()
		w.eachAnsweredOnce()
		if a, b := guest.profile.ID == "ann", other.profile.ID == "ann"; a == b {
			t.Errorf("%v and %v", guest.profile, other.profile)
		}
	})
}

func TestCommandsWaitUntilNamesAreLoaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, order{sys: actortest.System(t)}, func(cfg *registry.Config, d *disk) {
			cfg.Limits.Parked, d.broken = 2, true
		}, "ann")
		synctest.Wait()
		a, b, c := w.client(), w.client(), w.client()
		for i, one := range []*client{a, b, c} {
			w.signIn(one, fmt.Sprint("n", i), "")
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if !refusedWith(c, ask.ErrBusy) || len(a.Got)+len(b.Got) != 0 || len(w.parent.Got) != 0 {
			t.Errorf("while loading: %v %v %v, parent %v", a.Got, b.Got, c.Got, w.parent.Got)
		}
		w.send(w.store, repaired{})
		time.Sleep(2 * time.Second)
		synctest.Wait()
		w.eachAnsweredOnce()
		if a.user == nil || b.user == nil || len(actortest.Of[registry.Ready](w.parent)) != 1 {
			t.Errorf("afterwards: %v %v, parent %v", a.Got, b.Got, w.parent.Got)
		}
	})
}

func TestRestartedRegistryBeginsAgain(t *testing.T) {
	eachSeed(t, 50, func(t *testing.T, s order) {
		w := newWorld(t, s, nil, "ann")
		s.Run()
		old := w.client()
		w.signIn(old, "ann", "ann")
		s.Run()
		w.send(w.registry, registry.Rename{Ticket: old.ticket(), User: old.user, Nick: "crash"})
		fresh := w.client()
		w.signIn(fresh, "ann", "ann")
		s.Run()
		w.eachAnsweredOnce()
		if !old.ended || fresh.user == nil || len(actortest.Of[registry.Ready](w.parent)) != 2 {
			t.Errorf("old %v, fresh %v", old.Got, fresh.Got)
		}
	}, func() actor.PropsOption { return actortest.PanicOn(actortest.Is[registry.Rename], 1, actortest.Before) })
}

func TestNickIsKeptUntilTheRoomsShowItNoMore(t *testing.T) {
	s := anyOrder(t)
	w := newWorld(t, s, nil)
	cs := w.people("ann", "bob")
	w.join(cs[0], "#green")
	w.join(cs[1], "#green")
	s.Run()
	w.send(w.store, stuck{})
	w.detach(cs[0])
	s.Run()
	early, late := w.client(), w.client()
	w.signIn(early, "ann", "")
	s.Run()
	if !refusedWith(early, registry.ErrNickInUse) {
		t.Errorf("while the QUIT is being stored: %v", early.Got)
	}
	w.send(w.store, repaired{})
	s.Run()
	w.signIn(late, "ann", "")
	s.Run()
	if late.user == nil {
		t.Errorf("afterwards: %v", late.Got)
	}
}

func TestUserThatCrashedOverItsNewNickHasItAllTheSame(t *testing.T) {
	eachSeed(t, 30, func(t *testing.T, s order) {
		w := newWorld(t, s, nil, "ann")
		c := w.people("ann")[0]
		w.send(w.registry, registry.Rename{Ticket: c.ticket(), User: c.user, Nick: "anna"})
		s.Run()
		w.eachAnsweredOnce()
		if c.profile.Nick != "anna" {
			t.Errorf("the session knows %q", c.profile.Nick)
		}
	}, func() actor.PropsOption { return actortest.PanicOn(actortest.Is[user.Renamed], 1, actortest.Before) })
}

func TestStoppedRegistryRefusesWhatWaits(t *testing.T) {
	s := anyOrder(t)
	w := newWorld(t, s, func(_ *registry.Config, d *disk) { d.broken = true })
	c := w.client()
	w.signIn(c, "ann", "")
	s.Run()
	w.sys.Root.Stop(w.top)
	s.Run()
	if !refusedWith(c, ask.ErrStopping) {
		t.Errorf("got %v", c.Got)
	}
}
