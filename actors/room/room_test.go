package room_test

import (
	"reflect"
	"testing"

	"github.com/greenroom-chat/greenroom/actors/room"
)

func TestMembersSeeOneOrderAndTheSenderItsEcho(t *testing.T) {
	w := newWorld(t, 1)
	pid := w.start()
	ann, bob := w.person("ann", true, plain, modern), w.person("bob", false, talker)
	ann.join(pid)
	w.s.Run()
	bob.join(pid)
	w.s.Run()
	ann.post(pid, ann.conns[0], "hello")
	bob.post(pid, bob.conns[0], "hi")
	w.s.Run()
	for _, c := range ann.conns {
		if got, want := c.shown(), w.disk.stored(); !reflect.DeepEqual(got, want) {
			t.Errorf("ann saw %q, stored %q", got, want)
		}
	}
	if got, want := said(bob.conns[0].shown()), said(w.disk.stored()); !reflect.DeepEqual(got, want) {
		t.Errorf("bob saw %q, want %q", got, want)
	}
	if ann.role != room.Operator || bob.role != room.NoRole {
		t.Errorf("roles: %d %d", ann.role, bob.role)
	}
}
