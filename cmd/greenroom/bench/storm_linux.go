package bench

import (
	"context"
	"fmt"
)

// tell is how far a round has come.
type tell func(done, total int64)

// storm does a round with a crowd of its own, under names of its own: those of
// the last round may still be known.
func (t *target) storm(ctx context.Context, do func(context.Context, *crowd, tell) ([]Figure, error), say tell) ([]Figure, error) {
	if err := t.rest(ctx); err != nil {
		return nil, err
	}
	l := t.login
	l.tag = newTag()
	c, err := newCrowd(t.o.Server, l, t.o.clients())
	if err != nil {
		return nil, err
	}
	defer c.leave()
	return do(ctx, c, say)
}

// connectRound is how fast clients are let in.
func (t *target) connectRound(ctx context.Context, c *crowd, say tell) ([]Figure, error) {
	s, err := t.entering(ctx, c, t.o.Window, say)
	if err != nil {
		return nil, err
	}
	n := float64(len(c.members))
	return append([]Figure{
		{"clients", "clients", 0, n},
		{"seconds", "seconds", 2, s.took},
		{"clients_per_second", "clients/s", 0, n / s.took},
		{"cpu_ms_per_client", "CPU ms/client", 3, s.cpu / n * 1e3},
	}, s.system()...), nil
}

// entering measures from the first connection to the last welcome.
func (t *target) entering(ctx context.Context, c *crowd, window int, say tell) (spent, error) {
	c.progress = func() { say(int64(c.registered), int64(len(c.members))) }
	m, err := t.measure()
	if err != nil {
		return spent{}, err
	}
	if err := c.enter(ctx, t.o, window); err != nil {
		return spent{}, err
	}
	return m.spent()
}

// idleRound is what a client that does nothing takes of memory.
func (t *target) idleRound(ctx context.Context, c *crowd, say tell) ([]Figure, error) {
	m, err := t.measure()
	if err == nil {
		_, err = t.entering(ctx, c, mostEntering, say)
	}
	if err != nil {
		return nil, err
	}
	settled := c.now() + t.o.For
	if err := c.until(ctx, mostFor, func() bool { return c.now() >= settled }); err != nil {
		return nil, err
	}
	s, err := m.spent()
	if err != nil {
		return nil, err
	}
	n := float64(len(c.members))
	return append([]Figure{
		{"clients", "clients", 0, n},
		{"kib_per_client", "KiB/client", 1, s.grown * 1024 / n},
		{"cpu_seconds", "CPU s", 2, s.cpu},
	}, s.system()...), nil
}

// joinRound is everybody entering one room: who is in it is told to all.
func (t *target) joinRound(ctx context.Context, c *crowd, say tell) ([]Figure, error) {
	if _, err := t.entering(ctx, c, mostEntering, say); err != nil {
		return nil, err
	}
	if err := c.quiet(ctx, calmFor); err != nil {
		return nil, err
	}
	if err := t.rest(ctx); err != nil {
		return nil, err
	}
	m, err := t.measure()
	if err != nil {
		return nil, err
	}
	began, before := c.now(), c.lines
	c.last = began
	c.progress = func() { say(int64(c.inside), int64(len(c.members))) }
	if err := c.join(ctx, t.o, t.o.Window); err != nil {
		return nil, err
	}
	names := c.now() - began
	if err := c.quiet(ctx, calmFor); err != nil {
		return nil, err
	}
	s, err := m.spent()
	if err != nil {
		return nil, err
	}
	return append([]Figure{
		{"clients", "clients", 0, float64(len(c.members))},
		{"names_seconds", "s to names", 2, names.Seconds()},
		{"quiet_seconds", "s to quiet", 2, (c.last - began).Seconds()},
		{"cpu_seconds", "CPU s", 2, s.cpu},
		{"lines", "lines", 0, float64(c.lines - before)},
	}, s.system()...), c.complete()
}

// complete tells when somebody was not told of everybody: each hears of all by
// the list of names or by their joining, and of itself by both.
func (c *crowd) complete() error {
	for i, m := range c.members {
		if known := m.known - 1; known < len(c.members) {
			return fmt.Errorf("client %d was told of %d of the %d in the room", i, known, len(c.members))
		}
	}
	return nil
}
