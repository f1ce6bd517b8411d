package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// gather brings everybody into the rooms and warms the target up.
func (r *run) gather(ctx context.Context, t *target) error {
	c, err := newCrowd(t.o.Server, t.login, t.o.clients())
	if err != nil {
		return err
	}
	t.crowd = c
	if err := t.assemble(ctx, r.stage(t.name+": clients")); err != nil {
		return err
	}
	if t.o.Workload == Restart {
		return nil
	}
	c.load = newLoad(c, t.o, t.traits.echo && t.o.Complete == Echo)
	if t.o.WarmUp == 0 {
		return nil
	}
	stage := r.stage(t.name + ": warm-up")
	return t.attempt(ctx, t.o.WarmUp, 0, stage, func(volley) error { return nil })
}

func (t *target) assemble(ctx context.Context, say tell) error {
	c := t.crowd
	all := int64(2 * len(c.members))
	c.progress = func() { say(int64(c.registered+c.inside), all) }
	if err := c.enter(ctx, t.o, mostEntering); err != nil {
		return err
	}
	window := mostJoining
	if t.o.Workload == Restart {
		window = t.o.Window // in small groups they would have to wait for many commits
	}
	if err := c.join(ctx, t.o, window); err != nil {
		return err
	}
	return c.quiet(ctx, calmFor)
}

// calmFor is how long nothing may come before one calls it quiet.
const calmFor = 300 * time.Millisecond

func (t *target) round(ctx context.Context, say tell) ([]Figure, error) {
	switch t.o.Workload {
	case Join:
		return t.storm(ctx, t.joinRound, say)
	case Idle:
		return t.storm(ctx, t.idleRound, say)
	case Connect:
		return t.storm(ctx, t.connectRound, say)
	case Restart:
		return t.restart(ctx, say)
	}
	return t.loadRound(ctx, say)
}

// attempt fires once, and lets measure look before it is judged.
func (t *target) attempt(ctx context.Context, d time.Duration, messages int, say tell, measure func(volley) error) error {
	c := t.crowd
	if t.o.Workload == Latency && messages == 0 {
		messages = max(1, int(t.o.Rate*d.Seconds()))
	}
	began := c.now()
	c.progress = func() { say(int64(c.now()-began), int64(d)) }
	if messages > 0 {
		c.progress = func() { say(int64(messages-c.load.left), int64(messages)) }
	}
	v, fired := c.load.fire(ctx, c, d, messages)
	if fired == nil || errors.Is(fired, errSilence) {
		if err := measure(v); err != nil {
			return err
		}
	}
	err := c.load.judge(ctx, c, fired)
	if errors.Is(err, errSilence) {
		err = fmt.Errorf("nothing came for %v, though no message is missing: the server does not answer PING", t.o.Patience)
	}
	return err
}

// loadRound measures one volley.
func (t *target) loadRound(ctx context.Context, say tell) (figures []Figure, err error) {
	// What came while another target had its turn is read before.
	if err := t.crowd.quiet(ctx, tick); err != nil {
		return nil, err
	}
	m, err := t.measure()
	if err != nil {
		return nil, err
	}
	err = t.attempt(ctx, t.o.For, t.o.Messages, say, func(v volley) error {
		spent, err := m.spent()
		if err == nil {
			figures = t.loadFigures(v, spent)
		}
		return err
	})
	return figures, err
}

func (t *target) loadFigures(v volley, s spent) []Figure {
	figures := []Figure{
		{"messages", "messages", 0, float64(v.messages)},
		{"deliveries", "deliveries", 0, float64(v.copies)},
		{"deliveries_per_second", "deliveries/s", 0, float64(v.copies) / v.took.Seconds()},
		{"cpu_seconds_per_million", "CPU s/million", 3, s.cpu / float64(v.copies) * 1e6},
	}
	if t.o.Workload == Latency {
		for _, p := range []struct {
			key, head string
			share     float64
		}{{"p50_ms", "p50 ms", 0.5}, {"p90_ms", "p90 ms", 0.9}, {"p99_ms", "p99 ms", 0.99}, {"p999_ms", "p99.9 ms", 0.999}} {
			figures = append(figures, Figure{p.key, p.head, 2, millis(v.delays.at(p.share))})
		}
		figures = append(figures,
			Figure{"max_ms", "max ms", 2, millis(v.delays.longest)},
			Figure{"sent_late_ms", "sent late ms", 2, millis(v.late)})
	}
	t.doubts(v, s)
	return append(figures, s.system()...)
}

// doubts notes why figures may say less than they seem to.
func (t *target) doubts(v volley, s spent) {
	if s.coarse {
		t.note("a round took too little CPU for the clock it is read from; make rounds longer")
	}
	if v.late > v.delays.at(0.99)/2 && t.o.Workload == Latency {
		t.note("the load itself was late, as far as half the p99: other work keeps this machine from sending in time")
	}
}
