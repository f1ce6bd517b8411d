package persistence

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// gathered says that a commit has waited long enough for company.
type gathered struct{ round, first uint64 }

// gather lets the first commit after a pause wait until it is as large as all
// those together that followed upon each other before the pause, for
// ActorConfig.Gather at the most: those who answer what has been shown come soon,
// but not at once, and would else be halved into two commits. Where they come one
// by one nothing waits.
type gather struct {
	usual int         // operations that are expected
	run   int         // operations of the commits since the last pause
	timer *time.Timer // nil: nothing waits
	over  bool        // it has waited
}

// gathers tells whether the next commit is to wait.
func (l *ledger) gathers(ctx actor.Context) bool {
	g, d := &l.gather, l.desk
	if d.cfg.Gather <= 0 || g.over || g.run > 0 || len(l.queue) >= g.usual {
		return false
	}
	if g.timer == nil {
		root, self, m := ctx.ActorSystem().Root, ctx.Self(), gathered{d.round, l.oldest()}
		g.timer = time.AfterFunc(d.cfg.Gather, func() { root.Send(self, m) })
	}
	return true
}

func (l *ledger) gathered(ctx actor.Context, m gathered) {
	if m.round == l.desk.round && m.first == l.oldest() {
		l.gather.over = true
		l.kick(ctx)
	}
}

// begun notes that a commit of so many operations has begun.
func (g *gather) begun(operations int) {
	g.end()
	g.over = false
	g.run += operations
}

// ended notes that it has ended, and how many operations wait for the next one.
func (g *gather) ended(waiting, most int) {
	if waiting == 0 {
		g.usual, g.run = min(g.run, most), 0
	}
}

func (g *gather) end() {
	if g.timer != nil {
		g.timer.Stop()
		g.timer = nil
	}
}
