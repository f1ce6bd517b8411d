package account

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/records"
)

type (
	// Change gives the account another password, for who knows the present
	// one; answered by Changed. Nick is what they are called: no password may
	// resemble it.
	Change struct {
		ask.Ticket
		Key, Nick string
		Old, New  Secret
		Remote    string
	}
	// Changed answers Change.
	Changed struct{ Ref uint64 }
)

// change refuses at once what can be refused alone. To fail with the present
// password is to fail at a login.
func (a *account) change(ctx actor.Context, m Change) {
	weak := tooShort(m.New)
	switch {
	case len(m.New) > MaxPassword:
		ask.Refuse(ctx, m.Ticket, ErrLongPassword)
	case weak != nil && (!a.cfg.WeakPasswords || m.New == ""):
		ask.Refuse(ctx, m.Ticket, weak)
	case m.Old == "" || len(m.Old) > MaxPassword:
		ask.Refuse(ctx, m.Ticket, ErrDenied)
	case !a.throttled(ctx, m.Ticket, m.Key, m.Remote):
		a.find(ctx, &job{
			Ticket: m.Ticket, stage: finding, key: m.Key, nick: m.Nick, password: m.Old, next: m.New, remote: m.Remote,
		})
	}
}

// changing is the work of a change.
func (a *account) changing(j *job) func() any {
	ref, hash, known, from, to := j.ref, a.hash, j.account, j.password, j.next
	about, score := []string{known.Name, known.Key, j.nick}, !a.cfg.WeakPasswords
	return func() any {
		if known.Key == "" {
			hash.pretend(from)
			return hashed{ref: ref}
		}
		ok, _, err := hash.verify(known.Password, from)
		if !ok || err != nil {
			return hashed{ref: ref, err: err}
		}
		if score {
			if weak := tooEasy(to, about); weak != nil {
				return hashed{ref: ref, ok: true, weak: weak}
			}
		}
		return hashed{ref: ref, ok: true, fresh: hash.hash(to), scram: hash.verifier(to)}
	}
}

// changed stores the account with another password. The verifier for SCRAM is
// replaced, or given up, with it.
func (a *account) changed(ctx actor.Context, j *job, m hashed) {
	if !m.ok {
		a.throttle.failed(j.key, j.remote)
		a.refuse(ctx, j, ErrDenied)
		return
	}
	a.throttle.succeeded(j.key, j.remote)
	switch {
	case j.account.Suspended:
		a.refuse(ctx, j, ErrSuspended)
	case m.weak != nil:
		a.refuse(ctx, j, m.weak)
	default:
		next := j.account
		next.Password, next.Scram = m.fresh, m.scram
		a.store(ctx, j, next, func(records.Account) any { return Changed{Ref: j.Ref} })
	}
}
