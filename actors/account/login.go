package account

import (
	"cmp"
	"errors"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/notes"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// login refuses at once what no account can have; that tells nobody whether
// one exists.
func (a *account) login(ctx actor.Context, m Login) {
	key, err := names.Account(m.Name, a.cfg.MaxNameLength)
	if err != nil || m.Password == "" || len(m.Password) > MaxPassword {
		ask.Refuse(ctx, m.Ticket, ErrDenied)
		return
	}
	if !a.throttled(ctx, m.Ticket, key, m.Remote) {
		a.find(ctx, &job{Ticket: m.Ticket, stage: finding, key: key, password: m.Password, remote: m.Remote})
	}
}

// throttled refuses who has failed too often.
func (a *account) throttled(ctx actor.Context, t ask.Ticket, key, remote string) bool {
	reason := a.mustWait(key, remote)
	if reason != nil {
		ask.Refuse(ctx, t, reason)
	}
	return reason != nil
}

// find begins a job with the account.
func (a *account) find(ctx actor.Context, j *job) {
	if a.begin(ctx, j) {
		a.ask(ctx, j)
	}
}

func (a *account) ask(ctx actor.Context, j *job) {
	ctx.Send(a.cfg.Records, records.Find{Ticket: ask.Ticket{ReplyTo: ctx.Self(), Ref: j.ref}, Key: j.key})
}

// mustWait says why who has failed too often is refused.
func (a *account) mustWait(key, remote string) error {
	if wait := a.throttle.wait(key, remote); wait > 0 {
		return &Throttled{After: max(wait.Round(time.Second), time.Second)}
	}
	return nil
}

// found brings the account, or the news that there is none, which is hashed
// all the same.
func (a *account) found(ctx actor.Context, m records.Found) {
	if j := a.at(m.Ref, settling); j != nil {
		a.settled(ctx, j, m)
		return
	}
	j := a.at(m.Ref, finding)
	if j == nil {
		return
	}
	switch {
	case m.Err == nil:
		j.account = m.Account
	case !errors.Is(m.Err, records.ErrNoAccount):
		a.unbound(ctx, j, unavailable(m.Err))
		return
	}
	if j.then != nil {
		j.then(ctx, j)
		return
	}
	a.enqueue(ctx, j)
}

// verifying is the work of a login.
func (a *account) verifying(j *job) func() any {
	ref, hash, password, known := j.ref, a.hash, j.password, j.account
	if j.operator {
		hash.rounds = 0 // no verifier is kept of them
	}
	return func() any {
		if known.Key == "" {
			hash.pretend(password)
			return hashed{ref: ref}
		}
		ok, outdated, err := hash.verify(known.Password, password)
		done := hashed{ref: ref, ok: ok, err: err}
		if ok && outdated {
			done.fresh = hash.hash(password)
		}
		if ok && hash.lacks(known.Scram) {
			done.scram = hash.verifier(password)
		}
		return done
	}
}

func (a *account) verified(ctx actor.Context, j *job, m hashed) {
	if !m.ok {
		a.throttle.failed(j.key, j.remote)
		a.refuse(ctx, j, ErrDenied)
		return
	}
	a.throttle.succeeded(j.key, j.remote)
	if j.operator {
		a.finish(ctx, j, Operating{Ref: j.Ref})
		return
	}
	if j.account.Suspended {
		a.refuse(ctx, j, ErrSuspended)
		return
	}
	if m.fresh != "" || m.scram != "" {
		renewed := j.account
		renewed.Password, renewed.Scram = cmp.Or(m.fresh, renewed.Password), cmp.Or(m.scram, renewed.Scram)
		ctx.Send(a.cfg.Records, records.Update{Account: renewed}) // another login will try again
	}
	a.finish(ctx, j, loggedIn(j, ""))
}

// noted is nil where there is nothing, which is almost everywhere.
func noted(a records.Account) *notes.Set {
	if len(a.Notes) == 0 {
		return nil
	}
	return notes.Of(a.Notes, a.Version)
}

func loggedIn(j *job, final string) LoggedIn {
	return LoggedIn{Ref: j.Ref, Account: j.account.Name, Key: j.account.Key, Final: final, Notes: noted(j.account)}
}
