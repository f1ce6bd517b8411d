package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Run puts the load on the server, and on the limits in turn with it, round by
// round. It returns the rounds that there were also when it fails; when messages
// did not arrive as they were sent the error is an *Unfaithful.
func Run(ctx context.Context, o Options) (Report, error) {
	r := &run{o: o, report: Report{Options: o}}
	err := o.Validate()
	if err == nil && o.carries() {
		err = enoughFiles(o.clients() * (1 + len(o.Limits)))
	} else if err == nil {
		err = enoughFiles(o.clients())
	}
	if err == nil {
		err = r.targets(ctx)
	}
	if err == nil {
		err = r.rounds(ctx)
	}
	for _, t := range r.against {
		r.report.Notes = append(r.report.Notes, t.notes...)
	}
	return r.report, errors.Join(err, r.end())
}

type run struct {
	o       Options
	report  Report
	against []*target
}

// target is what is loaded: the server, or a limit.
type target struct {
	name   string
	o      Options
	login  login
	traits traits
	child  *Child // nil: the server
	crowd  *crowd // that stays from round to round; nil: none does
	notes  []string
}

// note says once what a reader of the figures should know.
func (t *target) note(text string) {
	if text = t.name + ": " + text; !slices.Contains(t.notes, text) {
		t.notes = append(t.notes, text)
	}
}

// targets finds out about the server, and starts the limits.
func (r *run) targets(ctx context.Context) error {
	server := &target{name: "server", o: r.o}
	r.against = append(r.against, server)
	if r.o.Server.PID == 0 {
		server.note("its CPU and memory are not known; give --pid, on its machine")
	}
	if r.o.Workload == Idle && r.o.Rounds > 1 {
		server.note("what a server keeps of the memory of one round makes the next look cheaper: the first round of a fresh server counts")
	}
	for _, mode := range r.o.Limits {
		child, err := startRelay(ctx, mode)
		if err != nil {
			return err
		}
		t := &target{name: "limit " + string(mode), o: r.o, child: child}
		t.o.Server = Server{Addr: child.Addr, PID: child.PID}
		if r.o.Server.TLS {
			t.note("speaks plain TCP also beside TLS")
		}
		r.against = append(r.against, t)
	}
	for _, t := range r.against {
		var err error
		say := r.stage(t.name + ": accounts")
		t.login, t.traits, err = introduce(ctx, t.o, func(n int) { say(int64(n), int64(t.o.clients())) })
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		if _, err := t.usage(); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) rounds(ctx context.Context) error {
	if r.o.carries() || r.o.Workload == Restart {
		for _, t := range r.against {
			if err := r.gather(ctx, t); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
	}
	for n := 1; n <= r.o.Rounds; n++ {
		for _, t := range r.against {
			stage := r.stage(fmt.Sprintf("%s: round %d of %d", t.name, n, r.o.Rounds))
			figures, err := t.round(ctx, stage)
			if figures != nil {
				r.report.Rounds = append(r.report.Rounds, Round{Target: t.name, Number: n, Figures: figures})
			}
			if err != nil {
				return fmt.Errorf("%s, round %d: %w", t.name, n, err)
			}
		}
	}
	return nil
}

// end gives back what the run has started.
func (r *run) end() (err error) {
	for _, t := range r.against {
		if t.crowd != nil {
			t.crowd.leave()
		}
		if t.child != nil {
			err = errors.Join(err, t.child.Stop())
		}
	}
	return err
}

// stage is a Progress of its own, told at most every so often.
func (r *run) stage(name string) tell {
	var last time.Time
	return func(done, total int64) {
		if r.o.Progress == nil || time.Since(last) < 100*time.Millisecond && done < total {
			return
		}
		last = time.Now()
		r.o.Progress(name, min(done, total), total)
	}
}
