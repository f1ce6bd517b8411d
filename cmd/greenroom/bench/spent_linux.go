package bench

import (
	"context"
	"math"
	"os"
	"time"
)

// usage is zero when nothing is known of the target's process.
func (t *target) usage() (Usage, error) {
	if t.o.Server.PID == 0 {
		return Usage{}, nil
	}
	return ReadUsage(t.o.Server.PID)
}

// measurement is a span of time in which a target works.
type measurement struct {
	t           *target
	began       time.Time
	server, own Usage
}

// spent is what a span has taken. What is not known is NaN.
type spent struct {
	took      float64 // seconds
	cpu       float64 // seconds of the server
	rss, peak float64 // MiB of the server, at the end
	grown     float64 // MiB that rss has grown by
	load      float64 // per cent of a core that the load itself took
	coarse    bool    // cpu is too small for the clock it was read from
}

func (t *target) measure() (m measurement, err error) {
	m = measurement{t: t, began: time.Now()}
	if m.own, err = ReadUsage(os.Getpid()); err != nil {
		return m, err
	}
	m.server, err = t.usage()
	return m, err
}

// fewSteps of the clock are too few to tell a CPU time from.
const fewSteps = 50

func (m measurement) spent() (spent, error) {
	after, err := m.t.usage()
	if err != nil {
		return spent{}, err
	}
	own, err := ReadUsage(os.Getpid())
	if err != nil {
		return spent{}, err
	}
	s := spent{took: time.Since(m.began).Seconds(), cpu: math.NaN(), rss: math.NaN(), peak: math.NaN(), grown: math.NaN()}
	s.load = 100 * (own.CPU - m.own.CPU).Seconds() / s.took
	if m.t.o.Server.PID == 0 {
		return s, nil
	}
	cpu := after.CPU - m.server.CPU
	s.cpu, s.coarse = cpu.Seconds(), cpu < fewSteps*after.Step
	s.rss, s.peak, s.grown = mebi(after.RSS), mebi(after.Peak), mebi(after.RSS-m.server.RSS)
	return s, nil
}

// system is what every round tells at its end.
func (s spent) system() []Figure {
	return []Figure{
		{"rss_mib", "RSS MiB", 1, s.rss},
		{"peak_mib", "peak MiB", 1, s.peak},
		{"load_percent", "load %", 0, s.load},
	}
}

// How a target is found to have come to rest: it uses less than a share of a
// core. One that never does is measured all the same.
const (
	restShare = 0.03
	restEvery = 200 * time.Millisecond
	restMost  = 20 * time.Second
)

// rest waits until the target has done what is left of the last round.
func (t *target) rest(ctx context.Context) error {
	before, err := t.usage()
	for began := time.Now(); err == nil && time.Since(began) < restMost; {
		select {
		case <-time.After(restEvery):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		var now Usage
		now, err = t.usage()
		if (now.CPU - before.CPU).Seconds() < restShare*restEvery.Seconds() {
			break
		}
		before = now
	}
	return err
}
