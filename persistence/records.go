package persistence

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/gauge"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// namesPage is how many names one Named holds at most.
const namesPage = 1000

// clerk is the records' actor.
//
// Owns: nothing. Reads go to its pool, which answers them, also when the
// clerk is restarted meanwhile; writes go to the journal, which answers them
// after its next commit. A restart loses: nothing. Given back by: the store.
type clerk struct {
	store   Store
	journal *actor.PID
	readers *pool
}

// NewRecords makes the actor that keeps what is not a log. Its writes are
// committed by the journal, an actor of JournalProps.
func NewRecords(cfg ActorConfig, journal *actor.PID) actor.Producer {
	cfg = cfg.withDefaults()
	readers := newPool(cfg)
	return func() actor.Actor { return &clerk{cfg.Store, journal, readers} }
}

func (c *clerk) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case records.Find:
		c.find(ctx, m)
	case records.Memberships:
		c.memberships(ctx, m)
	case records.Search:
		c.search(ctx, m)
	case records.Names:
		c.names(ctx, m)
	case records.Create:
		ctx.Send(c.journal, write{Op{Create: &m}})
	case records.Update:
		ctx.Send(c.journal, write{Op{Update: &m}})
	case records.Open:
		ctx.Send(c.journal, write{Op{Open: &m}})
	case records.Forget:
		ctx.Send(c.journal, write{Op{Forget: &m}})
	case records.Mark:
		ctx.Send(c.journal, write{Op{Mark: &m}})
	case journal.Flush:
		ctx.Send(c.journal, m)
	case gauge.Ask:
		c.measure(ctx, m)
	default:
		supervise.Stray(ctx)
	}
}

func (c *clerk) find(ctx actor.Context, m records.Find) {
	failed := func(err error) any { return records.Found{Ref: m.Ref, Err: err} }
	c.read(ctx, m.Ticket, func() (any, error) {
		account, err := c.store.Account(m.Key)
		return records.Found{Ref: m.Ref, Account: account}, err
	}, failed)
}

func (c *clerk) memberships(ctx actor.Context, m records.Memberships) {
	failed := func(err error) any { return records.Remembered{Ref: m.Ref, Err: err} }
	c.read(ctx, m.Ticket, func() (any, error) {
		list, err := c.store.Memberships(m.Account)
		return records.Remembered{Ref: m.Ref, List: list}, err
	}, failed)
}

func (c *clerk) search(ctx actor.Context, m records.Search) {
	failed := func(err error) any { return records.Hits{Ref: m.Ref, Err: err} }
	c.read(ctx, m.Ticket, func() (any, error) {
		hits, err := c.store.Search(m.Scopes, m.Terms)
		hits.Ref = m.Ref
		return hits, err
	}, failed)
}

func (c *clerk) names(ctx actor.Context, m records.Names) {
	failed := func(err error) any { return records.Named{Ref: m.Ref, Err: err} }
	c.read(ctx, m.Ticket, func() (any, error) {
		page, err := c.store.Names(m.Cursor, namesPage)
		page.Ref = m.Ref
		return page, err
	}, failed)
}

func (c *clerk) read(ctx actor.Context, t ask.Ticket, read func() (any, error), failed func(error) any) {
	events := ctx.ActorSystem().EventStream
	c.readers.answer(ctx, t, read, func(err error) any {
		report(events, 0, err)
		return failed(err)
	})
}
