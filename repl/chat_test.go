package repl

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/net/irc"
)

func TestJoiningShowsTheNewestLinesAndWhoIsThere(t *testing.T) {
	play(t, func(s *stage) {
		s.topics["#ops"] = "who is on duty"
		for i := range 30 {
			s.says("bob", "#ops", fmt.Sprint("line ", i))
		}
	}, ops, func(s *scene) {
		got := s.seen()
		if strings.Contains(got, "line 9\n") || strings.Count(got, "bob  line ") != 20 {
			s.Error("not the last twenty lines")
		}
		if !strings.HasPrefix(got, "── #ops: who is on duty ──\n12:00 bob  line 10\n") {
			s.Errorf("it begins\n%s", got)
		}
		if !strings.HasSuffix(got, "line 29\n· Here with you: alice, bob.\n") {
			s.Errorf("it ends\n%s", got)
		}
		if p := s.prompted(); p != "#ops> " {
			s.Errorf("the prompt is %q", p)
		}
	})
}

func TestALineIsShownWhenItIsStoredAndNotBefore(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		release := make(chan struct{})
		s.seen()
		s.pull(func() {
			s.stage.stored = func(*stageConn, irc.Message) bool { s.stage.mu.Unlock(); <-release; s.stage.mu.Lock(); return true }
		})
		s.want(s.types("hello"), "")
		if fmt.Sprint(s.notes) != "[… hello]" {
			s.Errorf("the notes are %q", s.notes)
		}
		release <- struct{}{}
		s.want(s.seen(), "12:00 ann  hello\n")
		if len(s.notes) != 0 {
			s.Errorf("the notes are %q", s.notes)
		}
	})
}

func TestARefusedLineIsShownWithTheReasonAndKept(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.seen()
		s.pull(func() { s.refuse = func(irc.Message) string { return "CANNOT_SEND" } })
		s.want(s.types("rude"), `
! Not sent to #ops: rude — This text is not wanted.
· /resend tries it again, /edit changes it first.
`)
		s.want(s.types("rude too"), "! Not sent to #ops: rude too — This text is not wanted.\n")
		if fmt.Sprint(s.kept) != "[rude rude too]" {
			s.Errorf("recalled are %q", s.kept)
		}
	})
}

func TestADayLineStandsWhereTheDayChanges(t *testing.T) {
	play(t, func(s *stage) {
		s.says("bob", "#ops", "late")
		time.Sleep(13 * time.Hour)
		s.says("bob", "#ops", "early")
	}, ops, func(s *scene) {
		s.says("bob", "#ops", "now")
		got := s.seen()
		s.want(got[:strings.Index(got, "· Here")], `
── #ops ──
── Monday, 23 November 2026 ──
12:00 bob  late
── Tuesday, 24 November 2026 ──
01:00 bob  early
`)
		if !strings.HasSuffix(got, "01:00 bob  now\n") || strings.Count(got, "Tuesday") != 1 {
			s.Errorf("shown is\n%s", got)
		}
	})
}

func TestRoomsThatTheServerRemembersAreThereAtOnce(t *testing.T) {
	play(t, func(s *stage) { s.remember["ann"] = []string{"#ops"}; s.says("bob", "#ops", "hi") }, Options{}, func(s *scene) {
		s.want(s.seen(), "── #ops ──\n12:00 bob  hi\n· Here with you: alice, bob.\n")
	})
}

func TestTheFirstRoomThatLetsUsInIsTheCurrentOne(t *testing.T) {
	play(t, nil, Options{Rooms: []string{"#ops", "#dev", "#qa"}}, func(s *scene) {
		if p := s.prompted(); p != "#ops> " {
			s.Errorf("the prompt is %q", p)
		}
	})
	play(t, nil, Options{Rooms: []string{"#secret", "#dev"}}, func(s *scene) {
		if p := s.prompted(); p != "#dev> " {
			s.Errorf("the prompt is %q", p)
		}
	})
}

func TestSomebodyInNoRoomIsToldWhatToDo(t *testing.T) {
	play(t, nil, Options{}, func(s *scene) {
		s.want(s.seen(), "· You are in no room. /join #name enters one, or makes it; /help tells more.\n")
		s.want(s.types("hello"), "! You are in no room. /join #name enters one, /msg NAME talks to somebody.\n")
		s.want(s.types("/join ops"), "── #ops ──\n· Here with you: alice, bob.\n")
	})
}

func TestWhatOthersDoIsOneDimLine(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.seen()
		s.does("carol", "JOIN", "#ops")
		s.does("carol", "NICK", "caroline")
		s.does("caroline", "PART", "#ops", "lunch")
		s.does("bob", "QUIT", "gone fishing")
		s.does("stranger", "QUIT", "not here")
		s.does("alice", "KICK", "#ops", "ann", "enough")
		s.want(s.seen(), `
12:00 → carol has joined
12:00 carol is now caroline
12:00 ← caroline, bob have left
· You were removed from #ops by alice (enough).
`)
		if p := s.prompted(); p != "#ops (left)> " {
			s.Errorf("the prompt is %q", p)
		}
	})
}
