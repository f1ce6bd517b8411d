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
	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/actors/user"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// eachSeed runs a simulation in many orders, each with its own faults.
func eachSeed(t *testing.T, n uint64, run func(*testing.T, *actortest.Schedule), faults ...func() actor.PropsOption) {
	for seed := range n {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			var everywhere []actor.PropsOption
			for _, fault := range faults {
				everywhere = append(everywhere, fault())
			}
			run(t, actortest.NewSchedule(seed, everywhere...))
		})
	}
}

func TestNickHasOneOwner(t *testing.T) {
	eachSeed(t, 200, func(t *testing.T, s *actortest.Schedule) {
		w := newWorld(t, s, nil)
		s.Run()
		for i := range 4 {
			w.signIn(w.client(), []string{"Ann", "ann", "ANN", "\uff41nn"}[i], "")
		}
		late := w.client()
		w.signIn(late, "late", "")
		for s.Turn() && late.user == nil {
		}
		w.sys.Root.Send(w.registry, registry.Rename{Ticket: late.ticket(), User: late.user, Nick: "ann"})
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
	eachSeed(t, 100, func(t *testing.T, s *actortest.Schedule) {
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
			s := actortest.NewSchedule(1)
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
	eachSeed(t, 300, func(t *testing.T, s *actortest.Schedule) {
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
					w.sys.Root.Send(c.user, user.Detach{Conn: c.pid, Reason: "gone"})
				}
			case 2:
				w.sys.Root.Send(w.registry, registry.ToUser{
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
func attached(w *world, s *actortest.Schedule, c *client) bool {
	c.Take()
	w.sys.Root.Send(w.registry, registry.FindUser{Ticket: c.ticket(), Nick: c.profile.Nick})
	s.Run()
	found := actortest.Of[registry.UserFound](&c.Probe)
	return len(found) == 1 && found[0].User.Equal(c.user)
}

func TestUserWithoutSessionsGivesItsNickBack(t *testing.T) {
	eachSeed(t, 100, func(t *testing.T, s *actortest.Schedule) {
		w := newWorld(t, s, nil)
		s.Run()
		live := supervise.Live(w.sys)
		one, two := w.client(), w.client()
		w.signIn(one, "ann", "")
		s.Run()
		w.sys.Root.Send(one.user, user.Detach{Conn: one.pid, Reason: "gone"})
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
			w.sys.Root.Send(two.user, user.Detach{Conn: two.pid, Reason: "gone"})
			s.Run()
		}
		if n := supervise.Live(w.sys) - live; n != len(w.clients) {
			t.Errorf("%d actors besides the clients are left", n-len(w.clients))
		}
	})
}

func TestRenameIsShownToAllSessionsOnce(t *testing.T) {
	eachSeed(t, 100, func(t *testing.T, s *actortest.Schedule) {
		w := newWorld(t, s, nil, "ann")
		one, two := w.client(), w.client()
		s.Run()
		w.signIn(one, "ann", "ann")
		w.signIn(two, "ann", "ann")
		s.Run()
		w.sys.Root.Send(w.registry, registry.Rename{Ticket: one.ticket(), User: one.user, Nick: "Anna"})
		w.sys.Root.Send(w.registry, registry.FindUser{Ticket: two.ticket(), Nick: "anna"})
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
	eachSeed(t, 50, func(t *testing.T, s *actortest.Schedule) {
		w := newWorld(t, s, nil, "ann")
		guest, other := w.client(), w.client()
		s.Run()
		w.signIn(guest, "g", "")
		w.signIn(other, "o", "")
		s.Run()
		for _, c := range w.clients {
			w.sys.Root.Send(w.registry, registry.Identify{Ticket: c.ticket(), User: c.user, Account: "Ann"})
		}
		s.Run()
		w.eachAnsweredOnce()
		if a, b := guest.profile.ID == "ann", other.profile.ID == "ann"; a == b {
			t.Errorf("%v and %v", guest.profile, other.profile)
		}
	})
}

func TestSessionsOfACrashedUserAttachAgain(t *testing.T) {
	eachSeed(t, 200, func(t *testing.T, s *actortest.Schedule) {
		w := newWorld(t, s, nil, "ann", "bob")
		one, two, bob := w.client(), w.client(), w.client()
		s.Run()
		w.signIn(one, "ann", "ann")
		w.signIn(two, "ann", "ann")
		w.signIn(bob, "bob", "bob")
		s.Run()
		w.sys.Root.Send(one.user, user.SetAway{Ticket: one.ticket(), Text: "crash"})
		w.sys.Root.Send(two.user, user.SetAway{Ticket: two.ticket(), Text: "tea"})
		s.Run()
		w.sys.Root.Send(w.registry, registry.ToUser{Ticket: bob.ticket(), Nick: "ann", Command: user.Whois{
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

func TestCommandsWaitUntilNamesAreLoaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil, func(cfg *registry.Config, d *disk) {
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
		w.sys.Root.Send(w.store, repaired{})
		time.Sleep(2 * time.Second)
		synctest.Wait()
		w.eachAnsweredOnce()
		if a.user == nil || b.user == nil || len(actortest.Of[registry.Ready](w.parent)) != 1 {
			t.Errorf("afterwards: %v %v, parent %v", a.Got, b.Got, w.parent.Got)
		}
	})
}

func TestRestartedRegistryBeginsAgain(t *testing.T) {
	eachSeed(t, 50, func(t *testing.T, s *actortest.Schedule) {
		w := newWorld(t, s, nil, "ann")
		s.Run()
		old := w.client()
		w.signIn(old, "ann", "ann")
		s.Run()
		w.sys.Root.Send(w.registry, registry.Rename{Ticket: old.ticket(), User: old.user, Nick: "crash"})
		fresh := w.client()
		w.signIn(fresh, "ann", "ann")
		s.Run()
		w.eachAnsweredOnce()
		if !old.ended || fresh.user == nil || len(actortest.Of[registry.Ready](w.parent)) != 2 {
			t.Errorf("old %v, fresh %v", old.Got, fresh.Got)
		}
	}, func() actor.PropsOption { return actortest.PanicOn(actortest.Is[registry.Rename], 1, actortest.Before) })
}

func TestEveryoneIsFoundByMask(t *testing.T) {
	s := actortest.NewSchedule(1)
	w := newWorld(t, s, nil, "ann")
	s.Run()
	for _, nick := range []string{"zoe", "Bob", "ann"} {
		account := ""
		if nick == "ann" {
			account = nick
		}
		w.signIn(w.client(), nick, account)
	}
	c := w.clients[0]
	for _, test := range []struct {
		mask  string
		limit int
		want  string
	}{{"*", 9, "[Bob ann zoe]"}, {"*", 2, "[Bob ann]"}, {"b?b", 9, "[Bob]"}, {"H", 9, "[Bob ann zoe]"}, {"x*", 9, "[]"}} {
		w.sys.Root.Send(w.registry, registry.Everyone{Ticket: c.ticket(), Mask: test.mask, Limit: test.limit})
		s.Run()
		got := actortest.Of[registry.People](&c.Probe)
		list := got[len(got)-1]
		nicks := make([]string, len(list.List))
		for i, p := range list.List {
			nicks[i] = p.Nick
		}
		if fmt.Sprint(nicks) != test.want || list.Online != 3 {
			t.Errorf("%s: %v, %d online", test.mask, nicks, list.Online)
		}
	}
}
