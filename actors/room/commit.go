package room

import (
	"errors"
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
)

// append sends a record to the journal. The outcome says all that is needed to
// go on, so nothing is kept meanwhile but a count. What else is to be noted is
// noted afterwards: should the room fail before it has asked, nothing waits for
// an outcome that will not come.
func (r *room) append(ctx actor.Context, a journal.Append) {
	a.Record.Room = r.no
	a.ReplyTo = ctx.Self()
	if r.talk() && !r.stored && !a.Silent {
		a.Members = r.bothPeople()
	}
	ctx.Send(r.Journal, a)
	r.underway++
}

// bothPeople makes a conversation known to the accounts that take part.
func (r *room) bothPeople() []journal.Member {
	var both []journal.Member
	for i, id := range r.Pair {
		if id != "" && id[0] != '~' && (i == 0 || id != r.Pair[0]) {
			both = append(both, journal.Member{Account: id, Joined: true})
		}
	}
	return both
}

func (r *room) outcome(ctx actor.Context, outcome any) {
	if m, ok := outcome.(journal.NotCommitted); ok {
		r.takeBack(ctx, m)
		return
	}
	entries, awaited := shown(outcome)
	r.underway = max(0, r.underway-awaited)
	r.stored = r.stored || slices.ContainsFunc(entries, func(e journal.Entry) bool { return !e.Silent })
	r.showByHand(ctx, entries)
}

// settle goes on with what had to wait for a state change.
func (r *room) settle(ctx actor.Context) {
	r.touch(ctx)
	if r.ready() {
		r.behavior.Become(r.open)
		r.unpark(ctx)
	}
}

// showByHand shows entries of which, should that fail, the next incarnation
// shows what is left.
func (r *room) showByHand(ctx actor.Context, entries []journal.Entry) {
	outer := r.legacy.hand
	if outer == nil {
		r.legacy.hand = &hand{entries: entries}
	}
	r.legacy.arrived = nil
	r.show(ctx, entries)
	r.legacy.hand = outer
}

// showUnrecorded shows what is not worth a record.
func (r *room) showUnrecorded(ctx actor.Context, record journal.Record, intent any) {
	if r.legacy.hand == nil {
		r.catchUp(ctx) // it happens after all that was stored before
	}
	r.showByHand(ctx, []journal.Entry{r.unrecorded(record, intent)})
}

// showSoon is showUnrecorded for what need not be shown at once: a room that
// rests shows it with the rest.
func (r *room) showSoon(ctx actor.Context, record journal.Record, intent any) {
	r.take(ctx, news{r.unrecorded(record, intent)})
}

func (r *room) unrecorded(record journal.Record, intent any) journal.Entry {
	record.Room, record.Seq = r.no, 0
	return journal.Entry{Record: record, Silent: true, Intent: intent}
}

// show makes the entries happen: first everything is encoded, which may fail
// and then nothing has happened; then they are applied, which may be done
// again; then everybody is told.
func (r *room) show(ctx actor.Context, entries []journal.Entry) {
	b := r.newBulletin(r.items(entries))
	b.encode(r.Encode, r.classesWith(entries))
	if r.legacy.hand != nil {
		r.legacy.hand.applied = true
	}
	at := 0
	for _, e := range entries {
		if !isShown(e) {
			r.aside(b, at, e)
			continue
		}
		r.apply(ctx, b, at, e)
		at += width(e)
	}
	if r.legacy.hand != nil {
		r.legacy.hand.begun = true
	}
	r.dispatch(ctx, b)
	r.parked = append(r.parked, b.after...)
	r.touch(ctx)
}

