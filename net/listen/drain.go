package listen

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors"
	"github.com/greenroom-chat/greenroom/actors/ask"
)

// drained begins the end, or joins the end that has begun.
func (n *network) drained(ctx actor.Context, m actors.Drain) {
	n.drain = append(n.drain, m)
	if n.draining {
		n.finish(ctx)
		return
	}
	n.draining = true
	for _, pid := range n.listeners {
		if pid != nil {
			n.listening++
			ctx.Stop(pid)
		}
	}
	n.later(ctx, m.Within, patience{})
	n.sayFarewell(ctx)
}

// sayFarewell tells the connections, when the last listener is gone. What they
// have sent up to now is before it in their mailboxes.
func (n *network) sayFarewell(ctx actor.Context) {
	if n.listening > 0 {
		return
	}
	n.tellAll(ctx, n.cfg.Farewell(n.drain[0].Reason))
	n.finish(ctx)
}

// tellAll sends every connection the same.
func (n *network) tellAll(ctx actor.Context, m any) {
	for _, pid := range ctx.Children() {
		if _, ok := n.conns[pid.Id]; ok {
			ctx.Send(pid, m)
		}
	}
}

// stopConns stops those that did not go.
func (n *network) stopConns(ctx actor.Context) {
	for _, pid := range ctx.Children() {
		if _, ok := n.conns[pid.Id]; ok {
			n.stopped++
			ctx.Stop(pid)
		}
	}
}

// finish answers when nobody is left.
func (n *network) finish(ctx actor.Context) {
	if !n.draining || n.listening > 0 || len(n.conns) > 0 {
		return
	}
	for _, m := range n.drain {
		ask.Reply(ctx, m.Ticket, actors.Drained{Ref: m.Ref, Left: n.stopped})
	}
	n.drain = nil
}

// abandon answers those who wait, as net itself ends or starts anew.
func (n *network) abandon(ctx actor.Context) {
	for _, m := range n.drain {
		ask.Refuse(ctx, m.Ticket, ask.ErrStopping)
	}
	n.drain = nil
}
