package user

import (
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
)

// absence is what the sessions have said of being away. A text holds for all
// of them, whoever set it; a session that nobody sits at says nothing.
type absence struct {
	text   string
	hollow []*actor.PID // sessions that nobody sits at
}

// seen is what others see of it.
func (u *user) seen() string {
	switch {
	case u.absence.text != "":
		return u.absence.text
	case len(u.absence.hollow) > 0 && len(u.absence.hollow) == len(u.sessions):
		return NobodyHere
	}
	return ""
}

func (u *user) setAway(ctx actor.Context, m SetAway) {
	u.active = u.Now()
	u.says(m.Session, m.Text)
	set := AwaySet{Ref: m.Ref}
	if u.profile.Away == u.seen() {
		ask.Reply(ctx, m.Ticket, set)
		return
	}
	u.showAway(ctx, m.Ticket, set)
}

// says takes down what a session says of being away.
func (u *user) says(session *actor.PID, text string) {
	u.fill(session)
	if text != NobodyHere {
		u.absence.text = text
	} else if u.session(session) >= 0 {
		u.absence.hollow = append(u.absence.hollow, session)
	}
}

// fill: somebody sits at the session, or it has gone.
func (u *user) fill(session *actor.PID) {
	u.absence.hollow = slices.DeleteFunc(u.absence.hollow, func(p *actor.PID) bool { return p.Equal(session) })
}

// showAway tells everybody when it is another thing than they know.
func (u *user) showAway(ctx actor.Context, asker ask.Ticket, say any) {
	next := u.profile
	if next.Away = u.seen(); next.Away != u.profile.Away {
		u.change(ctx, next, u.event(journal.Away, next), asker, say)
	}
}
