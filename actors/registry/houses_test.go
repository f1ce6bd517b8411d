package registry_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/user"
)

// people returns clients that have signed in under their account's name, or
// as guests when it is not one.
func (w *world) people(nicks ...string) []*client {
	var cs []*client
	for _, nick := range nicks {
		c, account := w.client(), ""
		for _, a := range w.disk.accounts {
			if a.Name == nick {
				account = nick
			}
		}
		w.signIn(c, nick, account)
		cs = append(cs, c)
	}
	w.run()
	return cs
}

func (w *world) post(c *client, to *actor.PID, text string) {
	w.send(to, c.message(text))
}

func (c *client) message(text string) room.Post {
	return room.Post{
		Ticket: c.ticket(), User: c.user, Kind: journal.Message, Text: text,
		Author: journal.Author{ID: c.profile.ID, Nick: c.profile.Nick, Account: c.profile.Account},
	}
}

// heard tells whether the client was shown the text, by others or as echo.
func (c *client) heard(text string) bool {
	for _, m := range c.Got {
		switch m := m.(type) {
		case *room.Lines:
			if strings.Contains(string(m.Bytes), text) {
				return true
			}
		case room.Echo:
			if m.Event.Record.Text == text {
				return true
			}
		}
	}
	return false
}

// present lists the nicks in a room, as an outsider sees them.
func (w *world) present(name string) string {
	c := w.client()
	w.toRoom(name, c.ticket(), room.Roster{Ticket: ask.Ticket{ReplyTo: c.pid, Ref: c.ref}})
	w.run()
	var nicks []string
	for _, m := range actortest.Of[room.Present](&c.Probe) {
		for _, p := range m.People {
			nicks = append(nicks, p.Profile.Nick)
		}
	}
	slices.Sort(nicks)
	return strings.Join(nicks, " ")
}

func TestAllWhoJoinAtOnceAreInOneRoom(t *testing.T) {
	eachSeed(t, 100, func(t *testing.T, s order) {
		w := newWorld(t, s, nil, "ann")
		cs := w.people("ann", "bob", "cid")
		for i, c := range cs {
			w.join(c, []string{"#Green", "#green", "#GREEN"}[i])
		}
		s.Run()
		w.eachAnsweredOnce()
		if got := w.present("#green"); got != "ann bob cid" || len(w.disk.rooms) != 1 {
			t.Errorf("present: %q in %d rooms", got, len(w.disk.rooms))
		}
	})
}

// TestSessionsThatComeAndGo: however often the last session leaves and another
// comes, in the end the person is in the rooms of the account if and only if
// a session is there, and each session has been told so.
func TestSessionsThatComeAndGo(t *testing.T) {
	eachSeed(t, 300, func(t *testing.T, s order) {
		w := newWorld(t, s, nil, "ann", "bob")
		w.join(w.people("bob")[0], "#green")
		first := w.people("ann")[0]
		w.join(first, "#green")
		s.Run()
		sessions := []*client{first}
		for range 12 {
			c := sessions[len(sessions)-1]
			if c.user != nil && s.Rand().IntN(2) == 0 {
				w.detach(c)
				sessions = sessions[:len(sessions)-1]
			}
			if len(sessions) == 0 || s.Rand().IntN(3) == 0 {
				next := w.client()
				w.signIn(next, "ann", "ann")
				sessions = append(sessions, next)
			}
			for range s.Rand().IntN(25) {
				s.Turn()
			}
		}
		s.Run()
		w.eachAnsweredOnce()
		if got := w.present("#green"); got != "ann bob" {
			t.Errorf("present: %q", got)
		}
		for _, c := range sessions {
			if len(c.places) != 1 || c.ended {
				t.Errorf("a session knows of %d rooms; its user has ended: %v", len(c.places), c.ended)
			}
		}
		for _, c := range sessions {
			w.detach(c)
		}
		s.Run()
		if got := w.present("#green"); got != "bob" {
			t.Errorf("after the last has gone: %q", got)
		}
	})
}

// TestCommandForARoomThatRetiresIsAnswered: guests come and go, so that the
// room is made and forgotten all the time; no command falls between.
func TestCommandForARoomThatRetiresIsAnswered(t *testing.T) {
	eachSeed(t, 300, func(t *testing.T, s order) {
		w := newWorld(t, s, nil)
		cs := w.people("ann", "bob", "cid")
		for range 60 {
			c := cs[s.Rand().IntN(len(cs))]
			switch s.Rand().IntN(4) {
			case 0:
				w.join(c, "#green")
			case 1:
				w.toRoom("#green", c.ticket(), room.Leave{
					Ticket: ask.Ticket{ReplyTo: c.pid, Ref: c.ref}, User: c.user, Kind: journal.Part,
				})
			case 2:
				w.toRoom("#green", c.ticket(), room.Describe{Ticket: ask.Ticket{ReplyTo: c.pid, Ref: c.ref}})
			default:
				for range s.Rand().IntN(30) {
					s.Turn()
				}
			}
		}
		s.Run()
		for _, c := range cs {
			w.toRoom("#green", c.ticket(), room.Leave{
				Ticket: ask.Ticket{ReplyTo: c.pid, Ref: c.ref}, User: c.user, Kind: journal.Part,
			})
		}
		s.Run()
		w.eachAnsweredOnce()
		if len(w.disk.rooms) != 0 {
			t.Errorf("%d rooms that belong to nobody are kept", len(w.disk.rooms))
		}
		for _, c := range cs {
			w.detach(c)
		}
		s.Run()
		w.onlyClientsLeft()
	})
}

func TestRoomOfAnAccountOutlivesItsMembers(t *testing.T) {
	s := anyOrder(t)
	w := newWorld(t, s, nil, "ann")
	c := w.people("ann")[0]
	w.join(c, "#green")
	s.Run()
	w.toRoom("#green", c.ticket(), room.Leave{
		Ticket: ask.Ticket{ReplyTo: c.pid, Ref: c.ref}, User: c.user, Kind: journal.Part,
	})
	s.Run()
	c.Take()
	w.toRoom("#green", c.ticket(), room.Describe{Ticket: ask.Ticket{ReplyTo: c.pid, Ref: c.ref}})
	s.Run()
	if d := actortest.Of[room.Description](&c.Probe); len(d) != 1 || d[0].State.Founder != "ann" {
		t.Errorf("got %v", c.Got)
	}
}

func TestRoomNamesAreRefusedWithTheirReason(t *testing.T) {
	s := anyOrder(t)
	w := newWorld(t, s, func(cfg *registry.Config, _ *disk) {
		cfg.Limits.Rooms, cfg.User.Rooms = 2, 2
	})
	cs := w.people("ann", "bob")
	for _, test := range []struct {
		who  *client
		name string
		want error
	}{
		{cs[0], "green", registry.ErrBadRoomName},
		{cs[0], "#a b", registry.ErrBadRoomName},
		{cs[0], "#one", nil},
		{cs[0], "#two", nil},
		{cs[0], "#one", user.ErrTooManyRooms},
		{cs[1], "#three", registry.ErrTooManyRooms},
	} {
		test.who.Take()
		w.join(test.who, test.name)
		s.Run()
		if test.want != nil && !refusedWith(test.who, test.want) || test.want == nil && len(test.who.places) == 0 {
			t.Errorf("%s: got %v", test.name, test.who.Got)
		}
	}
	cs[1].Take()
	w.toRoom("#none", cs[1].ticket(), room.Describe{})
	s.Run()
	if !refusedWith(cs[1], registry.ErrNoRoom) {
		t.Errorf("got %v", cs[1].Got)
	}
}
