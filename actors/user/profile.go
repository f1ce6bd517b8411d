package user

import (
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// describe is SetRealname, confirmed to everybody though nothing may be new.
func (u *user) describe(ctx actor.Context, m SetRealname) {
	u.active = u.Now()
	next := u.profile
	next.Realname = m.Realname
	u.change(ctx, next, u.event(journal.Realname, next), m.Ticket, Done{Ref: m.Ref, Profile: next})
}

// setMode is SetMode. Rooms show what comes of it with what the user says.
func (u *user) setMode(ctx actor.Context, m SetMode) {
	u.active = u.Now()
	next := u.profile
	if next.Modes |= m.Mode; !m.On {
		next.Modes &^= m.Mode
	}
	if next == u.profile {
		ask.Reply(ctx, m.Ticket, Done{Ref: m.Ref, Profile: next})
		return
	}
	u.change(ctx, next, room.Event{}, m.Ticket, Done{Ref: m.Ref, Profile: next})
}

// event is a change that is shown and not recorded.
func (u *user) event(kind journal.Kind, next people.Profile) room.Event {
	return room.Event{Profile: next, Record: journal.Record{Time: u.Now().UTC(), Kind: kind, Author: author(next)}}
}

// renamed: the registry has granted the nick. It says so again when it finds
// that a report still has the old one, so the same nick may come twice.
func (u *user) renamed(ctx actor.Context, m Renamed) {
	u.active = u.Now()
	if u.profile.Nick == m.Nick {
		ask.Reply(ctx, m.Ticket, Done{Ref: m.Ref, Profile: u.profile})
		return
	}
	next := u.profile
	next.Nick = m.Nick
	u.change(ctx, next, room.Event{Profile: u.profile, Record: journal.Record{
		Time: u.Now().UTC(), Kind: journal.Rename, Author: author(u.profile), Subject: m.Nick,
	}}, m.Ticket, Done{Ref: m.Ref, Profile: next})
}

// identified: a guest has become an account, and is in its rooms from now on.
func (u *user) identified(ctx actor.Context, m Identified) {
	if u.profile.ID == m.ID {
		ask.Reply(ctx, m.Ticket, Done{Ref: m.Ref, Profile: u.profile})
		return
	}
	next := u.profile
	next.ID, next.Account, next.Notes = m.ID, m.Account, m.Notes
	u.change(ctx, next, u.event(journal.Account, next), m.Ticket, Done{Ref: m.Ref, Profile: next})
	if len(u.sessions) > 0 {
		u.askRooms(ctx)
	}
}

func (u *user) whois(ctx actor.Context, m Whois) {
	self := m.By != nil && m.By.Equal(ctx.Self())
	portrait := Portrait{
		Ref: m.Ref, Profile: u.profile, SignedOn: u.signedOn, Active: u.active, Online: len(u.sessions) > 0,
	}
	open := !u.profile.Modes.Has(people.Invisible)
	for _, p := range u.places {
		if !p.talk && p.leave == 0 && (self || p.public && open || slices.Contains(m.AskerRooms, p.No)) {
			portrait.Rooms = append(portrait.Rooms, PortraitRoom{Name: p.Name, Role: p.Role})
		}
	}
	ask.Reply(ctx, m.Ticket, portrait)
}

func author(p people.Profile) journal.Author {
	return journal.Author{ID: p.ID, Nick: p.Nick, Username: p.Username, Host: p.Host, Account: p.Account, Bot: p.Modes.Has(people.Bot)}
}
