package registry_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/user"
)

// storm panics at random commands to users and rooms, before or after they
// took effect.
type storm struct {
	rng  *rand.Rand
	left int // crashes to come: where each makes ten messages it would never end
}

func (s *storm) option() actor.PropsOption {
	return actor.WithReceiverMiddleware(func(next actor.ReceiverFunc) actor.ReceiverFunc {
		return func(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
			at := s.strike(e.Message)
			if at == 0 {
				panic(actortest.Injected{Site: "before"})
			}
			next(ctx, e)
			if at == 1 {
				panic(actortest.Injected{Site: "after"})
			}
		}
	})
}

func (s *storm) strike(m any) int {
	switch m.(type) {
	case user.Attach, user.Detach, user.Join, user.SetAway, user.Renamed, user.Retire, user.Reattach,
		room.Join, room.Attach, room.Leave, room.Post, room.Describe, room.Retire, room.ProfileChanged:
		if at := s.rng.IntN(15); at < 2 && s.left > 0 {
			s.left--
			return at
		}
	}
	return -1
}

// TestStorm: users and rooms crash all the time. Whatever happened, afterwards
// everybody who signs in can join and be heard, and when all connections have
// ended nothing is left.
func TestStorm(t *testing.T) {
	sys := actortest.System(t)
	for seed := range uint64(200) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			weather := &storm{rng: rand.New(rand.NewPCG(seed, 1)), left: 30}
			s := order{actortest.NewSchedule(seed, weather.option()), sys, seed%8 == 0}
			w := newWorld(t, s, func(cfg *registry.Config, _ *disk) { cfg.User.Sessions = 1000 }, "ann", "bob")
			for range 120 {
				w.somethingHappens(s)
			}
			s.Run()
			weather.left = 0
			cs := w.people("ann", "bob", "cid")
			for _, c := range cs {
				if c.user == nil {
					t.Fatalf("not signed in: %v", c.Got)
				}
				w.join(c, "#green")
			}
			s.Run()
			for _, c := range cs {
				w.post(c, c.place("#green"), "afterwards from "+c.profile.Nick)
			}
			s.Run()
			for _, c := range cs {
				for _, other := range cs {
					if !c.heard("afterwards from " + other.profile.Nick) {
						t.Errorf("%s did not hear %s", c.profile.Nick, other.profile.Nick)
					}
				}
			}
			for _, c := range w.clients {
				sys.Root.Stop(c.pid)
			}
			s.Run()
			if n := len(w.spawned) - len(w.clients); n != 2 {
				t.Errorf("%d of the stage", n)
			}
			w.spawned = w.spawned[:2]
			w.onlyClientsLeft()
		})
	}
}

func (w *world) somethingHappens(s order) {
	c := w.client()
	if n := len(w.clients); s.Rand().IntN(3) > 0 {
		c = w.clients[s.Rand().IntN(n)]
	}
	switch s.Rand().IntN(6) {
	case 0, 1:
		if c.user == nil && c.ref == 0 {
			nick := []string{"ann", "bob", "dan"}[s.Rand().IntN(3)]
			account := nick
			if nick == "dan" {
				account = ""
			}
			w.signIn(c, nick, account)
		}
	case 2:
		w.sys.Root.Stop(c.pid)
	default:
		if c.user == nil {
			break
		}
		w.join(c, "#green")
		w.send(c.user, user.SetAway{Ticket: c.ticket(), Text: "tea"})
		w.send(w.registry, registry.Rename{Ticket: c.ticket(), User: c.user, Nick: fmt.Sprint("n", s.Rand().IntN(3))})
		w.toRoom("#green", c.ticket(), room.Describe{Ticket: ask.Ticket{ReplyTo: c.pid, Ref: c.ref}})
	}
	for range s.Rand().IntN(20) {
		s.Turn()
	}
}
