package persistence

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/storage"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// house is the parent of a storage supervisor.
type house struct {
	props  *actor.Props
	child  *actor.PID
	ready  []storage.Ready
	failed []storage.Failed
}

func (h *house) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		h.child = ctx.Spawn(h.props)
	case storage.Ready:
		h.ready = append(h.ready, m)
	case storage.Failed:
		h.failed = append(h.failed, m)
	default:
		supervise.Stray(ctx)
	}
}

// world is a storage tree on a schedule, over a store that fails, with three
// rooms that say unique things.
type world struct {
	t     *testing.T
	sys   *actor.ActorSystem
	s     *actortest.Schedule
	store *memStore
	house *house
	rooms []*actortest.Probe
	pids  []*actor.PID
	asked [][]string // of each room, in order
	facts []any
}

func newWorld(t *testing.T, seed uint64, cfg ActorConfig, faults ...actor.PropsOption) *world {
	w := &world{t: t, sys: actortest.System(t), s: actortest.NewSchedule(seed, faults...), store: newMemStore(t)}
	w.sys.EventStream.Subscribe(func(event any) {
		switch event.(type) {
		case storage.Down, storage.Up, storage.Damaged:
			w.facts = append(w.facts, event)
		}
	})
	cfg.Store, cfg.Go = w.store, w.s.Worker
	if cfg.After == nil {
		cfg.After = w.after
	}
	policy := &supervise.Backoff{Limit: 1000}
	w.house = &house{props: supervise.Props(NewStorage(cfg), actor.WithSupervisor(policy))}
	w.sys.Root.Spawn(w.s.Props(func() actor.Actor { return w.house }))
	w.s.Run()
	for range 3 {
		probe, pid := w.s.Probe(w.sys)
		w.rooms, w.pids, w.asked = append(w.rooms, probe), append(w.pids, pid), append(w.asked, nil)
	}
	return w
}

// after lets a retry happen at any time, and patience never end.
func (w *world) after(d time.Duration, work func()) {
	if d <= lastRetry && d != testPatience {
		w.s.Schedule(work)
	}
}

const testPatience = time.Hour

func (w *world) journal() *actor.PID { return w.house.ready[len(w.house.ready)-1].Journal }

// say sends an append and lets a little happen.
func (w *world) say(room int, a journal.Append) {
	text := fmt.Sprint(len(w.asked[room]), " in ", room)
	if a.Record.Text == "refuse" {
		text = "refuse " + text
	}
	w.asked[room] = append(w.asked[room], text)
	a.Record.Room, a.Record.Kind, a.Record.Text = journal.Room(room+1), journal.Message, text
	a.Intent, a.ReplyTo = text, w.pids[room]
	w.sys.Root.Send(w.journal(), a)
	for range w.s.Rand().IntN(4) {
		w.s.Turn()
	}
}

// verify checks every promise of the journal to its rooms.
func (w *world) verify() (committed, refused, unknown int) {
	w.t.Helper()
	for room := range w.rooms {
		c, r, u := w.verifyRoom(room)
		committed, refused, unknown = committed+c, refused+r, unknown+u
	}
	return committed, refused, unknown
}

func (w *world) verifyRoom(room int) (committed, refused, unknown int) {
	w.t.Helper()
	stored := make(map[string]bool)
	for _, r := range w.store.logs[journal.Room(room+1)] {
		if stored[r.Text] {
			w.t.Errorf("%q is stored twice", r.Text)
		}
		stored[r.Text] = true
	}
	answered := make(map[string]int)
	var shown []string
	commits := make(map[int]bool)
	for _, m := range w.rooms[room].Got {
		switch m := m.(type) {
		case journal.Committed:
			committed += len(m.Entries)
			shown = append(shown, w.verifyCommitted(m, answered, commits)...)
		case journal.NotCommitted:
			for _, e := range m.Entries {
				answered[e.Intent.(string)]++
				switch {
				case errors.Is(m.Reason, ask.ErrUnknown):
					unknown++
				case stored[e.Intent.(string)]:
					w.t.Errorf("%q is refused (%v), but stored", e.Intent, m.Reason)
				default:
					refused++
				}
			}
		default:
			w.t.Errorf("a room was sent %T", m)
		}
	}
	for _, text := range w.asked[room] {
		if answered[text] != 1 {
			w.t.Errorf("%q was answered %d times", text, answered[text])
		}
	}
	w.verifyOrder(room, shown)
	return committed, refused, unknown
}

func (w *world) verifyCommitted(m journal.Committed, answered map[string]int, commits map[int]bool) (shown []string) {
	w.t.Helper()
	of := 0
	for i, e := range m.Entries {
		answered[e.Intent.(string)]++
		if e.Silent {
			continue
		}
		shown = append(shown, e.Record.Text)
		if e.Record.Text != e.Intent {
			w.t.Errorf("%q was answered with the record %q", e.Intent, e.Record.Text)
		}
		n, ok := w.store.commitOf[e.Record.ID()]
		if !ok {
			w.t.Errorf("%q is committed, but not stored", e.Record.Text)
		}
		if i > 0 && of != 0 && of != n {
			w.t.Errorf("one Committed for commits %d and %d", of, n)
		}
		of = n
	}
	if of != 0 && commits[of] {
		w.t.Errorf("room %d was sent two Committed for commit %d", m.Room, of)
	}
	commits[of] = true
	return shown
}

// verifyOrder: what a room was shown is in the order in which it asked.
func (w *world) verifyOrder(room int, shown []string) {
	w.t.Helper()
	rest := w.asked[room]
	for _, text := range shown {
		i := slices.Index(rest, text)
		if i < 0 {
			w.t.Errorf("room %d was shown %q out of order: %q", room, text, shown)
			return
		}
		rest = rest[i+1:]
	}
}
