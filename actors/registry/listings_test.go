package registry_test

import (
	"fmt"
	"testing"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/user"
)

func TestListTellsOfRoomsThatSomebodyIsIn(t *testing.T) {
	s := anyOrder(t)
	w := newWorld(t, s, nil, "ann", "bob")
	cs := w.people("ann", "bob")
	w.join(cs[0], "#b")
	w.join(cs[0], "#a")
	w.join(cs[1], "#a")
	m := cs[0].message("hi")
	w.send(w.registry, registry.ToConversation{Ticket: m.Ticket, User: cs[0].user, With: "bob", Command: m})
	s.Run()
	w.send(w.registry, registry.List{Ticket: cs[0].ticket()})
	s.Run()
	var got []string
	for _, r := range actortest.Of[registry.Listed](&cs[0].Probe)[0].Rooms {
		got = append(got, fmt.Sprint(r.Name, r.Members))
	}
	if fmt.Sprint(got) != "[#a2 #b1]" {
		t.Errorf("got %v", got)
	}
}

func TestWhoisTellsStrangersOnlyOfPublicRooms(t *testing.T) {
	s := anyOrder(t)
	w := newWorld(t, s, nil, "ann", "bob")
	cs := w.people("ann", "bob")
	for _, name := range []string{"#public", "#secret"} {
		w.join(cs[0], name)
		s.Run()
	}
	w.send(cs[0].place("#secret"), room.SetModes{
		Ticket: cs[0].ticket(), User: cs[0].user, Changes: []room.ModeChange{{Add: true, Mode: 's'}},
	})
	s.Run()
	secret := cs[0].places[1].No
	for _, test := range []struct {
		asker  *client
		inside []journal.Room
		want   string
	}{{cs[1], nil, "[{#public 2}]"}, {cs[1], []journal.Room{secret}, "[{#public 2} {#secret 2}]"}, {cs[0], nil, "[{#public 2} {#secret 2}]"}} {
		test.asker.Take()
		w.send(w.registry, registry.ToUser{Ticket: test.asker.ticket(), Nick: "ann", Command: user.Whois{
			Ticket: ask.Ticket{ReplyTo: test.asker.pid, Ref: test.asker.ref}, By: test.asker.user, AskerRooms: test.inside,
		}})
		s.Run()
		if p := actortest.Of[user.Portrait](&test.asker.Probe); len(p) != 1 || fmt.Sprint(p[0].Rooms) != test.want {
			t.Errorf("got %v, want %s", p, test.want)
		}
	}
}

func TestEveryoneIsFoundByMask(t *testing.T) {
	s := anyOrder(t)
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
		w.send(w.registry, registry.Everyone{Ticket: c.ticket(), Mask: test.mask, Limit: test.limit})
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
