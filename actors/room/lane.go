package room

import (
	"slices"

	"github.com/asynkron/protoactor-go/actor"
)

// listener is a session as those who serve it know it.
type listener struct {
	conn  *actor.PID
	class Class
	level Role
	own   uint64 // the last packet in which it has a part of its own
}

// packet is a numbered part of a bulletin. It never changes.
type packet struct {
	serial  uint64
	edition *edition
	own     []own
	enlist  []listener
	dismiss []*actor.PID
}

// lane is a set of sessions that are served by one actor.
type lane struct {
	list []listener
	at   map[string]int
}

// serve sends first those who get the whole edition, then the others.
func (l *lane) serve(ctx actor.SenderContext, p *packet) {
	for _, e := range p.enlist {
		l.put(e)
	}
	for _, o := range p.own {
		if i, ok := l.at[o.conn.Id]; ok {
			l.list[i].own = p.serial
		}
	}
	if len(p.edition.items) > 0 {
		l.serveAll(ctx, p)
	}
	for _, o := range p.own {
		for _, say := range o.says {
			ctx.Send(o.conn, say)
		}
	}
	for _, conn := range p.dismiss {
		l.remove(conn)
	}
}

// follow takes over who comes and goes with a packet, without serving anybody.
func (l *lane) follow(p *packet) {
	for _, e := range p.enlist {
		l.put(e)
	}
	for _, conn := range p.dismiss {
		l.remove(conn)
	}
}

func (l *lane) serveAll(ctx actor.SenderContext, p *packet) {
	for i := range l.list {
		to := &l.list[i]
		if to.own == p.serial {
			continue
		}
		for _, lines := range p.edition.view(to.class, to.level).whole {
			ctx.Send(to.conn, lines)
		}
	}
}

// put adds a session or replaces what is known of it.
func (l *lane) put(e listener) {
	if l.at == nil {
		l.at = make(map[string]int)
	}
	if i, ok := l.at[e.conn.Id]; ok {
		l.list[i] = e
		return
	}
	l.at[e.conn.Id] = len(l.list)
	l.list = append(l.list, e)
}

func (l *lane) remove(conn *actor.PID) {
	i, ok := l.at[conn.Id]
	if !ok {
		return
	}
	last := len(l.list) - 1
	l.list[i] = l.list[last]
	l.at[l.list[i].conn.Id] = i
	l.list[last] = listener{}
	l.list = l.list[:last]
	delete(l.at, conn.Id)
}

func (l *lane) clone() lane {
	c := lane{list: slices.Clone(l.list), at: make(map[string]int, len(l.list))}
	for i, e := range c.list {
		c.at[e.conn.Id] = i
	}
	return c
}
