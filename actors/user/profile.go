package user

import (
	"math/rand/v2"
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/room"
)

func (u *user) setAway(ctx actor.Context, m SetAway) {
	u.active = u.Now()
	if u.profile.Away != m.Text {
		next := u.profile
		next.Away = m.Text
		u.change(ctx, next, room.Event{})
	}
	ask.Reply(ctx, m.Ticket, AwaySet{Ref: m.Ref})
}

// renamed: the registry has granted the nick. It says so again when it finds
// that a report still has the old one, so the same nick may come twice.
func (u *user) renamed(ctx actor.Context, m Renamed) {
	u.active = u.Now()
	if u.profile.Nick != m.Nick {
		next := u.profile
		next.Nick = m.Nick
		u.change(ctx, next, room.Event{Profile: u.profile, Record: journal.Record{
			Time: u.Now().UTC(), Kind: journal.Rename, Author: author(u.profile), Subject: m.Nick,
		}})
	}
	ask.Reply(ctx, m.Ticket, Done{Ref: m.Ref, Profile: u.profile})
}

// identified: a guest has become an account, and is in its rooms from now on.
func (u *user) identified(ctx actor.Context, m Identified) {
	if u.profile.ID != m.ID {
		next := u.profile
		next.ID, next.Account = m.ID, m.Account
		u.change(ctx, next, room.Event{})
		if len(u.sessions) > 0 {
			u.askRooms(ctx)
		}
	}
	ask.Reply(ctx, m.Ticket, Done{Ref: m.Ref, Profile: u.profile})
}

// change makes next the profile and tells everybody who has a copy. Rooms
// show the event to their members; a connection that several of them reach
// shows it once.
func (u *user) change(ctx actor.Context, next people.Profile, event room.Event) {
	old, once := u.profile, rand.Uint64()|1
	u.profile = next
	u.toSessions(ctx, Changed{Old: old, New: next, Once: once})
	for _, p := range u.places {
		if !p.closed {
			ctx.Send(p.Room, room.ProfileChanged{User: ctx.Self(), Profile: next, Event: event, Once: once})
		}
	}
	u.report(ctx)
}

func (u *user) whois(ctx actor.Context, m Whois) {
	self := m.By != nil && m.By.Equal(ctx.Self())
	portrait := Portrait{
		Ref: m.Ref, Profile: u.profile, SignedOn: u.signedOn, Active: u.active, Online: len(u.sessions) > 0,
	}
	for _, p := range u.places {
		if !p.talk && p.leave == 0 && (self || p.public || slices.Contains(m.AskerRooms, p.No)) {
			portrait.Rooms = append(portrait.Rooms, PortraitRoom{Name: p.Name, Role: p.Role})
		}
	}
	ask.Reply(ctx, m.Ticket, portrait)
}

func author(p people.Profile) journal.Author {
	return journal.Author{ID: p.ID, Nick: p.Nick, Username: p.Username, Host: p.Host, Account: p.Account}
}
