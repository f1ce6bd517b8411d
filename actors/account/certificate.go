package account

import (
	"errors"
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// maxCertificates is how many certificates an account may be known by.
const maxCertificates = 10

// enter logs in who has a certificate. The client has proved to hold its key.
func (a *account) enter(ctx actor.Context, m LoginCertificate) {
	key := ""
	if m.Name != "" {
		var err error
		if key, err = names.Account(m.Name, a.cfg.MaxNameLength); err != nil {
			ask.Refuse(ctx, m.Ticket, ErrDenied)
			return
		}
	}
	if m.Fingerprint == "" {
		ask.Refuse(ctx, m.Ticket, ErrNoCertificate)
		return
	}
	j := &job{Ticket: m.Ticket, stage: naming, key: key, remote: m.Remote}
	j.then = func(ctx actor.Context, j *job) {
		switch {
		case !slices.Contains(j.account.Certificates, m.Fingerprint):
			a.refuse(ctx, j, ErrDenied)
		case j.account.Suspended:
			a.refuse(ctx, j, ErrSuspended)
		default:
			a.finish(ctx, j, loggedIn(j, ""))
		}
	}
	if a.begin(ctx, j) {
		ctx.Send(a.cfg.Registry, Whose{Ticket: ask.Ticket{ReplyTo: ctx.Self(), Ref: j.ref}, Fingerprint: m.Fingerprint})
	}
}

// named: the registry knows the account of a certificate.
func (a *account) named(ctx actor.Context, m Named) {
	j := a.at(m.Ref, naming)
	switch {
	case j == nil:
	case j.key != "" && j.key != m.Key:
		a.refuse(ctx, j, ErrDenied)
	default:
		j.key, j.stage = m.Key, finding
		a.ask(ctx, j)
	}
}

// bind makes a certificate one of an account's. The registry is asked first,
// so that it is nobody else's.
func (a *account) bind(ctx actor.Context, m Bind) {
	j := &job{Ticket: m.Ticket, stage: naming, key: m.Key, fingerprint: m.Fingerprint}
	j.then = func(ctx actor.Context, j *job) {
		known := j.account.Certificates
		switch {
		case slices.Contains(known, m.Fingerprint):
			a.finish(ctx, j, Certificates{Ref: j.Ref, List: known})
		case len(known) >= maxCertificates:
			a.unbound(ctx, j, ErrTooManyCertificates)
		default:
			a.keep(ctx, j, append(slices.Clone(known), m.Fingerprint))
		}
	}
	if a.begin(ctx, j) {
		ctx.Send(a.cfg.Registry, Claim{Ticket: ask.Ticket{ReplyTo: ctx.Self(), Ref: j.ref}, Fingerprint: m.Fingerprint, Key: m.Key})
	}
}

// unbind takes a certificate from an account.
func (a *account) unbind(ctx actor.Context, m Unbind) {
	a.find(ctx, &job{Ticket: m.Ticket, stage: finding, key: m.Key, then: func(ctx actor.Context, j *job) {
		i := slices.Index(j.account.Certificates, m.Fingerprint)
		if i < 0 {
			a.refuse(ctx, j, ErrNoCertificate)
			return
		}
		a.keep(ctx, j, slices.Delete(slices.Clone(j.account.Certificates), i, i+1))
	}})
}

func (a *account) certificates(ctx actor.Context, m WhichCertificates) {
	a.find(ctx, &job{Ticket: m.Ticket, stage: finding, key: m.Key, then: func(ctx actor.Context, j *job) {
		a.finish(ctx, j, Certificates{Ref: j.Ref, List: j.account.Certificates})
	}})
}

// keep writes the account with another list of certificates.
func (a *account) keep(ctx actor.Context, j *job, list []string) {
	next := j.account
	next.Certificates = list
	a.store(ctx, j, next, func(kept records.Account) any { return Certificates{Ref: j.Ref, List: kept.Certificates} })
}

// unbound refuses a change of certificates. The registry forgets the claim,
// unless nobody can tell what is stored.
func (a *account) unbound(ctx actor.Context, j *job, reason error) {
	if j.fingerprint != "" && !errors.Is(reason, ask.ErrUnknown) && !slices.Contains(j.account.Certificates, j.fingerprint) {
		ctx.Send(a.cfg.Registry, Disclaim{Fingerprint: j.fingerprint, Key: j.key})
	}
	a.refuse(ctx, j, reason)
}
