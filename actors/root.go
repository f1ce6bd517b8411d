package actors

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/storage"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// Messages to the root from Tree and from itself.
type (
	stop      struct{}
	graceOver struct{ step uint64 }
)

type root struct {
	cfg  Config
	deps Deps

	started []*actor.PID // in the order of parts; nil: has ended
	fatally bool         // Fatal was called

	stopping bool
	tried    int    // steps to end the last of started
	step     uint64 // of all steps, so that a late answer fits none
	grace    *time.Timer
}

func (r *root) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		r.startNext(ctx)
	case storage.Ready:
		r.deps.Journal, r.deps.Records = m.Journal, m.Records
		r.ready(ctx, "storage")
	case registry.Ready:
		r.ready(ctx, "registry")
	case NetReady:
		r.netReady(ctx, m)
	case storage.Failed:
		r.fatal(fmt.Errorf("%v has failed too often", m.Who))
	case NetFailed:
		r.fatal(m.Err)
	case *actor.Terminated:
		r.ended(ctx, m.Who)
	case whereabouts:
		r.tellWhereabouts(ctx, m)
	case Tell:
		r.tell(ctx, m)
	case stop:
		r.stop(ctx)
	case journal.Flushed:
		r.stepDone(ctx, m.Ref)
	case Drained:
		r.stepDone(ctx, m.Ref)
	case ask.Refused:
		r.stepDone(ctx, m.Ref)
	case graceOver:
		r.stepDone(ctx, m.step)
	case *actor.Stopping:
		r.leave()
	default:
		supervise.Stray(ctx)
	}
}

func (r *root) startNext(ctx actor.Context) {
	for !r.stopping && len(r.started) < len(parts) {
		p := parts[len(r.started)]
		pid, err := ctx.SpawnNamed(p.props(r), p.name)
		if err != nil {
			panic(fmt.Errorf("start %s: %w", p.name, err))
		}
		r.started = append(r.started, pid)
		r.remember(p.name, pid)
		if p.waits {
			return
		}
	}
}

func (r *root) remember(name string, pid *actor.PID) {
	switch name {
	case "registry":
		r.deps.Registry = pid
	case "account":
		r.deps.Account = pid
	}
}

// ready goes on after the part that was started last. One that has been
// restarted says it again, and has the PIDs that it had.
func (r *root) ready(ctx actor.Context, name string) {
	if n := len(r.started); n > 0 && parts[n-1].name == name {
		r.startNext(ctx)
	}
}

func (r *root) netReady(ctx actor.Context, m NetReady) {
	r.ready(ctx, "net")
	r.cfg.Ready(m.Addrs)
}

// tellWhereabouts names the parts that are there. Storage itself has nothing to
// tell: its children have.
func (r *root) tellWhereabouts(ctx actor.Context, m whereabouts) {
	list := []resident{}
	for i, pid := range r.started {
		switch {
		case pid == nil:
		case parts[i].name != "storage":
			list = append(list, resident{parts[i].name, pid})
		case r.deps.Journal != nil:
			list = append(list, resident{"journal", r.deps.Journal}, resident{"records", r.deps.Records})
		}
	}
	ask.Reply(ctx, m.Ticket, residents{list})
}

func (r *root) registryConfig() registry.Config {
	cfg := r.cfg.Registry
	cfg.Journal, cfg.Records = r.deps.Journal, r.deps.Records
	return cfg
}

// ended: unless it was told to, a part ends only when it has used up its
// restarts.
func (r *root) ended(ctx actor.Context, who *actor.PID) {
	i := slices.IndexFunc(r.started, func(pid *actor.PID) bool { return pid != nil && pid.Equal(who) })
	if i < 0 {
		return
	}
	r.started[i] = nil
	switch {
	case !r.stopping:
		r.fatal(fmt.Errorf("%s has failed too often", parts[i].name))
	case i == len(r.started)-1:
		r.tried = 0
		r.stopNext(ctx)
	}
}

func (r *root) fatal(err error) {
	if r.fatally || r.stopping {
		return
	}
	r.fatally = true
	r.cfg.Fatal(err)
}

func (r *root) stop(ctx actor.Context) {
	if !r.stopping {
		r.stopping = true
		r.stopNext(ctx)
	}
}

// stopNext takes the next step to end the last part, and ends the root when
// there is none.
func (r *root) stopNext(ctx actor.Context) {
	for n := len(r.started); n > 0; n = len(r.started) {
		p, pid := parts[n-1], r.started[n-1]
		if pid != nil && r.tried < len(p.end) {
			r.step++
			next := p.end[r.tried]
			next.take(r, ctx, pid)
			r.tried++
			r.wait(ctx, next.grace)
			return
		}
		r.started, r.tried = r.started[:n-1], 0
	}
	ctx.Stop(ctx.Self())
}

func (r *root) stepDone(ctx actor.Context, step uint64) {
	if r.stopping && step == r.step {
		r.stopNext(ctx)
	}
}

func (r *root) wait(ctx actor.Context, d time.Duration) {
	r.cancelGrace()
	system, self, m := ctx.ActorSystem().Root, ctx.Self(), graceOver{r.step}
	r.grace = time.AfterFunc(d, func() { system.Send(self, m) })
}

// leave: a root that ends by itself has crashed.
func (r *root) leave() {
	r.cancelGrace()
	r.fatal(errors.New("the root of the actors has failed"))
}

// The steps to end a part.
func flush(r *root, ctx actor.Context, pid *actor.PID) {
	ctx.Send(pid, journal.Flush{Ticket: ask.Ticket{ReplyTo: ctx.Self(), Ref: r.step}})
}

func drain(r *root, ctx actor.Context, pid *actor.PID) {
	t := ask.Ticket{ReplyTo: ctx.Self(), Ref: r.step}
	ctx.Send(pid, Drain{Ticket: t, Reason: "the server is stopping", Within: drainWithin})
}

func poison(_ *root, ctx actor.Context, pid *actor.PID) { ctx.Poison(pid) }

func halt(_ *root, ctx actor.Context, pid *actor.PID) { ctx.Stop(pid) }

func (r *root) cancelGrace() {
	if r.grace != nil {
		r.grace.Stop()
	}
}
