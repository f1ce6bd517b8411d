package room

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/people"
)

func (r *room) post(ctx actor.Context, m Post) {
	mem := r.memberOf(m.User)
	if reason := r.mute(mem, m); reason != nil {
		ask.Refuse(ctx, m.Ticket, reason)
		return
	}
	audience := r.audience(mem, m)
	if !r.mayWhisper(mem, audience) {
		ask.Refuse(ctx, m.Ticket, ErrCannotSpeak)
		return
	}
	author := m.Author
	if mem != nil {
		author, mem.accepts = authorOf(mem.profile), true
	}
	record := journal.Record{
		Kind: m.Kind, Author: author, Text: m.Text, Target: r.addressed(m.Target), MinRole: uint8(audience),
		Tags: m.Tags, Cuts: m.Cuts,
	}
	if m.ID != "" {
		r.showEphemeral(ctx, record, m)
		return
	}
	r.append(ctx, journal.Append{Record: record, ClientID: m.ClientID, Intent: m})
}

// showEphemeral shows what is not stored, in its place behind what is. Should
// it fail the command is answered and gone: no other incarnation tries again.
func (r *room) showEphemeral(ctx actor.Context, record journal.Record, m Post) {
	if r.rests() {
		r.showSoon(ctx, record, m)
		return
	}
	r.show(ctx, []journal.Entry{r.unrecorded(record, m)})
}

// audience is the role that it takes to be shown a post: under +U what is said
// without a role is for those alone who may give one.
func (r *room) audience(mem *member, m Post) Role {
	if r.has('U') && m.MinRole == NoRole && (mem == nil || !mem.role.AtLeast(Voice)) {
		return Halfop
	}
	return m.MinRole
}

// mayWhisper bounds how much may be said to roles in a row by those who have
// none: most readers of the history have to skip it.
func (r *room) mayWhisper(mem *member, audience Role) bool {
	switch {
	case audience == NoRole:
		r.whispers = 0
	case mem == nil || !mem.role.AtLeast(Voice):
		r.whispers = min(r.whispers, r.Limits.Whispers) + 1
		return r.whispers <= r.Limits.Whispers
	}
	return true
}

// mute says why somebody may not speak here. mem is nil for an outsider.
func (r *room) mute(mem *member, m Post) error {
	switch {
	case !m.Kind.Posted():
		return ErrCannotSpeak
	case r.talk():
		return r.muteTalk(mem, m)
	case mem == nil:
		return r.muteOutsider(m)
	case m.Machine && r.has('C'):
		return ErrNoMachine
	case mem.role.AtLeast(Voice):
		return nil
	case r.has('M') && mem.profile.Guest():
		return ErrNeedsAccount
	case r.has('m') || r.isMuted(mem):
		return ErrCannotSpeak
	}
	return nil
}

func (r *room) muteOutsider(m Post) error {
	left := m.User != nil && r.byUser[m.User.Id] != nil
	guest := m.Author.Account == ""
	switch {
	case r.has('s') || left:
		return ErrNotPresent
	case r.has('n'):
		return ErrMembersOnly
	case m.Machine && r.has('C'):
		return ErrNoMachine
	case guest && (r.has('M') || r.has('R')):
		return ErrNeedsAccount
	case m.MinRole > NoRole || r.has('m') || r.isSilenced(identify(profileOf(m.Author))):
		return ErrCannotSpeak
	}
	return nil
}

// redact asks for the content of a post to be taken away. Whose it is only the
// log knows, so that the journal decides.
func (r *room) redact(ctx actor.Context, m Redact) {
	by, rule, ok := r.redactor(m)
	switch {
	case !ok:
		ask.Refuse(ctx, m.Ticket, ErrNotPresent)
		return
	case m.ID.Room != r.no:
		ask.Refuse(ctx, m.Ticket, journal.ErrNoMessage)
		return
	case len(m.Reason) > r.Limits.Kick:
		ask.Refuse(ctx, m.Ticket, ErrTooLong)
		return
	}
	r.append(ctx, journal.Append{
		Record: journal.Record{
			Kind: journal.Redact, Author: authorOf(by), Redacts: m.ID.Seq, Text: m.Reason, Target: m.Target,
		},
		Redaction: &rule,
		Intent:    m,
	})
}

// redactor tells what somebody may redact here. An operator of the server may
// do so in every room, but has no say in what two people tell each other.
func (r *room) redactor(m Redact) (people.Profile, journal.Redaction, bool) {
	mem := r.memberOf(m.User)
	switch {
	case m.Warden != nil && !r.talk():
		return *m.Warden, journal.Redaction{Role: uint8(Founder)}, true
	case mem == nil:
		return people.Profile{}, journal.Redaction{}, false
	case mem.role.AtLeast(Operator) && !r.talk():
		return mem.profile, journal.Redaction{Role: uint8(mem.role)}, true
	}
	return mem.profile, journal.Redaction{Author: mem.profile.ID, Role: uint8(mem.role)}, true
}

// said shows what somebody has sent, item at of the bulletin: the connection
// that sent it has its Echo in that place.
func (b *bulletin) said(at int, asker ask.Ticket, record journal.Record) {
	if asker.ReplyTo == nil {
		return
	}
	b.echo(at, asker)
	b.answer(asker, Accepted{Ref: asker.Ref, ID: record.ID(), Time: record.Time})
}

// echo shows item at to who has brought it about as their own, so that what
// another device of theirs does at the same time is not taken for it.
func (b *bulletin) echo(at int, asker ask.Ticket) {
	if asker.ReplyTo != nil {
		b.special(asker.ReplyTo).put(at, Echo{Ref: asker.Ref, Event: b.items[at].event})
	}
}

// repeated answers a post that had been stored before: it is shown to nobody.
func (r *room) repeated(b *bulletin, at int, m Post, record journal.Record) {
	if m.ReplyTo == nil {
		return
	}
	event := Event{Room: r.Name, Record: record, Profile: profileOf(record.Author)}
	b.special(m.ReplyTo).say(at, Echo{Ref: m.Ref, Event: event})
	b.answer(m.Ticket, Accepted{Ref: m.Ref, ID: record.ID(), Time: record.Time, Duplicate: true})
}
