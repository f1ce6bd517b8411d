package registry_test

import (
	"testing"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/registry"
)

// TestWhoWasIsRememberedUpToALimit: the newest come first, the oldest make
// room, and a change of case is no other nick.
func TestWhoWasIsRememberedUpToALimit(t *testing.T) {
	w := newWorld(t, anyOrder(t), func(cfg *registry.Config, _ *disk) { cfg.Limits.Past = 2 })
	c := w.client()
	w.signIn(c, "a", "")
	w.run()
	for _, nick := range []string{"b", "B", "c", "d"} {
		w.send(w.registry, registry.Rename{Ticket: c.ticket(), User: c.user, Nick: nick})
		w.run()
	}
	w.send(w.registry, registry.Whowas{Ticket: c.ticket(), Nicks: []string{"a", "B", "C"}})
	w.run()
	list := actortest.Of[registry.Remembered](&c.Probe)[0].List
	if len(list) != 2 || list[0].Profile.Nick != "c" || list[1].Profile.Nick != "B" {
		t.Errorf("remembered: %+v", list)
	}
}
