package room

import (
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// relay is a child of a large room that serves a part of its sessions. It owns
// nothing: the room knows its sessions and keeps every packet until it is
// confirmed. A relay that fails is stopped, and the room spawns another.
type relay struct {
	room *actor.PID
	lane lane
}

// confirmed says that a packet is in the mailboxes of the relay's sessions.
type confirmed struct {
	relay  *actor.PID
	serial uint64
}

// relayLost is the room's word to itself that a relay has ended. It comes
// behind all that the relay had confirmed.
type relayLost struct{ relay *actor.PID }

func newRelay(room *actor.PID, sessions lane) actor.Producer {
	return func() actor.Actor { return &relay{room: room, lane: sessions} }
}

func (a *relay) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *packet:
		a.lane.serve(ctx, m)
		ctx.Send(a.room, confirmed{relay: ctx.Self(), serial: m.serial})
	default:
		supervise.Stray(ctx)
	}
}

// branch is what the room knows of a relay.
type branch struct {
	pid         *actor.PID
	lost        bool // it has ended, and is not yet replaced
	load        int  // sessions that are to be served by it
	base        lane // whom it serves as of the last packet it confirmed
	unconfirmed []*packet
	fatal       uint64 // the packet at which it ended last
}

// waiting are answers that are given when left relays have confirmed.
type waiting struct {
	serial  uint64
	left    int
	answers []answer
}

// send keeps the packet and passes it on; a lost relay's successor gets it.
func (b *branch) send(ctx actor.SenderContext, p *packet) {
	b.unconfirmed = append(b.unconfirmed, p)
	if !b.lost {
		ctx.Send(b.pid, p)
	}
}

func (r *room) confirmed(ctx actor.Context, m confirmed) {
	for _, b := range slices.Concat(r.branches, r.severed) {
		if b.pid.Equal(m.relay) && len(b.unconfirmed) > 0 && b.unconfirmed[0].serial == m.serial {
			r.settlePacket(ctx, b)
			break
		}
	}
	r.prune(ctx)
}

// settlePacket takes the oldest packet of a branch as delivered.
func (r *room) settlePacket(ctx actor.Context, b *branch) {
	serial := b.unconfirmed[0].serial
	b.base.follow(b.unconfirmed[0])
	b.unconfirmed[0] = nil
	b.unconfirmed = b.unconfirmed[1:]
	i := slices.IndexFunc(r.waiting, func(w waiting) bool { return w.serial == serial })
	if i < 0 {
		return
	}
	r.waiting[i].left--
	if r.waiting[i].left == 0 {
		give(ctx, r.waiting[i].answers)
		r.waiting = slices.Delete(r.waiting, i, i+1)
		r.touch(ctx)
	}
}

// relayGone tells whether it was a relay that ended.
func (r *room) relayGone(ctx actor.Context, who *actor.PID) bool {
	for _, b := range r.branches {
		if b.pid.Equal(who) {
			b.lost = true
			ctx.Send(ctx.Self(), relayLost{who})
			return true
		}
	}
	return false
}

// replaceRelay gives the sessions of a lost relay to a new one, with all that
// the lost one had not confirmed. A packet at which two have ended is left out.
func (r *room) replaceRelay(ctx actor.Context, m relayLost) {
	i := slices.IndexFunc(r.branches, func(b *branch) bool { return b.pid.Equal(m.relay) })
	if i < 0 {
		return
	}
	b := r.branches[i]
	if len(b.unconfirmed) > 0 {
		if b.fatal == b.unconfirmed[0].serial {
			r.settlePacket(ctx, b)
		} else {
			b.fatal = b.unconfirmed[0].serial
		}
	}
	b.pid, b.lost = r.spawnRelay(ctx, b.base), false
	for _, p := range b.unconfirmed {
		ctx.Send(b.pid, p)
	}
}

func (r *room) spawnRelay(ctx actor.Context, sessions lane) *actor.PID {
	props := supervise.Props(newRelay(ctx.Self(), sessions.clone()))
	return ctx.SpawnPrefix(props, "relay-")
}

// lastServed finds the relay that still has something for a connection which
// has left. What the connection is sent next must come behind it.
func (r *room) lastServed(conn *actor.PID) *branch {
	for _, b := range r.branches {
		for _, p := range b.unconfirmed {
			if slices.ContainsFunc(p.own, func(o own) bool { return o.conn.Equal(conn) }) {
				return b
			}
		}
	}
	return nil
}

// branchFor chooses who serves a new session; nil is the room itself.
func (r *room) branchFor(ctx actor.Context, conn *actor.PID) *branch {
	if len(r.branches) == 0 {
		return nil
	}
	if b := r.lastServed(conn); b != nil {
		return b
	}
	least := slices.MinFunc(r.branches, func(a, b *branch) int { return a.load - b.load })
	if least.load < r.Limits.RelaySize {
		return least
	}
	return r.grow(ctx)
}

func (r *room) grow(ctx actor.Context) *branch {
	b := &branch{pid: r.spawnRelay(ctx, lane{})}
	r.branches = append(r.branches, b)
	return b
}

// rebalance hands the room's own sessions to relays when it has become large.
// All that was sent to them before is in their mailboxes, so what a relay
// sends comes after it.
func (r *room) rebalance(ctx actor.Context) {
	if len(r.members) <= r.Limits.RelayAt || len(r.direct.list) == 0 || len(r.awaited) > 0 {
		return
	}
	for part := range slices.Chunk(r.direct.list, r.Limits.RelaySize) {
		b := &branch{load: len(part)}
		for _, l := range part {
			b.base.put(l)
			r.byConn[l.conn.Id].branch = b
		}
		b.pid = r.spawnRelay(ctx, b.base)
		r.branches = append(r.branches, b)
	}
	r.direct = lane{}
}

// prune ends relays that serve nobody, once the room is small again.
func (r *room) prune(ctx actor.Context) {
	if len(r.members) > r.Limits.RelayAt {
		return
	}
	r.branches = slices.DeleteFunc(r.branches, func(b *branch) bool {
		idle := !b.lost && b.load == 0 && len(b.unconfirmed) == 0
		if idle {
			ctx.Poison(b.pid)
		}
		return idle
	})
}

// redeliver sends what the relays of the last incarnation had not confirmed to
// the sessions that they served, and gives the answers that waited for it. All
// that they did confirm has arrived by now, as they had ended before this
// incarnation began.
func (r *room) redeliver(ctx actor.Context) {
	b := r.newBulletin(nil)
	for _, old := range r.severed {
		for _, p := range old.unconfirmed {
			b.repeat(old, p)
		}
	}
	for _, w := range r.waiting {
		b.answers = append(b.answers, w.answers...)
	}
	r.severed, r.waiting = nil, nil
	if len(b.specials)+len(b.answers) > 0 {
		r.dispatch(ctx, b)
	}
}

// repeat adds a packet of an old branch to what its sessions are sent.
func (b *bulletin) repeat(old *branch, p *packet) {
	for _, e := range p.enlist {
		old.base.put(e)
	}
	for _, l := range old.base.list {
		mixed := slices.ContainsFunc(p.own, func(o own) bool { return o.conn.Equal(l.conn) })
		if mixed || len(p.edition.items) == 0 {
			continue
		}
		to := b.special(l.conn)
		for _, lines := range p.edition.view(l.class, l.level).whole {
			to.say(0, lines)
		}
	}
	for _, o := range p.own {
		to := b.special(o.conn)
		for _, say := range o.says {
			to.say(0, say)
		}
	}
	old.base.follow(p)
}
