// Package actortest holds what tests of actors share: a quiet system that
// fails the test on what nobody should send, a probe that records, a schedule
// whose order is drawn from a seed, and faults to inject.
//
// It is imported by tests only.
package actortest

import (
	"strings"
	"sync"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// System returns an actor system that logs nowhere and is shut down at the end
// of the test. The test fails when an actor is sent something it does not
// know, and when one panics with anything but Injected. Making one takes
// milliseconds, most of it for protoactor's registry: a test of many seeds may
// share it between them.
func System(t testing.TB) *actor.ActorSystem {
	sys := supervise.NewSilentSystem()
	w := &watch{t: t}
	sys.EventStream.Subscribe(w.see)
	t.Cleanup(func() {
		w.end()
		if !sys.IsStopped() {
			sys.Shutdown()
		}
	})
	return sys
}

// watch reports to a test until that ends: actors may outlive it.
type watch struct {
	mu sync.Mutex
	t  testing.TB
}

func (w *watch) see(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.t == nil {
		return
	}
	switch m := event.(type) {
	case supervise.StrayMessage:
		w.t.Errorf("%v does not know %s", m.At, m.Type)
	case supervise.Panic:
		if !strings.HasPrefix(m.Cause, supervise.Cause(Injected{})) {
			w.t.Errorf("%v panicked at %s during %s: %s", m.At, m.Where, m.During, m.Cause)
		}
	}
}

func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.t = nil
}

// Probe is an actor that records every message that is not about its own
// life. Read Got when the schedule has run, or at the end of a synctest bubble;
// Take and Of may be used in between, when timers are still to fire.
type Probe struct {
	mu  sync.Mutex
	Got []any
}

// Receive records the message.
func (p *Probe) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Terminated:
		p.record(m)
	case actor.SystemMessage, actor.AutoReceiveMessage:
	default:
		p.record(m)
	}
}

func (p *Probe) record(m any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Got = append(p.Got, m)
}

// Take returns what was recorded and forgets it.
func (p *Probe) Take() []any {
	p.mu.Lock()
	defer p.mu.Unlock()
	got := p.Got
	p.Got = nil
	return got
}

// Of returns the recorded messages of one type, in order.
func Of[T any](p *Probe) []T {
	p.mu.Lock()
	defer p.mu.Unlock()
	var of []T
	for _, m := range p.Got {
		if m, ok := m.(T); ok {
			of = append(of, m)
		}
	}
	return of
}

// NewProbe spawns a probe on the system's own dispatcher.
func NewProbe(sys *actor.ActorSystem) (*Probe, *actor.PID) {
	p := &Probe{}
	return p, sys.Root.Spawn(supervise.Props(func() actor.Actor { return p }))
}
