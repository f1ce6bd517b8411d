package persistence

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// reply is a message on its way to who asked.
type reply struct {
	to      *actor.PID
	message any
}

// addressee is whose outcomes go into one message.
type addressee struct {
	address, id string
	room        journal.Room
	failure     string
}

// envelope gathers the entries for one addressee.
type envelope struct {
	to      *actor.PID
	room    journal.Room
	reason  error // nil: committed
	entries []journal.Entry
}

func (e *envelope) reply() reply {
	if e.reason != nil {
		return reply{e.to, journal.NotCommitted{Room: e.room, Entries: e.entries, Reason: e.reason}}
	}
	return reply{e.to, journal.Committed{Room: e.room, Entries: e.entries}}
}

// answers turns the outcomes of a batch into messages: one Committed for a
// room, and one NotCommitted for a room and reason, entries in their order.
func answers(items []item, outcomes []Outcome) []reply {
	var list []reply
	var sealed []*envelope
	open := make(map[addressee]*envelope)
	for i, it := range items {
		a, out := it.op.Append, outcomes[i]
		if a == nil {
			list = appendAnswer(list, it.op, out)
			continue
		}
		if a.ReplyTo == nil {
			continue
		}
		key := addressee{address: a.ReplyTo.Address, id: a.ReplyTo.Id, room: a.Record.Room}
		if out.Err != nil {
			key.failure = out.Err.Error()
		}
		e := open[key]
		if e == nil {
			e = &envelope{to: a.ReplyTo, room: a.Record.Room, reason: out.Err}
			open[key] = e
			sealed = append(sealed, e)
		}
		e.entries = append(e.entries, entryOf(a, out))
	}
	for _, e := range sealed {
		list = append(list, e.reply())
	}
	return list
}

func entryOf(a *journal.Append, out Outcome) journal.Entry {
	e := journal.Entry{
		Record: a.Record, Silent: a.Silent, Duplicate: out.Duplicate, State: a.State, Name: a.Name, Marker: out.Marker, Intent: a.Intent,
	}
	if out.Err == nil && !a.Silent {
		e.Record = out.Record
	}
	return e
}

// appendAnswer adds what a write of the records actor is answered with.
func appendAnswer(list []reply, op Op, out Outcome) []reply {
	var to *actor.PID
	var message any
	switch {
	case op.Create != nil:
		to, message = op.Create.ReplyTo, records.Created{Ref: op.Create.Ref, Account: out.Account, Err: out.Err}
	case op.Update != nil:
		to, message = op.Update.ReplyTo, records.Updated{Ref: op.Update.Ref, Account: out.Account, Err: out.Err}
	case op.Open != nil:
		to, message = op.Open.ReplyTo, records.Opened{Ref: op.Open.Ref, Room: out.Room, Made: out.Made, Err: out.Err}
	case op.Forget != nil:
		to, message = op.Forget.ReplyTo, records.Forgotten{Ref: op.Forget.Ref, Err: out.Err}
	case op.Mark != nil:
		to, message = op.Mark.ReplyTo, records.Marked{Ref: op.Mark.Ref, At: out.Marker, Err: out.Err}
	}
	if to == nil {
		return list
	}
	return append(list, reply{to, message})
}

// refusals answers all items with one reason.
func refusals(items []item, reason error) []reply {
	outcomes := make([]Outcome, len(items))
	for i := range outcomes {
		outcomes[i].Err = reason
	}
	return answers(items, outcomes)
}

// settle answers for what was in flight, unless that has been done.
func (l *ledger) settle(outcomes []Outcome) {
	f, late := l.desk.flight, l.desk.late
	l.desk.flight, l.desk.late = nil, nil
	switch {
	case f != nil:
		l.owe(answers(f.items, outcomes))
	case late != nil:
		l.owe(lateNews(late.items, outcomes))
	}
}

// lateNews tells of what was said and is stored after all. What else has been
// given up stays so: those who asked for it have gone on.
func lateNews(items []item, outcomes []Outcome) []reply {
	var stored []item
	var news []Outcome
	for i, out := range outcomes {
		a := items[i].op.Append
		if a != nil && !a.Silent && wasSaid(a.Record.Kind) && out.Err == nil && !out.Duplicate {
			stored, news = append(stored, items[i]), append(news, out)
		}
	}
	list := answers(stored, news)
	for i := range list {
		if m, ok := list[i].message.(journal.Committed); ok {
			m.Late = true
			list[i].message = m
		}
	}
	return list
}

func wasSaid(k journal.Kind) bool { return k.Posted() || k == journal.Redact }

func (l *ledger) refuseQueue(reason error) {
	l.owe(refusals(l.queue, reason))
	l.queue, l.bytes = nil, 0
}

func (l *ledger) owe(more []reply) { l.owed = append(l.owed, more...) }

// deliver sends what is owed. What a crash leaves over is sent by leave.
func (l *ledger) deliver(ctx actor.Context) {
	for len(l.owed) > 0 {
		r := l.owed[0]
		ctx.Send(r.to, r.message)
		l.owed = l.owed[1:]
	}
	l.flushed(ctx)
}
