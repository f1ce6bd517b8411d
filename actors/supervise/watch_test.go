package supervise_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// observer counts the ends that it is told of.
type observer struct {
	pid  *actor.PID
	told int
}

type (
	look     struct{ at *actor.PID }
	lookAway struct{ from *actor.PID }
)

// observe makes an observer of somebody, or of nobody yet.
func (f *family) observe(who *actor.PID) *observer {
	o := &observer{}
	o.pid = f.sys.Root.Spawn(supervise.Props(receive(func(ctx actor.Context) {
		switch m := ctx.Message().(type) {
		case look:
			ctx.Watch(m.at)
		case lookAway:
			ctx.Unwatch(m.from)
		case *actor.Terminated:
			o.told++
		}
	})))
	if who != nil {
		f.sys.Root.Send(o.pid, look{who})
	}
	return o
}

// TestWhoWatchesIsToldOfTheEndOnce: however it ends, after a restart too, and
// also when it has ended before. Who watches no more, or has ended, is not told.
func TestWhoWatchesIsToldOfTheEndOnce(t *testing.T) {
	for name, end := range map[string]func(f *family){
		"stopped":              func(f *family) { f.sys.Root.Stop(f.children[0]) },
		"poisoned":             func(f *family) { f.sys.Root.Poison(f.children[0]) },
		"stopped while failed": func(f *family) { f.sys.Root.Send(f.children[0], boom{}); f.sys.Root.Stop(f.children[0]) },
		"over its budget":      func(f *family) { f.sys.Root.Send(f.children[0], boom{}); f.sys.Root.Send(f.children[0], boom{}) },
		"its parent stops":     func(f *family) { f.sys.Root.Stop(f.parent) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := found(t, &supervise.Backoff{Base: time.Second, Window: time.Minute, Limit: 2}, 1)
				watched := f.children[0]
				patient, fickle, late, gone := f.observe(watched), f.observe(watched), f.observe(nil), f.observe(watched)
				f.sys.Root.Send(patient.pid, look{watched})
				f.sys.Root.Send(fickle.pid, lookAway{watched})
				_ = f.sys.Root.PoisonFuture(gone.pid).Wait()
				f.sys.Root.Send(watched, boom{})
				time.Sleep(10 * time.Second) // it is restarted
				end(f)
				time.Sleep(time.Minute)
				f.sys.Root.Send(late.pid, look{watched})
				synctest.Wait()
				if patient.told != 1 || fickle.told != 0 || late.told != 1 || gone.told != 0 {
					t.Errorf("told: who watched twice %d times, who watches no more %d, who came late %d, who has ended %d",
						patient.told, fickle.told, late.told, gone.told)
				}
			})
		})
	}
}
