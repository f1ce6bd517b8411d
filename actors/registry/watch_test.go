package registry_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/gauge"
	"github.com/greenroom-chat/greenroom/actors/registry"
)

// TestWatchersAreForgottenWhenTheyEnd: however many lists there were, nothing
// is left of them, and who stays is told as before.
func TestWatchersAreForgottenWhenTheyEnd(t *testing.T) {
	w := newWorld(t, anyOrder(t), nil)
	var list []string
	for i := range 100 {
		list = append(list, fmt.Sprint("n", i))
	}
	stays := w.client()
	w.send(w.registry, registry.Watch{Ticket: stays.ticket(), Conn: stays.pid, Nicks: []string{"N7", "n7", "*"}, Most: 1})
	for range 20 {
		c := w.client()
		w.send(w.registry, registry.Watch{Ticket: c.ticket(), Conn: c.pid, Nicks: list, Most: 90})
		w.run()
		m := actortest.Of[registry.Watched](&c.Probe)[0]
		if len(m.Sights) != 90 || !slices.Equal(m.Full, list[90:]) {
			t.Fatalf("%d are watched, %d are too many", len(m.Sights), len(m.Full))
		}
	}
	w.monitored(1801)
	for _, c := range w.clients[1:] {
		w.sys.Root.Stop(c.pid)
	}
	w.run()
	w.monitored(1)
	w.signIn(w.client(), "n7", "")
	w.run()
	if m := actortest.Of[registry.Appeared](&stays.Probe); len(m) != 1 || m[0].Profile.Nick != "n7" {
		t.Errorf("appeared: %v", m)
	}
	w.send(w.registry, registry.Unwatch{Conn: stays.pid, Nicks: []string{"n7"}})
	w.run()
	w.monitored(0)
}

// monitored checks how many entries all lists have.
func (w *world) monitored(want int) {
	w.t.Helper()
	c := w.client()
	w.send(w.registry, gauge.Ask{Ticket: ask.Ticket{ReplyTo: c.pid}})
	w.run()
	for _, n := range actortest.Of[gauge.Numbers](&c.Probe)[0].List {
		if n.Name == "registry_monitored" && n.Value != want {
			w.t.Errorf("%d are monitored, want %d", n.Value, want)
		}
	}
}
