package repl

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// deadRoom looks at a chat that has lost #ops, its current room, and has #dev besides.
func deadRoom(s *scene) {
	s.Helper()
	if p := s.prompted(); !strings.HasPrefix(p, "#ops (left)") {
		s.Errorf("the prompt is %q", p)
	}
	s.want(s.types("secret"), "! Not sent: you are no longer in #ops. /join #ops enters it again, /go talks elsewhere.\n")
	if slices.ContainsFunc(s.rooms(), func(log string) bool { return strings.Contains(log, "secret") }) {
		s.Errorf("it is stored: %v", s.rooms())
	}
}

// rooms are the texts that are stored, with the names of their rooms.
func (s *scene) rooms() (texts []string) {
	s.pull(func() {
		for name, log := range s.logs {
			for _, m := range log {
				texts = append(texts, name+" "+m.Last())
			}
		}
	})
	return texts
}

var opsAndDev = Options{Rooms: []string{"#ops", "#dev"}}

func TestATextForARoomThatIsGoneGoesNowhereElse(t *testing.T) {
	t.Run("removed", func(t *testing.T) {
		play(t, nil, opsAndDev, func(s *scene) {
			s.seen()
			s.does("alice", "KICK", "#ops", "ann", "enough")
			s.want(s.seen(), "· You were removed from #ops by alice (enough).\n")
			deadRoom(s)
			s.want(s.types("/go dev"), "── #dev ──\n")
			s.types("hello")
			if got := s.rooms(); !slices.Equal(got, []string{"#dev hello"}) {
				s.Errorf("stored are %q", got)
			}
			s.want(s.types("/rooms"), "· 1  #dev  (here)\n")
		})
	})
	t.Run("left by another session", func(t *testing.T) {
		play(t, nil, opsAndDev, func(s *scene) {
			s.seen()
			s.does("ann", "PART", "#ops")
			s.want(s.seen(), "· Another session of yours has left #ops.\n")
			deadRoom(s)
		})
	})
	t.Run("left", func(t *testing.T) {
		play(t, nil, opsAndDev, func(s *scene) {
			s.seen()
			s.want(s.types("/part"), "· You have left #ops.\n")
			deadRoom(s)
		})
	})
	t.Run("not entered again", func(t *testing.T) {
		play(t, nil, opsAndDev, func(s *scene) {
			s.seen()
			s.hangUp()
			s.pull(func() { s.shut = "#ops" })
			time.Sleep(time.Minute)
			if got := s.seen(); !strings.Contains(got, "! Not in #ops: Cannot join channel (+i).\n") {
				s.Errorf("shown is\n%s", got)
			}
			deadRoom(s)
		})
	})
}

func TestARoomThatIsGoneIsEnteredAgainByJoin(t *testing.T) {
	play(t, nil, opsAndDev, func(s *scene) {
		s.seen()
		s.does("alice", "KICK", "#ops", "ann")
		s.pull(func() { s.conns[0].rooms = nil })
		s.seen()
		s.want(s.types("/join #ops"), "── #ops ──\n· Here with you: alice, bob.\n")
		s.want(s.types("back"), "12:00 ann  back\n")
	})
}

func TestRoomsWithACommaBetweenThemAreSeveral(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.seen()
		s.types("/join #red,blue")
		if got := s.types("/rooms"); !strings.Contains(got, "  #red\n") || !strings.Contains(got, "  #blue  (here)\n") || strings.Contains(got, ",") {
			s.Errorf("two rooms entered at once are\n%s", got)
		}
		s.want(s.types("/join #a,#b key"), "! /join #room [key]: enter a room, or make it.\n")
	})
}

func TestARoomInTheBackgroundThatIsGoneIsTold(t *testing.T) {
	play(t, nil, opsAndDev, func(s *scene) {
		s.seen()
		s.does("alice", "KICK", "#dev", "ann")
		s.want(s.seen(), "· You were removed from #dev by alice.\n")
		s.want(s.types("/rooms"), "· 1  #ops  (here)\n")
	})
}

func TestALineGoesToTheRoomThatThePromptShowedWhenItWasEntered(t *testing.T) {
	play(t, nil, opsAndDev, func(s *scene) {
		s.seen()
		c := &chat{ui: s.person}
		ops, dev := c.room("#ops"), c.room("#dev")
		c.current = dev // by now
		c.entered(typed{line: "for ops", room: ops})
		if p := c.outbox.posts; len(p) != 1 || p[0].target != "#ops" {
			s.Errorf("on their way: %v", p)
		}
	})
}
