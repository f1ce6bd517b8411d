package user

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/people"
)

// lessSecure: a session that is not over TLS makes the person as little secure.
func (u *user) lessSecure(ctx actor.Context, session people.Profile) {
	if u.profile.Modes.Has(people.Secure) && !session.Modes.Has(people.Secure) {
		u.setMode(ctx, SetMode{Mode: people.Secure})
	}
}

// kill tells the sessions to end, and the asker when they have.
func (u *user) kill(ctx actor.Context, m Kill) {
	u.killers = append(u.killers, m.Ticket)
	u.toSessions(ctx, Killed{By: m.By, Reason: m.Reason})
	if len(u.sessions) == 0 {
		u.goodbyes = append(u.goodbyes, u.killers...)
		u.killers = nil
		u.sayGoodbye(ctx)
	}
}

// revoke: who knows the password that was before is to be here no longer.
func (u *user) revoke(ctx actor.Context, m Revoke) {
	for _, s := range u.sessions {
		if !s.Conn.Equal(m.By) {
			ctx.Send(s.Conn, Revoked{})
		}
	}
	ask.Reply(ctx, m.Ticket, Done{Ref: m.Ref, Profile: u.profile})
}
