package persistence

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/storage"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

type rig struct {
	*testing.T
	sys   *actor.ActorSystem
	store *memStore
	house *house
	probe *inbox
	me    *actor.PID
	facts []any
}

func inVirtualTime(t *testing.T, cfg ActorConfig, test func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{T: t, sys: actortest.System(t), store: newMemStore(t)}
		cfg.Store = r.store
		r.sys.EventStream.Subscribe(func(event any) {
			switch event.(type) {
			case storage.Down, storage.Up, storage.Damaged:
				r.store.mu.Lock()
				defer r.store.mu.Unlock()
				r.facts = append(r.facts, event)
			}
		})
		r.house = &house{props: supervise.Props(NewStorage(cfg), actor.WithSupervisor(storage.Policy()),
			fragile, actor.WithReceiverMiddleware(onBoom))}
		top := r.sys.Root.Spawn(supervise.Props(func() actor.Actor { return r.house }))
		r.probe = &inbox{}
		r.me = r.sys.Root.Spawn(supervise.Props(func() actor.Actor { return r.probe }))
		synctest.Wait()
		test(r)
		r.sys.Root.Stop(top)
		r.sys.Root.Stop(r.me)
		time.Sleep(time.Minute) // until the last worker and dead letter are gone
		synctest.Wait()
		if n := supervise.Live(r.sys); n > 0 {
			t.Errorf("%d actors are left", n)
		}
	})
}

type inbox struct {
	mu    sync.Mutex
	probe actortest.Probe
}

func (b *inbox) Receive(ctx actor.Context) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probe.Receive(ctx)
}

func (b *inbox) take() *actortest.Probe {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	return &actortest.Probe{Got: b.probe.Take()}
}

func (r *rig) set(change func(s *memStore)) {
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	change(r.store)
}

func (r *rig) journal() *actor.PID { return r.house.ready[len(r.house.ready)-1].Journal }

func (r *rig) records() *actor.PID { return r.house.ready[len(r.house.ready)-1].Records }

func (r *rig) post(room journal.Room, texts ...string) {
	for _, text := range texts {
		r.append(journal.Append{Record: journal.Record{Room: room, Kind: journal.Message, Text: text}})
	}
}

func (r *rig) append(a journal.Append) {
	a.Intent, a.ReplyTo = a.Record.Text, r.me
	r.sys.Root.Send(r.journal(), a)
}

func (r *rig) told() (list []string) {
	for _, m := range r.probe.take().Got {
		switch m := m.(type) {
		case journal.Committed:
			late := ""
			if m.Late {
				late = "late "
			}
			list = append(list, fmt.Sprintf("committed %s%d: %s", late, m.Room, intents(m.Entries)))
		case journal.NotCommitted:
			list = append(list, fmt.Sprintf("not committed %d: %s: %v", m.Room, intents(m.Entries), m.Reason))
		case journal.Flushed:
			list = append(list, fmt.Sprintf("flushed %d", m.Ref))
		case journal.Page:
			list = append(list, fmt.Sprintf("page %d: %d, %v", m.Ref, len(m.Records), m.Err))
		default:
			list = append(list, fmt.Sprintf("%T", m))
		}
	}
	return list
}

func intents(entries []journal.Entry) string {
	var texts []string
	for _, e := range entries {
		texts = append(texts, fmt.Sprint(e.Intent))
	}
	return strings.Join(texts, " ")
}

func (r *rig) want(lines ...string) {
	r.Helper()
	if got := r.told(); !reflect.DeepEqual(got, lines) {
		r.Errorf("got  %q\nwant %q", got, lines)
	}
}

func slow(d time.Duration) func() { return func() { time.Sleep(d) } }

func (r *rig) wantFacts(want ...string) {
	r.Helper()
	var got []string
	for _, f := range r.facts {
		switch f := f.(type) {
		case storage.Down:
			got = append(got, "down: "+f.Reason.Error())
		case storage.Up:
			got = append(got, "up")
		case storage.Damaged:
			got = append(got, fmt.Sprintf("damaged %d: %v", f.Room, f.Reason))
		}
	}
	if !reflect.DeepEqual(got, want) {
		r.Errorf("facts %q\nwant  %q", got, want)
	}
}

// onSecond makes the second commit fail.
func onSecond(what fault) func(int) fault {
	return func(n int) fault {
		if n == 2 {
			return what
		}
		return none
	}
}

func slowResume(d time.Duration) func() error {
	return func() error {
		time.Sleep(d)
		return nil
	}
}

type boom struct{}

var fragile = actor.WithSpawnMiddleware(func(next actor.SpawnFunc) actor.SpawnFunc {
	return func(sys *actor.ActorSystem, id string, props *actor.Props, parent actor.SpawnerContext) (*actor.PID, error) {
		return next(sys, id, props.Clone(actor.WithReceiverMiddleware(onBoom)), parent)
	}
})

func onBoom(next actor.ReceiverFunc) actor.ReceiverFunc {
	return func(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
		if _, ok := e.Message.(boom); ok {
			panic(actortest.Injected{Site: "boom"})
		}
		next(ctx, e)
	}
}
