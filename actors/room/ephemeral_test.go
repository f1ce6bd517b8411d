package room_test

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// whisper posts something that is not stored.
func (p *person) whisper(to *actor.PID, c *conn, id string) {
	p.w.sys.Root.Send(to, room.Post{
		Ticket: c.ticket(), User: p.pid, Kind: journal.TagOnly, Target: "#Green", ID: id,
		Tags: []journal.Tag{{Key: "+typing", Value: id}},
	})
}

// TestWhatIsEphemeralIsShownBehindWhatIsStored: at once while the room does not
// rest, also when nothing can be stored; else in its place. It is in no log.
func TestWhatIsEphemeralIsShownBehindWhatIsStored(t *testing.T) {
	bubble(t, actortest.System, func(t *testing.T, s *scene) {
		restless(s)
		s.disk.set(func() { s.disk.broken = journal.ErrDiskLow })
		s.ann.whisper(s.pid, s.ann.conns[0], "one")
		synctest.Wait()
		if got := last(s.bob.conns[0].shown()); got != "0 TAGMSG ann  one" {
			t.Errorf("bob was shown %q", got)
		}
		if _, ok := s.ann.conns[0].answer(t).(room.Accepted); !ok {
			t.Errorf("ann was answered %v", s.ann.conns[0].answer(t))
		}
		s.disk.set(func() { s.disk.broken = nil })
		s.ann.post(s.pid, s.ann.conns[0], "stored")
		synctest.Wait()
		s.ann.whisper(s.pid, s.ann.conns[0], "two") // while the room rests
		time.Sleep(maxRest)
		synctest.Wait()
		want := []string{"4 MSG ann  stored", "0 TAGMSG ann  two"}
		for _, c := range []*conn{s.bob.conns[0], s.ann.conns[0]} {
			got := c.shown()
			if got = got[len(got)-2:]; !reflect.DeepEqual(got, want) {
				t.Errorf("shown %q, want %q", got, want)
			}
		}
		if got := s.disk.stored(); len(got) != 4 {
			t.Errorf("stored %q", got)
		}
	})
}

// TestAnEphemeralPostOverWhichTheRoomFailsIsGone: it is answered once, shown to
// nobody, and not tried again.
func TestAnEphemeralPostOverWhichTheRoomFailsIsGone(t *testing.T) {
	failed := false
	w := newWorld(t, 1)
	w.cfg.Encode = func(dst []byte, class room.Class, e room.Event) []byte {
		if e.ID != "" && !failed {
			failed = true
			panic(actortest.Injected{Site: "encoder"})
		}
		return encode(dst, class, e)
	}
	ann, bob := w.person("ann", true, plain), w.person("bob", true, plain)
	pid := w.start()
	ann.join(pid)
	bob.join(pid)
	w.s.Run()
	before := len(bob.conns[0].shown())
	ann.whisper(pid, ann.conns[0], "one")
	w.s.Run()
	if got := ann.conns[0].refusal(t); got != ask.ErrUnknown {
		t.Errorf("refused for %v", got)
	}
	if got := bob.conns[0].shown(); len(got) != before {
		t.Errorf("bob was shown %q", got[before:])
	}
	ann.whisper(pid, ann.conns[0], "two")
	w.s.Run()
	if got := bob.conns[0].shown(); len(got) != before+1 {
		t.Errorf("bob was shown %q", got[before:])
	}
}

func last(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return lines[len(lines)-1]
}
