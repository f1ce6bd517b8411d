package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// restart is a round that ends the server under everybody and starts it again:
// all come back at once, find themselves in the room that they were in, and what
// one says there reaches the others.
func (t *target) restart(ctx context.Context, say tell) ([]Figure, error) {
	told := time.Now()
	pid, err := t.o.Server.Again(ctx)
	if err != nil {
		return nil, fmt.Errorf("end the server and start it again: %w", err)
	}
	down := time.Since(told)
	t.o.Server.PID = pid
	t.crowd.leave()
	if t.crowd, err = newCrowd(t.o.Server, t.login, t.o.clients()); err != nil {
		return nil, err
	}
	c := t.crowd
	c.home = true
	c.progress = func() { say(int64(c.registered+c.inside), int64(2*len(c.members))) }
	if err := c.enter(ctx, t.o, cmp.Or(t.o.Window, t.o.Members)); err != nil {
		return nil, err
	}
	welcomed := c.now()
	if err := c.join(ctx, t.o, 0); err != nil {
		return nil, err
	}
	all := c.now()
	if err := c.quiet(ctx, calmFor); err != nil {
		return nil, err
	}
	used, err := ReadUsage(pid) // of a process that began with the round
	if err != nil {
		return nil, err
	}
	figures := []Figure{
		{"clients", "clients", 0, float64(len(c.members))},
		{"down_seconds", "s away", 2, down.Seconds()},
		{"welcome_seconds", "s to welcome", 2, welcomed.Seconds()},
		{"names_seconds", "s to names", 2, all.Seconds()},
		{"quiet_seconds", "s to quiet", 2, c.last.Seconds()},
		{"cpu_seconds", "CPU s", 2, used.CPU.Seconds()},
		{"lines", "lines", 0, float64(c.lines)},
		{"rss_mib", "RSS MiB", 1, mebi(used.RSS)},
		{"peak_mib", "peak MiB", 1, mebi(used.Peak)},
	}
	return figures, errors.Join(c.complete(), t.speak(ctx))
}

// speak has some of them say something that all the others must hear.
func (t *target) speak(ctx context.Context) error {
	o := t.o
	o.Workload, o.Rooms, o.Senders, o.Window, o.Size = FanOut, 1, min(8, o.Members), 1, 64
	l := newLoad(t.crowd, o, false)
	t.crowd.load = l
	_, fired := l.fire(ctx, t.crowd, 0, o.Senders)
	return l.judge(ctx, t.crowd, fired)
}
