package registry_test

import (
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
)

func (w *world) renameRoom(c *client, old, name string) {
	w.send(w.registry, registry.RenameRoom{Ticket: c.ticket(), User: c.user, Old: old, New: name})
}

// TestARoomHasOneNameWhateverFails: people rename a room, enter it by either
// name and make others, while the room fails before or after it has asked for
// the name. In the end each name leads to one room, as it is stored, and all
// were answered once.
func TestARoomHasOneNameWhateverFails(t *testing.T) {
	sound := func() actor.PropsOption { return func(*actor.Props) {} }
	for name, fault := range map[string]func() actor.PropsOption{
		"nothing": sound,
		"before":  func() actor.PropsOption { return actortest.PanicOn(actortest.Is[room.Rename], 1, actortest.Before) },
		"after":   func() actor.PropsOption { return actortest.PanicOn(actortest.Is[room.Rename], 1, actortest.After) },
	} {
		t.Run(name, func(t *testing.T) {
			eachSeed(t, 100, func(t *testing.T, s order) {
				w := newWorld(t, s, nil, "ann")
				cs := w.people("ann", "bob", "cid")
				w.join(cs[0], "#old")
				w.run()
				w.renameRoom(cs[0], "#old", "#new")
				w.renameRoom(cs[0], "#old", "#other")
				w.join(cs[1], "#new")
				w.join(cs[2], "#old")
				w.run()
				w.eachAnsweredOnce()
				keys := map[string]bool{}
				for _, r := range w.disk.rooms {
					if keys[r.Key] {
						t.Errorf("two rooms are called %s", r.Key)
					}
					keys[r.Key] = true
				}
				for _, c := range cs {
					for _, p := range c.places {
						if r := w.disk.rooms[p.No]; p.No != 0 && (r == nil || w.present(r.Name) == "") {
							t.Errorf("room %d is not found under its name", p.No)
						}
					}
				}
			}, fault)
		})
	}
}

// TestTheNewNameIsKeptFree while the room is being renamed: who asks for it
// waits, and finds the room or makes one, as the outcome is.
func TestTheNewNameIsKeptFree(t *testing.T) {
	for _, by := range []int{0, 1} { // the founder may, the guest may not
		w := newWorld(t, anyOrder(t), nil, "ann")
		cs := w.people("ann", "bob", "cid")
		w.join(cs[0], "#old")
		w.run()
		w.join(cs[1], "#old")
		w.run()
		w.send(w.store, stuck{})
		w.renameRoom(cs[by], "#old", "#new")
		w.join(cs[2], "#new")
		w.renameRoom(cs[2], "#new", "#newer")
		w.send(w.store, repaired{})
		w.run()
		w.eachAnsweredOnce()
		want := map[int]string{0: "ann bob cid", 1: "cid"}[by]
		if got := w.present("#new"); got != want {
			t.Errorf("in #new are %q, want %q", got, want)
		}
		if renamed := len(actortest.Of[room.Renamed](&cs[by].Probe)); renamed != 1-by {
			t.Errorf("%d renames", renamed)
		}
	}
}

// TestANameThatIsTakenIsRefused, and so is one that can be no room's.
func TestANameThatIsTakenIsRefused(t *testing.T) {
	w := newWorld(t, anyOrder(t), nil, "ann")
	ann := w.people("ann")[0]
	for _, name := range []string{"#a", "#b"} {
		w.join(ann, name)
	}
	w.run()
	for _, test := range []struct {
		old, name string
		want      error
	}{
		{"#a", "#B", registry.ErrRoomNameInUse}, {"#a", "a", registry.ErrBadRoomName},
		{"#none", "#c", registry.ErrNoRoom}, {"#a", "#A", nil}, {"#a", "#c", nil}, {"#a", "#d", registry.ErrNoRoom},
	} {
		before := len(actortest.Of[ask.Refused](&ann.Probe))
		w.renameRoom(ann, test.old, test.name)
		w.run()
		var got error
		if refused := actortest.Of[ask.Refused](&ann.Probe); len(refused) > before {
			got = refused[before].Reason
		}
		if got != test.want {
			t.Errorf("%s to %s: %v, want %v", test.old, test.name, got, test.want)
		}
	}
}

// TestTheNewNameIsKeptFreeWhileTheOutcomeIsInDoubt: the room has failed when it
// had asked for the name, so its asker is told that nobody knows.
func TestTheNewNameIsKeptFreeWhileTheOutcomeIsInDoubt(t *testing.T) {
	fault := func() actor.PropsOption { return actortest.PanicOn(actortest.Is[room.Rename], 1, actortest.After) }
	eachSeed(t, 50, func(t *testing.T, s order) {
		w := newWorld(t, s, nil, "ann")
		cs := w.people("ann", "bob")
		w.join(cs[0], "#old")
		w.run()
		w.send(w.store, stuck{})
		w.renameRoom(cs[0], "#old", "#new")
		w.run()
		w.join(cs[1], "#new")
		w.run()
		w.send(w.store, repaired{})
		w.run()
		w.eachAnsweredOnce()
		if got := w.present("#new"); got != "ann bob" || len(w.disk.rooms) != 1 {
			t.Errorf("in #new are %q, of %d rooms", got, len(w.disk.rooms))
		}
		if r := actortest.Of[ask.Refused](&cs[0].Probe); len(r) != 1 || r[0].Reason != ask.ErrUnknown {
			t.Errorf("refused: %v", r)
		}
	}, fault)
}
