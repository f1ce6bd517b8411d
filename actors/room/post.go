package room

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
)

func (r *room) post(ctx actor.Context, m Post) {
	mem := r.memberOf(m.User)
	if reason := r.mute(mem, m); reason != nil {
		ask.Refuse(ctx, m.Ticket, reason)
		return
	}
	author := m.Author
	if mem != nil {
		author = authorOf(mem.profile)
	}
	record := journal.Record{
		Kind: m.Kind, Author: author, Text: m.Text, Target: m.Target, MinRole: uint8(m.MinRole),
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

// mute says why somebody may not speak here. mem is nil for an outsider. To a
// role speaks only who has one: others could fill the log with records that
// most readers of the history have to skip.
func (r *room) mute(mem *member, m Post) error {
	switch {
	case !m.Kind.Posted():
		return ErrCannotSpeak
	case mem == nil:
		return r.muteOutsider(m)
	case mem.role >= Voice:
		return nil
	case m.MinRole > NoRole:
		return ErrCannotSpeak
	case r.talk():
		return nil
	case r.has('m') || r.isMuted(mem):
		return ErrCannotSpeak
	}
	return nil
}

func (r *room) muteOutsider(m Post) error {
	left := m.User != nil && r.byUser[m.User.Id] != nil
	switch {
	case r.talk() || r.has('s') || left:
		return ErrNotPresent
	case r.has('n'):
		return ErrMembersOnly
	case m.MinRole > NoRole || r.has('m') || r.isBanned(maskOf(profileOf(m.Author))):
		return ErrCannotSpeak
	}
	return nil
}

// redact asks for the content of a post to be taken away. Whose it is only the
// log knows, so that the journal decides.
func (r *room) redact(ctx actor.Context, m Redact) {
	mem := r.memberOf(m.User)
	switch {
	case mem == nil:
		ask.Refuse(ctx, m.Ticket, ErrNotPresent)
		return
	case m.ID.Room != r.no:
		ask.Refuse(ctx, m.Ticket, journal.ErrNoMessage)
		return
	case len(m.Reason) > r.Limits.Kick:
		ask.Refuse(ctx, m.Ticket, ErrTooLong)
		return
	}
	rule := &journal.Redaction{Role: uint8(mem.role)}
	if mem.role < Operator || r.talk() {
		rule.Author = mem.profile.ID
	}
	r.append(ctx, journal.Append{
		Record: journal.Record{
			Kind: journal.Redact, Author: authorOf(mem.profile), Redacts: m.ID.Seq, Text: m.Reason, Target: m.Target,
		},
		Redaction: rule,
		Intent:    m,
	})
}

// said shows what somebody has sent, item at of the bulletin: the connection
// that sent it has its Echo in that place.
func (b *bulletin) said(at int, asker ask.Ticket, record journal.Record) {
	if asker.ReplyTo == nil {
		return
	}
	b.special(asker.ReplyTo).put(at, Echo{Ref: asker.Ref, Event: b.items[at].event})
	b.answer(asker, Accepted{Ref: asker.Ref, ID: record.ID(), Time: record.Time})
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
