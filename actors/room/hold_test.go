package room_test

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// half lets the disk store the first of two posts that are under way, and keep
// the other.
func (s *scene) half() (release func()) {
	s.disk.set(func() { s.disk.hold = true })
	s.ann.post(s.pid, s.ann.conns[0], "one")
	synctest.Wait()
	s.eve.post(s.pid, s.eve.conns[0], "two")
	synctest.Wait()
	var last []journal.Append
	s.disk.set(func() { last, s.disk.queue, s.disk.hold = s.disk.queue[1:], s.disk.queue[:1], false })
	s.sys.Root.Send(s.cfg.Journal, commit{})
	synctest.Wait()
	return func() {
		s.disk.set(func() { s.disk.queue = last })
		s.sys.Root.Send(s.cfg.Journal, commit{})
		synctest.Wait()
	}
}

// TestARoomShowsInOneWhatIsBeingStored: what is stored waits for what the room
// knows to be on its way to the disk, and is shown with it.
func TestARoomShowsInOneWhatIsBeingStored(t *testing.T) {
	bubble(t, actortest.System, func(t *testing.T, s *scene) {
		s.cfg.Limits.HoldAt = 3
		restless(s)
		release := s.half()
		if n := s.bob.bulletins(); n != 0 {
			t.Errorf("bob was shown %d bulletins, and the other post is not stored", n)
		}
		release()
		if got, want := said(s.bob.conns[0].shown()), said(s.disk.stored()); len(want) != 2 || s.bob.bulletins() != 1 || !reflect.DeepEqual(got, want) {
			t.Errorf("bob was shown %q in %d bulletins, want %q in one", got, s.bob.bulletins(), want)
		}
	})
}

// TestNothingWaitsLongForWhatIsBeingStored, nor does anything in a small room.
func TestNothingWaitsLongForWhatIsBeingStored(t *testing.T) {
	bubble(t, actortest.System, func(t *testing.T, s *scene) {
		s.cfg.Limits.HoldAt = 3
		restless(s)
		release := s.half()
		time.Sleep(4 * time.Millisecond)
		synctest.Wait()
		if n := s.bob.bulletins(); n != 1 {
			t.Errorf("after 4 ms bob was shown %d bulletins", n)
		}
		release()
		time.Sleep(maxRest)
		synctest.Wait()
		if got, want := said(s.bob.conns[0].shown()), said(s.disk.stored()); !reflect.DeepEqual(got, want) {
			t.Errorf("bob was shown %q, want %q", got, want)
		}
	})
	bubble(t, actortest.System, func(t *testing.T, s *scene) {
		s.raise()
		s.enter(s.ann, s.bob, s.eve)
		release := s.half()
		if n := s.bob.bulletins(); n != 1 {
			t.Errorf("in a small room bob was shown %d bulletins", n)
		}
		release()
		if n := len(actortest.Of[room.Accepted](s.eve.conns[0].probe)); n != 1 {
			t.Errorf("%d posts of eve are accepted", n)
		}
	})
}
