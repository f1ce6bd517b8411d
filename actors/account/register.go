package account

import (
	"errors"
	"fmt"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/records"
)

func (a *account) register(ctx actor.Context, m Register) {
	key, err := a.mayRegister(m)
	if err != nil {
		ask.Refuse(ctx, m.Ticket, err)
		return
	}
	j := &job{
		Ticket: m.Ticket, stage: reserving, register: true,
		name: m.Name, key: key, nick: m.Nick, password: m.Password,
	}
	if a.begin(ctx, j) {
		ctx.Send(a.cfg.Registry, Reserve{
			Ticket: ask.Ticket{ReplyTo: ctx.Self(), Ref: j.ref}, Key: key, Name: m.Name, By: m.By,
		})
	}
}

// mayRegister checks what can be checked without waiting.
func (a *account) mayRegister(m Register) (key string, err error) {
	if a.rules.closed {
		return "", ErrClosed
	}
	key, err = names.Account(m.Name, a.cfg.MaxNameLength)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrBadName, err)
	}
	if len(m.Password) > MaxPassword {
		return "", ErrLongPassword
	}
	if weak := tooShort(m.Password); weak != nil && (!a.cfg.WeakPasswords || m.Password == "") {
		return "", weak
	}
	return key, nil
}

func (a *account) reserved(ctx actor.Context, m Reserved) {
	j := a.jobs[m.Ref]
	if j == nil {
		return
	}
	j.reserved = true
	switch j.stage {
	case reserving:
		a.enqueue(ctx, j)
	case abandoned:
		a.giveUp(ctx, j, nil)
	}
}

// hashingNew is the work of a registration.
func (a *account) hashingNew(j *job) func() any {
	ref, hash, password := j.ref, a.hash, j.password
	about, score := []string{j.name, j.key, j.nick}, !a.cfg.WeakPasswords
	return func() any {
		if score {
			if weak := tooEasy(password, about); weak != nil {
				return hashed{ref: ref, weak: weak}
			}
		}
		return hashed{ref: ref, fresh: hash.hash(password), scram: hash.verifier(password)}
	}
}

func (a *account) hashedNew(ctx actor.Context, j *job, m hashed) {
	if m.weak != nil {
		a.giveUp(ctx, j, m.weak)
		return
	}
	j.stage = storing
	ctx.Send(a.cfg.Records, records.Create{
		Ticket: ask.Ticket{ReplyTo: ctx.Self(), Ref: j.ref},
		Account: records.Account{
			Key: j.key, Name: j.name, Password: m.fresh, Scram: m.scram, Created: a.cfg.Now().UTC(),
		},
	})
}

// created may answer an earlier incarnation: then it only says that there is
// an account.
func (a *account) created(ctx actor.Context, m records.Created) {
	if m.Err == nil {
		ctx.Send(a.cfg.Registry, Made{Key: m.Account.Key, Name: m.Account.Name})
	}
	if j := a.at(m.Ref, storing); j != nil {
		if m.Err != nil {
			a.notCreated(ctx, j, m.Err)
			return
		}
		a.finish(ctx, j, Registered{Ref: j.Ref, Account: j.name, Key: j.key})
	}
}

// notCreated ends a registration that storage did not take.
func (a *account) notCreated(ctx actor.Context, j *job, reason error) {
	switch {
	case errors.Is(reason, records.ErrExists): // so the name stays taken
		a.refuse(ctx, j, ErrExists)
	case errors.Is(reason, ask.ErrUnknown):
		a.settle(ctx, j)
	default:
		a.giveUp(ctx, j, unavailable(reason))
	}
}

// settle tells the asker that the outcome is unknown and finds out, so that
// the name is released if there is no account after all.
func (a *account) settle(ctx actor.Context, j *job) {
	a.orphan(ctx, j, ask.ErrUnknown, settling)
	ctx.Send(a.cfg.Records, records.Find{Ticket: ask.Ticket{ReplyTo: ctx.Self(), Ref: j.ref}, Key: j.key})
}

func (a *account) settled(ctx actor.Context, j *job, m records.Found) {
	switch {
	case m.Err == nil:
		ctx.Send(a.cfg.Registry, Made{Key: m.Account.Key, Name: m.Account.Name})
	case errors.Is(m.Err, records.ErrNoAccount):
		a.release(ctx, j)
	}
	a.finish(ctx, j, nil)
}
