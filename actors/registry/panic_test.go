package registry_test

import (
	"testing"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/user"
)

// TestAPanicOfTheRegistryAnswersItsCommand: at the very command its asker is
// told once that nobody knows. All users and rooms go with it; who signs in
// again finds the names as they were, and the same command works.
func TestAPanicOfTheRegistryAnswersItsCommand(t *testing.T) {
	session := func(k ask.Ticket) room.Session { return room.Session{Conn: k.ReplyTo} }
	for _, test := range []struct {
		name    string
		command func(c *client, k ask.Ticket) any
		answer  func(any) bool
	}{
		{"SignIn", func(_ *client, k ask.Ticket) any {
			return registry.SignIn{Ticket: k, Session: session(k), Profile: people.Profile{Nick: "zoe"}}
		}, actortest.Is[user.Welcome]},
		{"Rename", func(c *client, k ask.Ticket) any { return registry.Rename{Ticket: k, User: c.user, Nick: "anna"} }, actortest.Is[user.Done]},
		{"Identify", func(c *client, k ask.Ticket) any {
			return registry.Identify{Ticket: k, User: c.user, Account: "gil2"}
		}, actortest.Is[user.Done]},
		{"Reserve", func(_ *client, k ask.Ticket) any { return account.Reserve{Ticket: k, Key: "new", Name: "New"} }, actortest.Is[account.Reserved]},
		{"ToUser", func(_ *client, k ask.Ticket) any {
			return registry.ToUser{Ticket: k, Nick: "ann", Command: user.Whois{Ticket: k}}
		}, actortest.Is[user.Portrait]},
		{"FindUser", func(_ *client, k ask.Ticket) any { return registry.FindUser{Ticket: k, Nick: "ann"} }, actortest.Is[registry.UserFound]},
		{"ToRoom", func(_ *client, k ask.Ticket) any {
			return registry.ToRoom{Ticket: k, Name: "#green", Make: true, Command: room.Describe{Ticket: k}}
		}, actortest.Is[room.Description]},
		{"Enter", func(c *client, k ask.Ticket) any {
			join := room.Join{Ticket: k, Member: room.Member{User: c.user, Profile: c.profile}}
			return user.Enter{Ticket: k, Name: "#green", Make: true, Join: join}
		}, actortest.Is[room.Joined]},
		{"ToConversation", func(c *client, k ask.Ticket) any {
			return registry.ToConversation{Ticket: k, User: c.user, With: "bob", Command: room.Post{Ticket: k, User: c.user, Kind: 1, Text: "x"}}
		}, actortest.Is[room.Accepted]},
		{"RenameRoom", func(c *client, k ask.Ticket) any {
			return registry.RenameRoom{Ticket: k, User: c.user, Old: "#mine", New: "#ours"}
		}, actortest.Is[room.Renamed]},
		{"Whowas", func(_ *client, k ask.Ticket) any { return registry.Whowas{Ticket: k, Nicks: []string{"ann"}} }, actortest.Is[registry.Remembered]},
		{"Announce", func(_ *client, k ask.Ticket) any { return registry.Announce{Ticket: k, Text: "x"} }, actortest.Is[registry.Announced]},
		{"List", func(_ *client, k ask.Ticket) any { return registry.List{Ticket: k} }, actortest.Is[registry.Listed]},
		{"Everyone", func(_ *client, k ask.Ticket) any { return registry.Everyone{Ticket: k, Mask: "*"} }, actortest.Is[registry.People]},
	} {
		t.Run(test.name, func(t *testing.T) {
			const struck, again = 901, 902
			fault := actortest.PanicOn(func(m any) bool {
				asked, ok := m.(ask.Asked)
				return ok && asked.Asker().Ref == struck
			}, 1, actortest.Before)
			w := newWorld(t, order{actortest.NewSchedule(1, fault), actortest.System(t), true}, nil, "ann", "bob")
			nick := "ann"
			if test.name == "Identify" {
				nick = "gil"
			}
			w.people("bob")
			first := w.people(nick)[0]
			asker := w.client()
			w.send(w.registry, test.command(first, ask.Ticket{ReplyTo: asker.pid, Ref: struck}))
			w.run()
			if !first.ended {
				t.Error("a user has outlived the registry")
			}
			second := w.people(nick)[0]
			if test.name == "RenameRoom" {
				w.join(second, "#mine")
				w.run()
			}
			if nick == "gil" {
				w.people("ann")
			}
			w.send(w.registry, test.command(second, ask.Ticket{ReplyTo: asker.pid, Ref: again}))
			w.run()
			var got []any
			for _, m := range asker.Got {
				if _, ok := answered(m); ok || actortest.Is[account.Reserved](m) {
					got = append(got, m)
				}
			}
			if len(got) != 2 || got[0] != any(ask.Refused{Ref: struck, Reason: ask.ErrUnknown}) || !test.answer(got[1]) {
				t.Errorf("answered %v", got)
			}
		})
	}
}
