package room

import (
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
)

// bulletin is what one commit, or one change of sessions, brings to sessions:
// most are shown the whole edition, special ones their own mixture.
type bulletin struct {
	*edition // apart, since relays hold it longer
	room     *room
	specials []*special
	byConn   map[string]*special
	entered  []*session // are shown the room by this
	enlisted []posting
	released []posting
	answers  []answer
	after    []any // commands that waited for these entries
}

// special is a session that does not get just the whole edition: it posted,
// came or went.
type special struct {
	conn     *actor.PID
	class    Class
	level    Role
	branch   *branch
	from, to int // the items that it is shown
	cuts     []cut
}

// cut is something said to one session: instead of item at, or before it.
type cut struct {
	at      int
	instead bool
	say     any
}

// posting assigns a session to those who serve it.
type posting struct {
	branch *branch
	listener
}

// answer is given when all sessions have been sent the edition.
type answer struct {
	asker ask.Ticket
	say   any
}

// own is what is said to a special session, in order.
type own struct {
	conn *actor.PID
	says []any
}

func (r *room) newBulletin(items []item) *bulletin {
	return &bulletin{room: r, edition: &edition{items: items}}
}

func (b *bulletin) answer(asker ask.Ticket, say any) {
	if asker.ReplyTo != nil {
		b.answers = append(b.answers, answer{asker, say})
	}
}

// special finds or makes the part of a connection. One that is no session of
// the room is shown nothing but what is said to it.
func (b *bulletin) special(conn *actor.PID) *special {
	if p := b.byConn[conn.Id]; p != nil {
		return p
	}
	p := &special{conn: conn}
	if s := b.room.byConn[conn.Id]; s != nil {
		p.become(s, len(b.items))
	} else {
		p.branch = b.room.lastServed(conn)
	}
	if b.byConn == nil {
		b.byConn = make(map[string]*special)
	}
	b.byConn[conn.Id] = p
	b.specials = append(b.specials, p)
	return p
}

// become makes it that of a session.
func (p *special) become(s *session, items int) {
	p.class, p.level, p.branch, p.to = s.Class, s.owner.role, s.branch, items
}

// put says something instead of item at, say before it.
func (p *special) put(at int, say any) { p.cuts = append(p.cuts, cut{at: at, instead: true, say: say}) }
func (p *special) say(at int, say any) { p.cuts = append(p.cuts, cut{at: at, say: say}) }

// replaces tells whether something is said instead of item at.
func (p *special) replaces(at int) bool {
	return slices.ContainsFunc(p.cuts, func(c cut) bool { return c.instead && c.at == at })
}

// own mixes the special's items with what is said to it.
func (b *bulletin) own(p *special) own {
	o := own{conn: p.conn}
	var v *view
	var lines []*Lines
	show := func(from, to int) {
		if from >= to {
			return
		}
		if v == nil {
			v = b.view(p.class, p.level)
		}
		lines = v.cut(b.items, lines[:0], from, to)
		for _, l := range lines {
			o.says = append(o.says, l)
		}
	}
	at := p.from
	for _, c := range p.cuts {
		show(at, min(c.at, p.to))
		o.says = append(o.says, c.say)
		at = max(at, c.at)
		if c.instead {
			at = max(at, c.at+1)
		}
	}
	show(at, p.to)
	return o
}

func (b *bulletin) enlist(s *session) {
	b.enlisted = append(b.enlisted, posting{s.branch, s.listener()})
}

func (b *bulletin) dismiss(s *session) {
	b.released = append(b.released, posting{s.branch, s.listener()})
}

// packet is the part of the bulletin for the sessions of one branch, or for
// those that the room serves itself; nil when there is nothing for them.
func (b *bulletin) packet(serial uint64, to *branch, all bool) *packet {
	p := &packet{serial: serial, edition: b.edition}
	for _, s := range b.specials {
		if s.branch == to {
			p.own = append(p.own, b.own(s))
		}
	}
	for _, e := range b.enlisted {
		if e.branch == to {
			p.enlist = append(p.enlist, e.listener)
		}
	}
	for _, e := range b.released {
		if e.branch == to {
			p.dismiss = append(p.dismiss, e.conn)
		}
	}
	if len(p.own)+len(p.enlist)+len(p.dismiss) == 0 && (len(b.items) == 0 || !all) {
		return nil
	}
	return p
}

// dispatch sends the bulletin: by the room itself to the sessions that no
// relay serves, and to the relays. The answers follow when all of them have
// put it into every mailbox.
func (r *room) dispatch(ctx actor.Context, b *bulletin) {
	r.serial++
	for _, s := range b.entered {
		s.again = true
	}
	if p := b.packet(r.serial, nil, len(r.direct.list) > 0); p != nil {
		r.direct.serve(ctx, p)
	}
	left := 0
	for _, br := range r.branches {
		if p := b.packet(r.serial, br, br.load > 0); p != nil {
			br.send(ctx, p)
			left++
		}
	}
	if left > 0 {
		r.waiting = append(r.waiting, waiting{serial: r.serial, left: left, answers: b.answers})
	} else {
		give(ctx, b.answers)
	}
	if len(b.items) > 0 {
		r.rest()
	}
	r.rebalance(ctx)
}

func give(ctx actor.SenderContext, answers []answer) {
	for _, a := range answers {
		ask.Reply(ctx, a.asker, a.say)
	}
}
