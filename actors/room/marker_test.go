package room_test

import (
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// TestAReadMarkerOutlivesARestartOfTheRoom: a session that comes afterwards is
// told of it, and only sessions of its owner ever are.
func TestAReadMarkerOutlivesARestartOfTheRoom(t *testing.T) {
	w := newWorld(t, 1)
	ann, bob := w.person("ann", true, plain, modern), w.person("bob", true, plain)
	fail := false
	w.cfg.Encode = func(dst []byte, class room.Class, e room.Event) []byte {
		if fail {
			fail = false
			panic(actortest.Injected{Site: "encoder"})
		}
		return encode(dst, class, e)
	}
	pid := w.start()
	ann.join(pid)
	bob.join(pid)
	w.s.Run()
	at := time.Unix(4000, 0).UTC()
	mark := func(p *person, c *conn, at time.Time) {
		w.sys.Root.Send(pid, room.Mark{Ticket: c.ticket(), User: p.pid, At: at})
	}
	mark(ann, ann.conns[0], at)
	w.s.Run()
	if got, ok := ann.conns[0].answer(t).(room.Marked); !ok || !got.At.Equal(at) || got.Name != "#Green" {
		t.Errorf("answered %+v", got)
	}
	if got := actortest.Of[room.Marked](ann.conns[1].probe); len(got) != 1 || got[0].Ref != 0 || !got[0].At.Equal(at) {
		t.Errorf("the other session was told %+v", got)
	}
	fail = true
	bob.post(pid, bob.conns[0], "x")
	w.s.Run()
	if fail || ann.epoch != 2 {
		t.Fatal("the room has not failed")
	}
	c := ann.connect(plain)
	w.sys.Root.Send(pid, room.Attach{Member: ann.member()})
	w.s.Run()
	if got := actortest.Of[room.Entered](c.probe); len(got) != 1 || !got[0].Marker.Equal(at) {
		t.Errorf("the new session is told %+v", got)
	}
	if got := actortest.Of[room.Marked](bob.conns[0].probe); len(got) != 0 {
		t.Errorf("bob was told %+v", got)
	}
}

// TestAttack60AMarkerIsForWhoIsInTheRoom.
func TestAttack60AMarkerIsForWhoIsInTheRoom(t *testing.T) {
	w := newWorld(t, 1)
	ann, eve := w.person("ann", true, plain), w.person("eve", true, plain)
	pid := w.start()
	ann.join(pid)
	w.s.Run()
	w.sys.Root.Send(pid, room.Mark{Ticket: eve.conns[0].ticket(), User: eve.pid, At: time.Unix(4000, 0)})
	w.s.Run()
	if got := eve.conns[0].refusal(t); got != room.ErrNotPresent || len(w.disk.markers) != 0 {
		t.Errorf("refused for %v, stored %v", got, w.disk.markers)
	}
	w.disk.broken = ask.ErrUnavailable
	w.sys.Root.Send(pid, room.Mark{Ticket: ann.conns[0].ticket(), User: ann.pid, At: time.Unix(4000, 0)})
	w.s.Run()
	if got := ann.conns[0].refusal(t); got != ask.ErrUnavailable {
		t.Errorf("refused for %v", got)
	}
}
