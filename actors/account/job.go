package account

import (
	"fmt"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// job is a command in flight.
type job struct {
	ask.Ticket
	ref      uint64
	stage    stage
	began    time.Time
	timer    *time.Timer
	register bool
	operator bool // it asks to be one of the server's
	reserved bool

	name, key, nick, remote string
	password                Secret
	next                    Secret          // that the account is to have instead
	account                 records.Account // as found; empty when there is none

	// then is what is done with the account that was found; nil: its password
	// is looked at.
	then        func(ctx actor.Context, j *job)
	fingerprint string                    // claimed for the account
	wanted      []string                  // the certificates that it is to have
	say         func(records.Account) any // the answer when it is stored
	tries       int                       // that somebody else has spoiled
}

type stage uint8

const (
	finding   stage = iota // it waits for the stored account
	naming                 // it waits for the registry to say whose a certificate is
	updating               // it waits for the account to be stored again
	reserving              // a registration waits for its name
	queued                 // it waits for a worker
	hashing
	storing   // a registration waits for the new account to be stored
	settling  // its asker was told that the outcome is unknown
	abandoned // its asker was refused while the name was being reserved
)

type (
	// hashed is what a worker found out.
	hashed struct {
		ref   uint64
		ok    bool         // login: the password is right
		fresh records.Hash // registration, or a login whose hash is outdated
		scram records.Hash // the same, of the verifier
		weak  *Weak
		err   error
	}
	// expired says that the deadline of a job has passed.
	expired struct{ ref uint64 }
)

// begin notes a job, unless there are too many.
func (a *account) begin(ctx actor.Context, j *job) bool {
	if len(a.jobs) >= a.cfg.Queue {
		ask.Refuse(ctx, j.Ticket, ask.ErrBusy)
		return false
	}
	a.ref++
	j.ref, j.began = a.ref, a.cfg.Now()
	a.jobs[j.ref] = j
	if a.cfg.Deadline > 0 {
		sys, self, ref := ctx.ActorSystem(), ctx.Self(), j.ref
		j.timer = time.AfterFunc(a.cfg.Deadline, func() { sys.Root.Send(self, expired{ref}) })
	}
	return true
}

// at returns the job if it is at the stage; an answer that came too late, or
// was meant for an earlier incarnation, finds none.
func (a *account) at(ref uint64, s stage) *job {
	if j := a.jobs[ref]; j != nil && j.stage == s {
		return j
	}
	return nil
}

// finish answers and forgets the job.
func (a *account) finish(ctx actor.Context, j *job, answer any) {
	if j.timer != nil {
		j.timer.Stop()
	}
	delete(a.jobs, j.ref)
	ask.Reply(ctx, j.Ticket, answer)
}

func (a *account) refuse(ctx actor.Context, j *job, reason error) {
	a.finish(ctx, j, ask.Refused{Ref: j.Ref, Reason: reason})
}

// release gives the name of a registration back to the registry.
func (a *account) release(ctx actor.Context, j *job) {
	if j.reserved {
		ctx.Send(a.cfg.Registry, Release{Key: j.key})
		j.reserved = false
	}
}

// enqueue puts the job before the workers.
func (a *account) enqueue(ctx actor.Context, j *job) {
	j.stage = queued
	a.queue = append(a.queue, j)
	a.next(ctx)
}

// next gives the workers what they can take.
func (a *account) next(ctx actor.Context) {
	for len(a.queue) > 0 {
		j := a.queue[0]
		if reason := a.inVain(j); reason != nil {
			a.queue = slices.Delete(a.queue, 0, 1)
			a.giveUp(ctx, j, reason)
			continue
		}
		select {
		case a.slots <- struct{}{}:
			a.queue = slices.Delete(a.queue, 0, 1)
			j.stage = hashing
			a.start(ctx, j)
		default:
			return
		}
	}
}

// inVain says why a job is not to be hashed any more: it has waited too long,
// so that nobody waits for it, or others of its origin have failed meanwhile.
func (a *account) inVain(j *job) error {
	switch {
	case a.cfg.Deadline > 0 && a.cfg.Now().Sub(j.began) >= a.cfg.Deadline:
		return ask.ErrBusy
	case !j.register:
		return a.mustWait(j.key, j.remote)
	}
	return nil
}

// start hands the job to a worker, which works on copies.
func (a *account) start(ctx actor.Context, j *job) {
	ref, slots := j.ref, a.slots
	work := a.verifying(j)
	switch {
	case j.register:
		work = a.hashingNew(j)
	case j.next != "":
		work = a.changing(j)
	}
	a.cfg.Run(ctx.ActorSystem(), ctx.Self(), func() any {
		defer func() { <-slots }()
		return work()
	}, func(err error) any { return hashed{ref: ref, err: err} })
}

// hashed may come from a worker of an earlier incarnation: then it only says
// that there is a slot.
func (a *account) hashed(ctx actor.Context, m hashed) {
	if j := a.at(m.ref, hashing); j != nil {
		switch {
		case m.err != nil:
			a.giveUp(ctx, j, fmt.Errorf("%w: %w", ask.ErrUnavailable, m.err))
		case j.register:
			a.hashedNew(ctx, j, m)
		case j.next != "":
			a.changed(ctx, j, m)
		default:
			a.verified(ctx, j, m)
		}
	}
	a.next(ctx)
}

// giveUp refuses a job of which nothing is stored.
func (a *account) giveUp(ctx actor.Context, j *job, reason error) {
	a.release(ctx, j)
	a.refuse(ctx, j, reason)
}

// expired ends a job whose answer is overdue. One that is being hashed ends by
// itself.
func (a *account) expired(ctx actor.Context, m expired) {
	j := a.jobs[m.ref]
	if j == nil {
		return
	}
	switch j.stage {
	case finding, naming:
		a.unbound(ctx, j, ask.ErrUnavailable)
	case updating:
		a.unbound(ctx, j, ask.ErrUnknown)
	case reserving:
		a.orphan(ctx, j, ask.ErrUnavailable, abandoned)
	case queued:
		a.queue = slices.DeleteFunc(a.queue, func(q *job) bool { return q == j })
		a.giveUp(ctx, j, ask.ErrBusy)
	case storing:
		a.settle(ctx, j)
	case settling, abandoned:
		a.finish(ctx, j, nil)
	}
}

// orphan answers the asker and keeps the job, for one more deadline, to set
// right what the late answer of another part will tell.
func (a *account) orphan(ctx actor.Context, j *job, reason error, s stage) {
	ask.Refuse(ctx, j.Ticket, reason)
	j.Ticket, j.stage = ask.Ticket{}, s
	if j.timer != nil {
		j.timer.Reset(a.cfg.Deadline)
	}
}

// refused is the answer of the registry, or of storage, to a job.
func (a *account) refused(ctx actor.Context, m ask.Refused) {
	j := a.jobs[m.Ref]
	if j == nil {
		return
	}
	switch j.stage {
	case finding, updating:
		a.unbound(ctx, j, unavailable(m.Reason))
	case naming:
		a.refuse(ctx, j, m.Reason)
	case reserving:
		a.refuse(ctx, j, m.Reason)
	case storing:
		a.notCreated(ctx, j, m.Reason)
	case settling, abandoned:
		a.finish(ctx, j, nil)
	}
}

// unavailable words a storage error for an asker, who can do nothing about it;
// what it was stays wrapped for the log.
func unavailable(err error) error { return fmt.Errorf("%w: %w", ask.ErrUnavailable, err) }
