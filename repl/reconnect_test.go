package repl

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/net/irc"
)

func TestOurLinesStandWhereTheServerHasPutThem(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.seen()
		// bob's lines are stored before and behind ours, and both overtake the echo of it.
		s.pull(func() {
			s.refuse = func(irc.Message) string {
				s.store("bob", "PRIVMSG", "#ops", "before", nil)
				return ""
			}
			s.stage.stored = func(*stageConn, irc.Message) bool {
				s.store("bob", "PRIVMSG", "#ops", "after", nil)
				return true
			}
		})
		s.want(s.types("mine"), "12:00 bob  before\n12:00 ann  mine\n12:00 bob  after\n")
	})
}

func TestLinesAreSentInTheOrderInWhichTheyWereTyped(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.seen()
		s.pull(func() { s.down = true })
		s.hangUp()
		s.seen()
		for i := range 10 {
			s.types(fmt.Sprint("line ", i))
		}
		s.pull(func() { s.down = false })
		time.Sleep(time.Minute)
		got := s.seen()
		for i := range 10 {
			if strings.Count(got, fmt.Sprintf("ann  line %d\n", i)) != 1 || i > 0 && strings.Index(got, fmt.Sprint("line ", i-1)) > strings.Index(got, fmt.Sprint("line ", i)) {
				s.Errorf("line %d is not shown once and in order:\n%s", i, got)
			}
		}
		if log := s.logs["#ops"]; len(log) != 10 || log[9].Last() != "line 9" {
			s.Errorf("stored are %v", log)
		}
	})
}

func TestAReconnectFillsTheGapAndShowsNoLineTwice(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.says("bob", "#ops", "one")
		s.seen()
		s.pull(func() { s.down = true })
		s.hangUp()
		s.want(s.seen(), "· The connection is lost. Connecting again.\n")
		if p := s.prompted(); p != "#ops (offline)> " {
			s.Errorf("the prompt is %q", p)
		}
		for i := range 250 {
			s.says("bob", "#ops", fmt.Sprintf("missed %d.", i))
		}
		time.Sleep(5 * time.Minute)
		s.want(s.seen(), "")
		s.pull(func() { s.down = false })
		time.Sleep(time.Minute)
		got := s.seen()
		if !strings.HasPrefix(got, "· Connected again.\n12:00 bob  missed 0.\n") || strings.Contains(got, "one") {
			s.Errorf("shown is\n%s", got)
		}
		for i := range 250 {
			if strings.Count(got, fmt.Sprintf("missed %d.", i)) != 1 {
				s.Errorf("line %d is not shown once", i)
			}
		}
		if s.dials < 8 {
			s.Errorf("%d attempts in five minutes", s.dials)
		}
	})
}

func TestALineWhoseEchoWasLostIsStoredAndShownOnce(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.seen()
		s.pull(func() { s.stage.stored = func(c *stageConn, _ irc.Message) bool { c.conn.Close(); return false } })
		s.types("precious")
		s.pull(func() { s.stage.stored = nil })
		time.Sleep(time.Minute)
		if got := s.seen(); strings.Count(got, "precious") != 1 {
			s.Errorf("shown is\n%s", got)
		}
		if n := len(s.logs["#ops"]); n != 1 {
			s.Errorf("stored %d times", n)
		}
		if len(s.notes) > 0 {
			s.Errorf("still waiting: %q", s.notes)
		}
	})
}

func TestWhatIsSaidWhileHistoryIsReadComesBehindIt(t *testing.T) {
	play(t, func(s *stage) {
		s.says("bob", "#ops", "old")
		s.asked = func(*stageConn) { s.store("bob", "PRIVMSG", "#ops", "new", nil) }
	}, ops, func(s *scene) {
		s.want(s.seen(), "── #ops ──\n12:00 bob  old\n12:00 bob  new\n· Here with you: alice, bob.\n")
		s.hangUp()
		s.says("bob", "#ops", "missed")
		s.seen()
		s.pull(func() {
			s.stage.asked = func(c *stageConn) { // and the connection ends before it has been read
				s.store("bob", "PRIVMSG", "#ops", "live", nil)
				c.conn.Close()
				s.stage.asked = nil
			}
		})
		time.Sleep(time.Minute)
		s.want(s.seen(), "· Connected again.\n· The connection is lost. Connecting again.\n· Connected again.\n12:00 bob  missed\n12:00 bob  live\n")
	})
}

func TestAPasteAsLongAsAllowedLosesNoLine(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.pull(func() { s.down = true })
		s.hangUp()
		s.seen()
		if s.limit != mostPasted {
			s.Errorf("a paste may have %d lines", s.limit)
		}
		for i := range mostPasted {
			s.lines <- fmt.Sprint("line ", i)
		}
		if s.seen(); s.limit != 0 {
			s.Errorf("then a paste may have %d lines", s.limit)
		}
		s.pull(func() { s.down = false })
		time.Sleep(5 * time.Minute)
		s.seen()
		if log := s.logs["#ops"]; len(log) != mostPasted || log[mostPasted-1].Last() != fmt.Sprint("line ", mostPasted-1) {
			s.Errorf("%d lines are stored", len(log))
		}
	})
}
