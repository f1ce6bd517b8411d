package account

import (
	"errors"
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/notes"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// annotate changes what the account tells of its owner.
func (a *account) annotate(ctx actor.Context, m Annotate) {
	a.find(ctx, &job{Ticket: m.Ticket, stage: finding, key: m.Key, then: func(ctx actor.Context, j *job) {
		if j.account.Key == "" {
			a.refuse(ctx, j, ErrDenied)
			return
		}
		set := notes.Of(j.account.Notes, 0)
		next := set.With(m.Changes...)
		if len(next.All()) > m.Most && len(next.All()) > len(set.All()) {
			a.refuse(ctx, j, ErrTooManyNotes)
			return
		}
		renewed := j.account
		renewed.Notes = next.All()
		a.store(ctx, j, renewed, func(kept records.Account) any {
			return Annotated{Ref: j.Ref, Notes: notes.Of(kept.Notes, kept.Version)}
		})
	}})
}

// store writes the account of a job again; say is what answers it then.
func (a *account) store(ctx actor.Context, j *job, next records.Account, say func(records.Account) any) {
	j.stage, j.wanted, j.say = updating, next.Certificates, say
	ctx.Send(a.cfg.Records, records.Update{Ticket: ask.Ticket{ReplyTo: ctx.Self(), Ref: j.ref}, Account: next})
}

// updated ends a change. Somebody else's change of the account, such as a
// better hash at a login, makes it begin again.
func (a *account) updated(ctx actor.Context, m records.Updated) {
	j := a.at(m.Ref, updating)
	switch {
	case j == nil:
	case m.Err == nil:
		a.releaseCertificates(ctx, j)
		a.finish(ctx, j, j.say(m.Account))
	case errors.Is(m.Err, records.ErrConflict) && j.tries < 3:
		j.tries++
		j.stage = finding
		a.ask(ctx, j)
	default:
		a.unbound(ctx, j, unavailable(m.Err))
	}
}

// releaseCertificates tells the registry which certificates are free now.
func (a *account) releaseCertificates(ctx actor.Context, j *job) {
	for _, fingerprint := range j.account.Certificates {
		if !slices.Contains(j.wanted, fingerprint) {
			ctx.Send(a.cfg.Registry, Disclaim{Fingerprint: fingerprint, Key: j.key})
		}
	}
}