// items are the entries as they are shown.
func (r *room) items(entries []journal.Entry) []item {
	items := make([]item, 0, len(entries))
	for _, e := range entries {
		if !isShown(e) {
			continue
		}
		if e.Record.Time.IsZero() {
			e.Record.Time = r.now()
		}
		it := item{
			event: Event{Room: r.Name, Record: e.Record, Profile: profileOf(e.Record.Author)},
			min:   Role(e.Record.MinRole),
		}
		switch m := e.Intent.(type) {
		case Post:
			it.event.ID = m.ID
			if mem := r.memberOf(m.User); mem != nil {
				it.event.Profile = mem.profile
			}
		case Join:
			it.event.Profile = r.arriving(m)
		case Leave:
			it.once = onceOf(m)
		case noted:
			items = append(items, r.noteItems(e, m)...)
			continue
		case ProfileChanged:
			it.once, it.event.Profile = m.Once, m.Event.Profile
			if it.event.Note = m.Event.Note; it.event.Note != nil {
				it.key = it.event.Note.Key
			}
		case Invite:
			it.once = m.Once
		}
		items = append(items, it)
	}
	return items
}

// isShown tells whether an entry is something that members see.
func isShown(e journal.Entry) bool {
	_, mark := e.Intent.(Mark)
	return !e.Duplicate && !mark
}

// aside answers for what is not shown, before item at of the bulletin: what the
// journal had stored before, and what is between a user and the log.
func (r *room) aside(b *bulletin, at int, e journal.Entry) {
	switch m := e.Intent.(type) {
	case Post:
		r.repeated(b, at, m, e.Record)
	case Mark:
		r.marked(b, at, m, e.Marker)
	}
}

// apply makes one entry happen, which is item at of the bulletin.
func (r *room) apply(ctx actor.Context, b *bulletin, at int, e journal.Entry) {
	switch m := e.Intent.(type) {
	case Post:
		b.said(at, m.Ticket, e.Record)
	case Redact:
		b.said(at, m.Ticket, e.Record)
	case Join:
		r.joined(ctx, b, at, m, e.Marker)
	case Leave:
		if m.Kind == journal.Part {
			b.echo(at, m.Ticket)
		}
		r.exit(ctx, b, at, m.User)
		b.answer(m.Ticket, Left{Ref: m.Ref})
	case kicked:
		b.echo(at, m.Ticket)
		r.exit(ctx, b, at, m.target)
		b.answer(m.Ticket, Done{Ref: m.Ref})
	case changed:
		b.echo(at, m.Ticket)
		r.changedState(ctx, b, *e.State, m)
	case renamed:
		r.isRenamed(ctx, b, at, *e.Name, m)
	case noted:
		r.changing = false
		r.state = *e.State
		b.answer(m.Ticket, Done{Ref: m.Ref})
	case ProfileChanged:
		b.answer(m.Ticket, Noted{Ref: m.Ref})
	case Invite:
		b.answer(m.Ticket, Done{Ref: m.Ref})
	}
}

// takeBack undoes what was begun for entries that are not stored. When nobody
// knows whether a change of the state is, the room begins again with what the
// records say. All have their answer before anything that may fail: what is
// shown although it is not stored, and what had to wait for the outcome.
func (r *room) takeBack(ctx actor.Context, m journal.NotCommitted) {
	r.underway = max(0, r.underway-len(m.Entries))
	r.legacy.arrived = nil
	lost := false
	var shown []journal.Entry
	var staying []*actor.PID
	for _, e := range m.Entries {
		if happens(e.Intent) {
			shown = append(shown, r.unrecorded(e.Record, e.Intent))
			continue
		}
		ask.RefuseAsked(ctx, e.Intent, m.Reason)
		switch i := e.Intent.(type) {
		case Join:
			r.notJoined(ctx, i)
		case Leave:
			staying = append(staying, i.User)
		case kicked:
			staying = append(staying, i.target)
		case changed, renamed, noted:
			r.changing = false
			lost = errors.Is(m.Reason, ask.ErrUnknown)
		}
	}
	if len(shown) > 0 {
		r.showByHand(ctx, shown)
	}
	for _, user := range staying {
		r.stay(ctx, user)
	}
	if lost {
		panic(errLostChange)
	}
}

// happens tells whether something is so although it could not be stored: the
// sessions are gone, or the nick has changed, whatever the disk says.
func happens(intent any) bool {
	switch i := intent.(type) {
	case ProfileChanged:
		return true
	case Leave:
		return i.Kind == journal.Quit
	}
	return false
}
