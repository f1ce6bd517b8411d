package registry

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/user"
)

func (r *registry) started(ctx actor.Context) {
	r.ofUsers = user.Config{Registry: ctx.Self(), Records: r.Records, Limits: r.User, Now: r.Now}.WithDefaults()
	r.load(ctx)
}

// load asks for a page of the names that are taken.
func (r *registry) load(ctx actor.Context) {
	r.question = r.next()
	ctx.Send(r.Records, records.Names{Ticket: r.ticket(ctx, r.question), Cursor: r.cursor})
}

func (r *registry) named(ctx actor.Context, m records.Named) {
	if !r.loading || m.Ref != r.question {
		return
	}
	if m.Err != nil {
		r.loadLater(ctx)
		return
	}
	for _, n := range m.Accounts {
		r.accounts[n.Key] = n.Name
		for _, fingerprint := range n.Certificates {
			r.certs[fingerprint] = n.Key
		}
	}
	for _, n := range m.Rooms {
		r.houses[n.Key] = &house{key: n.Key, name: n.Name, no: n.Room, stored: true}
	}
	if m.Next != "" {
		r.cursor = m.Next
		r.load(ctx)
		return
	}
	r.loading = false
	ctx.Send(ctx.Parent(), Ready{Registry: ctx.Self()})
	r.open(ctx, &r.loads)
}

func (r *registry) loadLater(ctx actor.Context) {
	r.question = r.next()
	r.alarm = r.after(ctx, r.Limits.Retry, loadAgain{r.question})
}

func (r *registry) loadAgain(ctx actor.Context, m loadAgain) {
	if r.loading && m.number == r.question {
		r.load(ctx)
	}
}
